"""What only a superuser of the database could do: change what its guards protect."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tests.conftest import sqlite_triggers


@contextmanager
def guards_lifted() -> Iterator[None]:
    """No guard stands for this connection, as long as the block runs."""
    triggers = sqlite_triggers()
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for name in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        if is_postgresql:
            cursor.execute("SET session_replication_role = replica")
        yield
        if is_postgresql:
            cursor.execute("SET session_replication_role = origin")
        for sql in triggers.values():
            cursor.execute(sql)
