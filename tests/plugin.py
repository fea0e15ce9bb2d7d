"""Loaded before Django reads its settings (`-p tests.plugin`): an environment made for tests.

Nothing a person has set for an installation reaches a test. `TEST_DATABASE_URL` and
`TEST_REDIS_URL` name the servers to test on, which `python3 -m tests` starts.
"""

import os
import shutil
import tempfile
from pathlib import Path

from tests.environment import without_settings

_WORKER = os.environ.get("PYTEST_XDIST_WORKER")


def _data_dir() -> Path:
    """A folder of its own for each process, all of them inside the first one's."""
    if _WORKER:
        return Path(os.environ["TEST_DATA_DIR"], _WORKER)
    return Path(tempfile.mkdtemp(prefix="icl-bench-tests-"))


def _servers() -> dict[str, str]:
    """The servers to test on; each process has a numbered Redis database to itself."""
    servers = {}
    if address := os.environ.get("TEST_DATABASE_URL"):
        servers["DATABASE_URL"] = address
    if address := os.environ.get("TEST_REDIS_URL"):
        number = int(_WORKER.removeprefix("gw")) + 1 if _WORKER else 0
        servers["REDIS_URL"] = f"{address}/{number}"
    return servers


def _environment() -> dict[str, str]:
    """The whole environment of this process."""
    data_dir = _data_dir()
    data_dir.mkdir(exist_ok=True)
    return {
        **without_settings(),
        **_servers(),
        "ENVIRONMENT": "test",
        "DATA_DIR": str(data_dir),
        "TEST_DATA_DIR": os.environ["TEST_DATA_DIR"] if _WORKER else str(data_dir),
        # Workers of xdist see addopts only after Django is set up; this they see before.
        "PYTEST_PLUGINS": "tests.plugin",
    }


def _replace_environment() -> None:
    environment = _environment()
    os.environ.clear()
    os.environ.update(environment)


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    if not _WORKER:
        shutil.rmtree(os.environ["TEST_DATA_DIR"], ignore_errors=True)


_replace_environment()
