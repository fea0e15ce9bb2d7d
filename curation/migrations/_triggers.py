"""Rules that span rows, as triggers written once for SQLite and PostgreSQL.

A condition is an SQL expression that is true for what must never happen; `NEW` and `OLD` mean the
row in both dialects.
"""

from dataclasses import dataclass

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One thing that must never happen to a table's rows."""

    name: str
    table: str
    on: str  # INSERT, UPDATE, DELETE, or TRUNCATE, which only PostgreSQL has
    never: str
    message: str

    def create(self, vendor: str) -> list[str]:
        """The statements that set the guard up; none where it guards against nothing."""
        if vendor == "sqlite" and self.on == "TRUNCATE":
            return []
        if vendor == "sqlite":
            return [
                (
                    f"CREATE TRIGGER {self.name} BEFORE {self.on} ON {self.table} "
                    f"WHEN {self.never} BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
                )
            ]
        refusal = (
            f"RAISE EXCEPTION '{self.message}' USING ERRCODE = 'integrity_constraint_violation'"
        )
        result = "OLD" if self.on == "DELETE" else "NEW"
        of_each = "STATEMENT" if self.on == "TRUNCATE" else "ROW"
        return [
            (
                f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
                f"BEGIN IF {self.never} THEN {refusal}; END IF; RETURN {result}; END $$"
            ),
            (
                f"CREATE TRIGGER {self.name} BEFORE {self.on} ON {self.table} "
                f"FOR EACH {of_each} EXECUTE FUNCTION {self.name}()"
            ),
        ]

    def drop(self, vendor: str) -> list[str]:
        """The statements that take it down."""
        if vendor == "sqlite":
            return [f"DROP TRIGGER {self.name}"] if self.create(vendor) else []
        return [f"DROP TRIGGER {self.name} ON {self.table}", f"DROP FUNCTION {self.name}()"]


def immutable(table: str, what: str) -> tuple[Guard, Guard]:
    """Rows that are written once: neither changed nor deleted."""
    name = table.removeprefix("curation_")
    message = f"{what} are never changed or deleted."
    return (
        Guard(name=f"{name}_no_update", table=table, on="UPDATE", never="TRUE", message=message),
        Guard(name=f"{name}_no_delete", table=table, on="DELETE", never="TRUE", message=message),
    )


def never_emptied(table: str, what: str) -> Guard:
    """Rows that PostgreSQL does not throw away all at once, which no row's guard would see."""
    return Guard(
        name=f"{table.removeprefix('curation_')}_no_truncate",
        table=table,
        on="TRUNCATE",
        never="TRUE",
        message=f"{what} are never changed or deleted.",
    )


def _create(guards: tuple[Guard, ...], editor: BaseDatabaseSchemaEditor) -> None:
    for guard in guards:
        for statement in guard.create(editor.connection.vendor):
            editor.execute(statement)


def _drop(guards: tuple[Guard, ...], editor: BaseDatabaseSchemaEditor) -> None:
    for guard in guards:
        for statement in guard.drop(editor.connection.vendor):
            editor.execute(statement)


class SetGuards(migrations.RunPython):
    """The migration operation that creates guards, and drops them when reversed."""

    def __init__(self, guards: tuple[Guard, ...]) -> None:
        super().__init__(
            lambda _, editor: _create(guards, editor), lambda _, editor: _drop(guards, editor)
        )


class LiftGuards(migrations.RunPython):
    """Drops guards while tables change: SQLite makes a table anew, without what guarded it.

    End the migration with `SetGuards` of the same guards.
    """

    def __init__(self, guards: tuple[Guard, ...]) -> None:
        super().__init__(
            lambda _, editor: _drop(guards, editor), lambda _, editor: _create(guards, editor)
        )
