"""Which tests run, and which process of xdist runs them (`-p tests.scheduling`).

Journeys share an installation, so those of one group are for one process. xdist's own groups are
marks that it writes into the tests' names, which pytest from 9.2 on does not let it do any more
(pytest-xdist, issue 1386); a scheduler that reads the path needs neither marks nor names.
"""

from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_GROUPS = 3
_DATABASES = {"db", "transactional_db", "committed_db", "installation"}
_JOURNEYS = Path(__file__).parent / "e2e"


def group_of(file: Path) -> int:
    """The group of a file of journeys."""
    return sorted(_JOURNEYS.glob("test_*.py")).index(file) % _GROUPS


class _Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    def _split_scope(self, nodeid: str) -> str:
        file = self.config.rootpath / nodeid.partition("::")[0]
        return f"journeys {group_of(file)}" if file.is_relative_to(_JOURNEYS) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Groups of journeys, and all other tests one by one."""
    return _Scheduling(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """A second pass on another database need not repeat what meets none."""
    text = "only the tests that meet a database"
    parser.addoption("--with-database", action="store_true", help=text)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The groups of journeys first: begun last, all would wait for them."""
    if config.getoption("--with-database"):
        without = [item for item in items if not _meets_database(item)]
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if _meets_database(item)]
    items.sort(key=_place)  # which keeps the order within a place


def _place(item: pytest.Item) -> int:
    """The group of a journey; all other tests come after them."""
    return group_of(item.path) if item.path.is_relative_to(_JOURNEYS) else _GROUPS


def _meets_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    is_marked = item.get_closest_marker("django_db") is not None
    return is_marked or not fixtures.isdisjoint(_DATABASES)
