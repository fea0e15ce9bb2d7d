"""What goes wrong around a worker, each done for real: processes, queue, database, clock."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from aiohttp import web
from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.demo.processes import Child, Children
from evaluation.models import Prediction, Run, RunStatus
from evaluation.runs import resumable_run_ids, work_run
from evaluation.tasks import resume_runs
from evaluation.tasks import work_run as ring
from tests.environment import ROOT
from tests.evaluation.cast import make_endpoint, make_run, outcomes_of
from tests.evaluation.serving import MostAlike
from tests.evaluation.test_killed_workers import let_leases_expire, start_worker, wait_until
from tests.factories import make_release_of
from tests.killing import database_url

pytestmark = pytest.mark.usefixtures("committed_db")

AT_ONCE = 3
_CLOCK = """
import sys, django
from datetime import timedelta
from django.utils import timezone
django.setup()
from evaluation.runs import work_run
real = timezone.now
timezone.now = lambda: real() + timedelta(hours=int(sys.argv[2]))
print(work_run(int(sys.argv[1])), flush=True)
"""


def environment() -> dict[str, str]:
    return {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


@contextmanager
def celery_worker(tmp_path: Path, name: str) -> Iterator[Child]:
    """A worker of runs as an installation starts it: a process and its child."""
    with Children(environment(), tmp_path / name) as children:
        options = ["--concurrency", "1", "--queues", "runs", "--hostname", f"{name}@%h"]
        celery = ["-m", "celery", "-A", "config.celery", "worker", "--loglevel", "INFO"]
        child = children.start(name, [*celery, *options, "--without-mingle", "--without-gossip"])
        wait_until(lambda: "ready." in child.log.read_text())
        yield child


def child_of(worker: Child) -> int:
    (pid,) = (
        Path(f"/proc/{worker.process.pid}/task/{worker.process.pid}/children").read_text().split()
    )
    return int(pid)


def hang_from(most_alike: MostAlike, first: int, gate: threading.Event) -> None:
    async def behave(_: web.Request) -> None:
        if most_alike.asked >= first and not gate.is_set():
            await asyncio.to_thread(gate.wait, 60)

    most_alike.behave = behave


def assert_each_answered_once(run: Run, most_alike: MostAlike, *, most_asked: int) -> None:
    run.refresh_from_db()
    assert run.status == RunStatus.FINISHED
    rows = list(run.predictions.prefetch_related("scores"))
    assert {(row.outcome, len(row.scores.all())) for row in rows} == {("ok", 1)}
    assert len(rows) <= most_alike.asked <= most_asked


def test_a_killed_child_and_a_killed_worker_lose_nothing_and_repeat_what_was_under_way(
    most_alike: MostAlike, tmp_path: Path
) -> None:
    gate = threading.Event()
    hang_from(most_alike, 6, gate)
    run = make_run(make_release_of(12), make_endpoint(most_alike.base_url, max_concurrency=AT_ONCE))
    with celery_worker(tmp_path, "first") as worker:
        ring.delay(run.pk)
        ring.delay(run.pk)  # a doubled message
        wait_until(lambda: most_alike.asked == 5 + AT_ONCE)
        wait_until(lambda: run.predictions.filter(status="done").count() == 5)
        kept = {row.pk: row.finished_at for row in run.predictions.filter(status="done")}
        os.kill(child_of(worker), signal.SIGKILL)
        os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
    gate.set()
    let_leases_expire()
    with celery_worker(tmp_path, "second"):
        resume_runs()
        wait_until(lambda: Run.objects.get(pk=run.pk).status == RunStatus.FINISHED)
    assert_each_answered_once(run, most_alike, most_asked=12 + AT_ONCE)
    rows = run.predictions.in_bulk(kept)
    assert {pk: row.finished_at for pk, row in rows.items()} == kept


def test_a_worker_shutting_down_softly_gives_back_what_it_did_not_ask(
    most_alike: MostAlike, tmp_path: Path
) -> None:
    gate = threading.Event()
    hang_from(most_alike, 2, gate)
    run = make_run(make_release_of(10), make_endpoint(most_alike.base_url, max_concurrency=2))
    with celery_worker(tmp_path, "runner") as worker:
        ring.delay(run.pk)
        wait_until(lambda: most_alike.asked == 3)
        os.kill(worker.process.pid, signal.SIGTERM)
        wait_until(lambda: "Warm shutdown" in worker.log.read_text())
        wait_until(lambda: run.predictions.filter(status="leased").count() > 0)
        # The child hears of it within its watch, and asks nothing more once it goes on.
        threading.Event().wait(1.5)
        gate.set()
        worker.process.wait(30)
    assert most_alike.asked == 3
    rows = Counter(run.predictions.values_list("status", "attempts"))
    assert rows == {("done", 1): 3, ("pending", 0): 7}


@pytest.mark.skipif(not settings.REDIS_URL, reason="needs Redis")
def test_a_flushed_redis_costs_no_answer_and_passes_no_limit(most_alike: MostAlike) -> None:
    under_way = most = 0

    async def behave(_: web.Request) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.1)
        under_way -= 1

    most_alike.behave = behave
    run = make_run(make_release_of(20), make_endpoint(most_alike.base_url, max_concurrency=AT_ONCE))
    with redis.Redis.from_url(settings.REDIS_URL) as client, start_worker(run) as worker:
        for asked in (4, 8, 12):
            wait_until(lambda asked=asked: most_alike.asked >= asked)  # type: ignore[misc]  # bound at once
            client.flushall()
        worker.communicate(timeout=60)
    assert_each_answered_once(run, most_alike, most_asked=20)
    assert most <= AT_ONCE


@pytest.mark.skipif(settings.IS_SQLITE, reason="needs PostgreSQL")
def test_cut_connections_of_the_database_cost_no_answer(most_alike: MostAlike) -> None:
    async def behave(_: web.Request) -> None:
        await asyncio.sleep(0.05)

    most_alike.behave = behave
    run = make_run(make_release_of(20), make_endpoint(most_alike.base_url, max_concurrency=AT_ONCE))
    with start_worker(run) as worker:
        for asked in (4, 10):
            wait_until(lambda asked=asked: most_alike.asked >= asked)  # type: ignore[misc]  # bound at once
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        worker.communicate(timeout=60)
    while work_run(run.pk):
        pass
    assert_each_answered_once(run, most_alike, most_asked=20 + 2 * AT_ONCE)


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_worker_whose_clock_is_wrong_shares_a_run_with_others(
    most_alike: MostAlike, hours: int
) -> None:
    async def behave(_: web.Request) -> None:
        await asyncio.sleep(0.05)

    most_alike.behave = behave
    run = make_run(make_release_of(12), make_endpoint(most_alike.base_url, max_concurrency=AT_ONCE))
    command = [sys.executable, "-c", _CLOCK, str(run.pk), str(hours)]
    wrong = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment())
    with wrong, start_worker(run) as right:
        right.communicate(timeout=60)
    while work_run(run.pk):
        pass
    assert_each_answered_once(run, most_alike, most_asked=12)


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(days=400)])
def test_leases_and_waits_written_before_the_clock_was_put_back_hold_nobody_up(
    most_alike: MostAlike, jump: timedelta
) -> None:
    run = make_run(make_release_of(2), make_endpoint(most_alike.base_url))
    leased, waiting = run.predictions.all()
    later = timezone.now() + jump
    token = "11111111-1111-1111-1111-111111111111"
    rows = Prediction.objects.filter(pk=leased.pk)
    rows.update(status="leased", lease_token=token, leased_until=later, attempts=1)
    Prediction.objects.filter(pk=waiting.pk).update(due_at=later)
    assert resumable_run_ids() == [run.pk]
    while work_run(run.pk):
        pass
    assert list(outcomes_of(run).values()) == [2]
