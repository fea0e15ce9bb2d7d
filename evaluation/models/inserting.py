"""Very many rows at once that differ in few columns.

`bulk_create` makes an object of every row and asks each of its fields for its value: for
predictions ten times the work of the database itself. Here what all rows share is prepared once.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


def insert_alike(template: Model, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows that are like `template`, which is not written, but for these columns.

    Values are such as the database takes: those of a JSON column are texts.
    """
    fields = {
        str(field.column): field
        for field in template._meta.concrete_fields
        if not field.primary_key
    }
    same = {
        column: field.get_db_prep_save(field.pre_save(template, add=True), connection)
        for column, field in fields.items()
        if column not in columns
    }
    quote = connection.ops.quote_name
    into = f"{quote(template._meta.db_table)} ({', '.join(map(quote, [*same, *columns]))})"
    shared = ", ".join(["%s"] * len(same))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Without lengths, which are the column's to check: a cast would cut silently.
            types = [
                str(fields[column].db_type(connection)).partition("(")[0] for column in columns
            ]
            listed = ", ".join(f"%s::{kind}[]" for kind in types)
            cursor.execute(
                f"INSERT INTO {into} SELECT {shared}, given.* FROM unnest({listed}) AS given",  # noqa: S608 - names of our own model
                [*same.values(), *map(list, zip(*rows, strict=True))],
            )
        else:
            each = ", ".join(["%s"] * len(columns))
            cursor.executemany(
                f"INSERT INTO {into} VALUES ({shared}, {each})",  # noqa: S608 - names of our own model
                [(*same.values(), *row) for row in rows],
            )
