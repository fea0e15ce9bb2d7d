"""A worker process that is killed or told to stop half-way, as a machine would do it."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from aiohttp import web
from django.conf import settings
from django.db import connection
from django.utils import timezone

from evaluation.models import Prediction, Run, RunStatus
from evaluation.runs import resumable_run_ids, work_run
from tests.environment import ROOT
from tests.evaluation.cast import forget_allowances, make_endpoint, make_run
from tests.evaluation.serving import MostAlike
from tests.factories import make_release_of

pytestmark = pytest.mark.usefixtures("committed_db")

AT_ONCE = 3
PATIENCE_SECONDS = 60

WORKER = """
import sys, django
django.setup()
from evaluation.runs import work_run
print(work_run(int(sys.argv[1])), flush=True)
"""


def database_url() -> str:
    """The address of the database this test is on."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    login = ":".join(filter(None, (facts["USER"], facts["PASSWORD"])))
    return f"postgresql://{login}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


def start_worker(run: Run) -> subprocess.Popen[str]:
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-c", WORKER, str(run.pk)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def wait_until(is_so: Callable[[], bool]) -> None:
    last_moment = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < last_moment, "waited in vain"
        time.sleep(0.05)


def let_leases_expire() -> None:
    past = timezone.now() - timedelta(seconds=1)
    Prediction.objects.filter(status="leased").update(leased_until=past)
    forget_allowances()


def hanging_after(most_alike: MostAlike, count: int) -> None:
    """The server answers so many requests, then none."""

    async def behave(_: web.Request) -> None:
        if most_alike.asked > count:
            await asyncio.sleep(PATIENCE_SECONDS)

    most_alike.behave = behave


def test_a_killed_worker_loses_nothing_that_was_answered(most_alike: MostAlike) -> None:
    hanging_after(most_alike, 5)
    endpoint = make_endpoint(most_alike.base_url, max_concurrency=AT_ONCE)
    run = make_run(make_release_of(12), endpoint)
    with start_worker(run) as worker:
        wait_until(lambda: run.predictions.filter(status="done").count() == 5)
        wait_until(lambda: most_alike.asked == 5 + AT_ONCE)
        worker.kill()
    before = {row.pk: row for row in run.predictions.filter(status="done")}
    most_alike.behave = None
    let_leases_expire()
    assert resumable_run_ids() == [run.pk]
    while work_run(run.pk):
        pass
    run.refresh_from_db()
    assert run.status == RunStatus.FINISHED
    assert most_alike.asked == 12 + AT_ONCE
    answered = Counter(hashes[-1] for hashes in most_alike.received)
    for row in run.predictions.prefetch_related("scores"):
        assert (row.outcome, len(row.scores.all())) == ("ok", 1)
        if row.pk in before:
            assert row.finished_at == before[row.pk].finished_at
            assert answered[row.images_sent[-1]] == 1


def test_a_worker_told_to_stop_brings_home_what_is_under_way(most_alike: MostAlike) -> None:
    gate = threading.Event()

    async def behave(_: web.Request) -> None:
        if most_alike.asked > 2:
            await asyncio.to_thread(gate.wait, PATIENCE_SECONDS)

    most_alike.behave = behave
    endpoint = make_endpoint(most_alike.base_url, max_concurrency=AT_ONCE)
    run = make_run(make_release_of(10), endpoint)
    with start_worker(run) as worker:
        wait_until(lambda: most_alike.asked == 2 + AT_ONCE)
        worker.send_signal(signal.SIGTERM)
        time.sleep(1)  # the signal is handled before the server goes on
        gate.set()
        said, _ = worker.communicate(timeout=PATIENCE_SECONDS)
    assert (worker.returncode, said.strip()) == (0, "True")
    assert most_alike.asked == 2 + AT_ONCE
    rows = Counter(run.predictions.values_list("status", "attempts"))
    assert rows == {("done", 1): 2 + AT_ONCE, ("pending", 0): 10 - 2 - AT_ONCE}


def test_two_workers_at_once_pass_no_limit_and_ask_nothing_twice(most_alike: MostAlike) -> None:
    under_way = most = 0

    async def behave(_: web.Request) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.1)
        under_way -= 1

    most_alike.behave = behave
    run = make_run(make_release_of(24), make_endpoint(most_alike.base_url, max_concurrency=4))
    workers = [start_worker(run) for _ in range(2)]
    for worker in workers:
        with worker:
            worker.communicate(timeout=PATIENCE_SECONDS)
        assert worker.returncode == 0
    while work_run(run.pk):
        pass
    run.refresh_from_db()
    assert run.status == RunStatus.FINISHED
    assert (most_alike.asked, most) == (24, 4)
    assert run.predictions.filter(outcome="ok", attempts=1).count() == 24
