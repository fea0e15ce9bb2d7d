"""Several people at the same moment, behind one barrier."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from curation.errors import InvalidContentError, WrongMomentError

# Two hundred of each by hand: RACES=200 pytest tests/curation/test_races.py
TIMES = int(os.environ.get("RACES", "20"))
_REFUSALS = (WrongMomentError, InvalidContentError)

type Act = Callable[[], object]


def at_once(*acts: Act) -> list[bool]:
    """Which of the acts were done; the others were refused by a named error, or this raises."""
    barrier = threading.Barrier(len(acts))

    def run(act: Act) -> bool:
        connection.ensure_connection()
        barrier.wait()
        try:
            act()
        except _REFUSALS:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
