"""A database that is empty at first, filled with very much, and gone afterwards."""

import itertools
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Model

from tests.benchmarks import plugin

_AT_ONCE = 2000


def say(text: str) -> None:
    """A line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def empty_database() -> Iterator[str]:
    """The name of the database's kind; a file rather than memory, as in use."""
    if settings.IS_SQLITE:
        name = str(Path(settings.DATA_DIR, "benchmark.sqlite3"))
        connection.settings_dict["TEST"]["NAME"] = name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield connection.vendor
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
        connection.close()
        plugin.pytest_unconfigure()
        shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


def fill[M: Model](model: type[M], rows: Iterable[M]) -> None:
    """Write the rows, some thousands at once."""
    for batch in itertools.batched(rows, _AT_ONCE, strict=False):
        model._default_manager.bulk_create(batch)


def analyze() -> None:
    """Let the database know what it holds, as it does by itself in the long run."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def milliseconds[T](act: Callable[[T], object], over: Iterable[T]) -> list[float]:
    """How long each took."""
    taken = []
    for one in over:
        start = time.perf_counter()
        act(one)
        taken.append((time.perf_counter() - start) * 1000)
    return taken


def tell(what: str, taken: list[float]) -> float:
    """Say the middle and the slow end; answers the slow end, in milliseconds."""
    slow = statistics.quantiles(taken, n=20)[-1]
    middle = statistics.median(taken)
    say(f"{what}: p50 {middle:.1f} ms, p95 {slow:.1f} ms, {len(taken)} times")
    return slow
