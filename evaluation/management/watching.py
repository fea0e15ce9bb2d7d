"""Waiting for a run on a terminal or in a log, and working it off where nobody else does."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import OutputWrapper
from django.db import connection
from django.utils import timezone

from evaluation.living import is_runner_alive
from evaluation.models import Run, RunStatus
from evaluation.progress import Tally, progress
from evaluation.runs import work_run

_POLL_SECONDS = 0.5
_LINE_SECONDS = 5.0  # in a log a line now and then is enough
_BAR_CELLS = 30


def wait_for(run: Run, out: OutputWrapper) -> Run:
    """The run at its end or its rest. Works it off in this process while no worker is alive."""
    with _shown(run, out):
        while goes_on(run := Run.objects.with_parts().get(pk=run.pk)):
            if not is_worker_alive():
                work_run(run.pk)
            if goes_on(Run.objects.get(pk=run.pk)):
                time.sleep(_POLL_SECONDS)
    return run


def goes_on(run: Run) -> bool:
    """Whether more will be asked by itself, be it after a rest."""
    is_resting = run.status == RunStatus.PAUSED and run.resume_at is not None
    return run.status in {RunStatus.QUEUED, RunStatus.RUNNING} or is_resting


def is_worker_alive() -> bool:
    """Whether somebody else takes work."""
    return is_runner_alive(timezone.now())


def one_line(tally: Tally) -> str:
    """How far it is, in words."""
    return f"{tally.done:,} of {tally.total:,} asked, {tally.failed:,} failed"


@contextmanager
def _shown(run: Run, out: OutputWrapper) -> Iterator[None]:
    """Tell how far the run is for as long as the block lasts."""
    is_over = threading.Event()
    telling = threading.Thread(target=_tell, args=(run, out, is_over))
    telling.start()
    try:
        yield
    finally:
        is_over.set()
        telling.join()


def _tell(run: Run, out: OutputWrapper, is_over: threading.Event) -> None:
    is_terminal = out.isatty()
    started, shown = time.monotonic(), ""
    try:
        at_first = progress(run).done
        while not is_over.wait(_POLL_SECONDS if is_terminal else _LINE_SECONDS):
            tally = progress(run)
            if is_terminal:
                rate = (tally.done - at_first) / (time.monotonic() - started)
                out.write(f"\r{bar(tally, rate)}", ending="")
            elif one_line(tally) != shown:
                shown = one_line(tally)
                out.write(shown)
            out.flush()
        if is_terminal:
            out.write(f"\r{bar(progress(run), 0)}")
    finally:
        connection.close()  # this thread's own


def bar(tally: Tally, rate: float) -> str:
    """A bar as wide as a narrow terminal; ``rate`` is in predictions a second, 0 where unknown."""
    full = _BAR_CELLS * tally.done // tally.total if tally.total else _BAR_CELLS
    cells = "#" * full + "." * (_BAR_CELLS - full)
    left = tally.total - tally.done
    pace = f", {rate:.1f}/s, about {left / rate:,.0f} s left" if rate and left else ""
    return f"[{cells}] {one_line(tally)}{pace}".ljust(78)
