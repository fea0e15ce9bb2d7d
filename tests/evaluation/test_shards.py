"""How long one worker stays with a run, and who goes on."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp import web
from django.utils import timezone

from evaluation import engine
from evaluation.domain.outcomes import Outcome
from evaluation.models import Run, RunStatus
from evaluation.runs import resumable_run_ids, work_run
from tests.evaluation.cast import make_endpoint, make_run, outcomes_of, work_off
from tests.evaluation.serving import MostAlike, failing
from tests.factories import make_release_of

pytestmark = pytest.mark.usefixtures("committed_db")

PATIENCE_SECONDS = 30


def test_a_shard_that_is_over_leaves_the_rest_to_the_next(
    most_alike: MostAlike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "WATCH_SECONDS", 0.02)

    async def behave(_: web.Request) -> None:
        await asyncio.sleep(0.1)

    most_alike.behave = behave
    run = make_run(make_release_of(10), make_endpoint(most_alike.base_url, max_concurrency=1))
    Run.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING)
    running = Run.objects.with_parts().get(pk=run.pk)
    assert asyncio.run(engine.work(running, seconds=0.1)) == engine.Stop()
    first = most_alike.asked
    assert first < 10
    assert resumable_run_ids() == [run.pk]
    assert work_off(run).status == RunStatus.FINISHED
    assert most_alike.asked == 10


def test_a_worker_does_not_sit_and_wait_for_what_is_due_later(most_alike: MostAlike) -> None:
    most_alike.behave = failing(429, times=3, **{"Retry-After": "60"})
    run = make_run(make_release_of(3), make_endpoint(most_alike.base_url))
    Run.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING)
    running = Run.objects.with_parts().get(pk=run.pk)

    async def work() -> engine.Stop:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await engine.work(running)

    assert asyncio.run(work()) == engine.Stop()
    assert most_alike.asked == 3
    assert run.predictions.filter(status="pending", attempts=1).count() == 3
    assert resumable_run_ids() == []
    run.predictions.update(due_at=timezone.now())
    assert resumable_run_ids() == [run.pk]
    assert work_off(run).status == RunStatus.FINISHED
    assert outcomes_of(run) == {Outcome.OK: 3}


def test_a_worker_waits_for_what_is_due_in_a_moment(most_alike: MostAlike) -> None:
    run = make_run(make_release_of(1), make_endpoint(most_alike.base_url))
    run.predictions.update(due_at=timezone.now() + timedelta(seconds=1))
    assert not work_run(run.pk)
    assert outcomes_of(run) == {Outcome.OK: 1}
