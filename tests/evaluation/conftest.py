from collections.abc import Iterator

import pytest

from tests.evaluation.serving import MostAlike, most_alike_server


@pytest.fixture
def most_alike() -> Iterator[MostAlike]:
    """The local server that answers as the example whose image is most like the query's."""
    with most_alike_server() as server:
        yield server


@pytest.fixture
def _as_migrated_afterwards(django_db_setup, django_db_blocker):
    from django.db import connection
    from tests.conftest import _execute, sqlite_triggers

    with django_db_blocker.unblock():
        triggers = sqlite_triggers()
    yield
    with django_db_blocker.unblock():
        _execute(list(triggers.values()))
        connection.creation.deserialize_db_from_string(connection._test_serialized_contents)


@pytest.fixture
def committed_db(_as_migrated_afterwards, transactional_db, django_db_serialized_rollback):
    from tests.conftest import _execute, sqlite_triggers

    yield
    _execute([f"DROP TRIGGER {name}" for name in sqlite_triggers()])
