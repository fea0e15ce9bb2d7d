"""The database of tests: guards in place, as migrations leave it. And what need not be as slow."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.databases import database_of_tests, drop_template


def pytest_configure() -> None:
    """Take from this process what is done once in use, but in tests again and again."""
    # Each client loads the middleware, which else reads all static files at once.
    settings.WHITENOISE_AUTOREFRESH = True
    # The same hasher; what makes it slow to guess is 100 MB a password.
    Argon2PasswordHasher.memory_cost = 8  # KiB
    Argon2PasswordHasher.time_cost = Argon2PasswordHasher.parallelism = 1


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that started the others is the last."""
    if not hasattr(config, "workerinput"):
        drop_template()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """In place of pytest-django's, which migrates a database for each process."""
    with django_db_blocker.unblock(), database_of_tests():
        yield


def sqlite_triggers() -> dict[str, str]:
    """Name and definition of every trigger; empty on PostgreSQL."""
    if connection.vendor != "sqlite":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())


def _truncate_guards() -> list[tuple[str, str]]:
    """Table and name of every guard against emptying a table; none on SQLite."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgtype & 32 <> 0"
        )
        return list(cursor.fetchall())


def _execute(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def _as_migrated_afterwards(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """After the flush of `transactional_db`, bring back guards and the rows of migrations."""
    with django_db_blocker.unblock():
        triggers = sqlite_triggers()
    yield
    with django_db_blocker.unblock():
        _execute(list(triggers.values()))
        _execute([f"ALTER TABLE {t} ENABLE TRIGGER {name}" for t, name in _truncate_guards()])
        rows = connection._test_serialized_contents  # type: ignore[attr-defined]  # set by Django's test runner
        connection.creation.deserialize_db_from_string(rows)


@pytest.fixture
def committed_db(
    _as_migrated_afterwards: None,
    transactional_db: None,
    django_db_serialized_rollback: None,
) -> Iterator[None]:
    """A database whose transactions are real, for threads, processes and `on_commit`.

    Like `transactional_db`, for tables that refuse DELETE: SQLite empties tables row by row, so
    its guards step aside for the flush. PostgreSQL truncates, which no row's guard sees; those of
    whole tables step aside. Not to be combined with the mark `django_db`, which would flush after
    the guards are back.
    """
    yield
    _execute([f"DROP TRIGGER {name}" for name in sqlite_triggers()])
    _execute([f"ALTER TABLE {t} DISABLE TRIGGER {name}" for t, name in _truncate_guards()])
