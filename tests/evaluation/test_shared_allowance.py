"""Runs, judges and trials together never ask more of an endpoint at once than an editor allows."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from aiohttp import web
from django.db import connections

from curation.models import Problem
from evaluation.domain.allowance import Grant, Report
from evaluation.domain.outcomes import Outcome
from evaluation.judging import judge_run, work_judging
from evaluation.limiting import Slots
from evaluation.models import JudgingStatus, ModelEndpoint, RunStatus, TrialStatus
from evaluation.trials import ask_trial, work_trial
from tests.evaluation.cast import make_open_endpoint, make_run, measured, outcomes_of, work_off
from tests.evaluation.clients.answering import answering, reply
from tests.factories import make_editor, make_person, make_problem, make_release_of

pytestmark = pytest.mark.usefixtures("committed_db")


class _Counting:
    """A server that says the same to all, and counts how many ask at once."""

    def __init__(self) -> None:
        self.base_url = ""
        self.asked = self.under_way = self.most_under_way = 0

    async def handle(self, _: web.Request) -> web.Response:
        """Take a while, so that requests meet."""
        self.asked += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.1)
        self.under_way -= 1
        return web.json_response(reply(content="1"))


@pytest.fixture
def server() -> Iterator[_Counting]:
    counting = _Counting()
    with answering(counting.handle) as counting.base_url:
        yield counting


def _in_threads(*calls: Callable[[], object]) -> None:
    def call(one: Callable[[], object]) -> None:
        try:
            one()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(call, one) for one in calls]:
            done.result()


def _draft() -> Problem:
    return make_problem(make_person(is_author=True))


@pytest.mark.parametrize("at_once", [1, 3])
def test_a_run_a_judge_and_trials_share_what_is_allowed(server: _Counting, at_once: int) -> None:
    release = make_release_of(6)
    judged = measured(release, *["wrong"] * 6, name="Another")
    for number, row in enumerate(judged.predictions.all()):
        row.parsed = f"Heart {number}"
        row.save(update_fields=["parsed"])
    endpoint: ModelEndpoint = make_open_endpoint(server.base_url, max_concurrency=at_once)
    run = make_run(release, endpoint)
    judging = judge_run(judged, endpoint, by=make_editor())
    drafts = [_draft(), _draft()]
    trials = [ask_trial(draft, endpoint, by=draft.author) for draft in drafts]
    _in_threads(
        lambda: work_off(run),
        lambda: work_judging(judging.pk),
        *(partial(work_trial, trial.pk) for trial in trials),
    )
    while work_judging(judging.pk):
        pass
    work_off(run)
    for one in (run, judging, *trials):
        one.refresh_from_db()
    assert run.status == RunStatus.FINISHED
    assert outcomes_of(run) == {Outcome.OK: 6}
    assert judging.status == JudgingStatus.FINISHED
    assert {trial.status for trial in trials} == {TrialStatus.FINISHED}
    assert server.most_under_way == at_once


def test_while_a_report_is_on_its_way_nothing_begins_that_it_did_not_tell() -> None:
    told: list[Report] = []

    async def slots_begun() -> int:
        is_on_its_way, is_answered = asyncio.Event(), asyncio.Event()

        async def exchange(report: Report) -> Grant:
            told.append(report)
            if len(told) == 2:
                is_on_its_way.set()
                await is_answered.wait()
            return Grant(slots=3, starts=None, wait=0.0, cuts=0, is_down=False, probe_in=0.0)

        slots = Slots(exchange, is_brief=False)
        slots.want(3)
        keeping = asyncio.create_task(slots.keep())
        await slots.take()
        await is_on_its_way.wait()
        others = [asyncio.create_task(slots.take()) for _ in range(2)]
        await asyncio.sleep(0.1)
        begun = slots.under_way
        is_answered.set()
        await asyncio.gather(*others)
        keeping.cancel()
        assert slots.under_way == 3
        return begun

    assert asyncio.run(slots_begun()) == told[1].under_way == 1
