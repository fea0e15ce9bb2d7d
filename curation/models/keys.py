"""Many keys as one parameter: SQLite takes 32,766 of these, a release may list more."""

import json
from collections.abc import Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Func, TextField, Value
from django.db.models.sql.compiler import SQLCompiler


class Keys(Func):
    """Whole numbers to be found `__in`: `filter(pk__in=Keys(numbers))`."""

    template = "(SELECT CAST(value AS bigint) FROM %(function)s(%(expressions)s))"
    function = "json_each"

    def __init__(self, keys: Iterable[int]) -> None:
        written = Value(json.dumps(list(keys)), output_field=TextField())
        super().__init__(written, output_field=BigIntegerField())

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """PostgreSQL calls it otherwise, and wants to hear that the text is JSON."""
        template = self.template.replace("%(expressions)s", "CAST(%(expressions)s AS json)")
        named = {"function": "json_array_elements_text", "template": template}
        sql, params = self.as_sql(compiler, connection, **named, **context)
        return sql, tuple(params)
