"""A database for each process of tests: migrated once, by whoever comes first, and copied."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def _shared_folder() -> Path:
    """The folder of all processes of this run; its name is unlike that of any other run."""
    return Path(os.environ["TEST_DATA_DIR"])


@contextmanager
def database_of_tests() -> Iterator[None]:
    """What Django's connection leads to while the block runs, as migrations leave it.

    A file rather than memory on SQLite: threads and processes then meet real locks, as in use.
    """
    before, creation = connection.settings_dict["NAME"], connection.creation
    _lead_to(_template(before))
    creation.clone_test_db(_WORKER, verbosity=0)
    _lead_to(creation.get_test_db_clone_settings(_WORKER)["NAME"])
    connection._test_serialized_contents = creation.serialize_db_to_string()  # type: ignore[attr-defined]  # where Django's own runner keeps it
    yield
    creation.destroy_test_db(before, verbosity=0)


def _lead_to(name: str) -> None:
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name


def _template(before: str) -> str:
    """The name of a migrated database, to which nobody is connected."""
    folder = _shared_folder()
    name = str(folder / "tests.sqlite3") if settings.IS_SQLITE else folder.name
    made = folder / "database-is-made"
    with (folder / "database.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            connection.settings_dict["TEST"]["NAME"] = name
            connection.creation.create_test_db(verbosity=0, autoclobber=True)
            _lead_to(before)
            made.touch()
    return name


def drop_template() -> None:
    """What the processes copied, once all have ended. A file goes with its folder."""
    if server := os.environ.get("TEST_DATABASE_URL"):
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
            sql.Identifier(_shared_folder().name)
        )
        with psycopg.connect(server, autocommit=True) as administrator:
            administrator.execute(drop)
