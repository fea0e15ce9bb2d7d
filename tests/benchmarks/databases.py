"""A database that is empty at first, filled with very much, and gone afterwards."""

import itertools
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds of the clock, which other work on the machine makes longer, and of this CPU."""

    wall: float
    cpu: float


def measured[T](act: Callable[[T], object], over: Iterable[T]) -> list[Taken]:
    """How long each took."""
    taken = []
    for one in over:
        wall, cpu = time.perf_counter(), time.process_time()
        act(one)
        spent = time.perf_counter() - wall, time.process_time() - cpu
        taken.append(Taken(*(seconds * 1000 for seconds in spent)))
    return taken


def tell(what: str, taken: list[Taken]) -> float:
    """Say the middle and the slow end; answers the slow end of the clock, in milliseconds."""
    walls, cpus = [one.wall for one in taken], [one.cpu for one in taken]
    (wall, slow), (cpu, slow_cpu) = _ends(walls), _ends(cpus)
    times = f"{len(taken)} times, CPU {cpu:.1f} and {slow_cpu:.1f} ms"
    say(f"{what}: p50 {wall:.1f} ms, p95 {slow:.1f} ms ({times})")
    return slow


def _ends(values: list[float]) -> tuple[float, float]:
    return statistics.median(values), statistics.quantiles(values, n=20)[-1]
