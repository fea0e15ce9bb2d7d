"""Runs that rest: because somebody wants it, because nothing answers, because money is spent."""

from datetime import timedelta
from decimal import Decimal

import pytest
from aiohttp import web
from django.utils import timezone

from curation.errors import InvalidContentError, WrongMomentError
from evaluation.domain.allowance import DOWN_AFTER
from evaluation.domain.outcomes import Outcome
from evaluation.models import ModelEndpoint, Run, RunStatus
from evaluation.runs import (
    cancel_run,
    pause_run,
    resumable_run_ids,
    resume_run,
    set_budget,
    work_run,
)
from evaluation.spending import spend_of
from tests.evaluation.cast import make_endpoint, make_run, outcomes_of, work_off
from tests.evaluation.serving import MostAlike, failing
from tests.factories import make_release_of

pytestmark = pytest.mark.usefixtures("committed_db")


def priced(most_alike: MostAlike, **facts: object) -> ModelEndpoint:
    """A word costs a thousandth of whatever the budget is in."""
    endpoint = make_endpoint(most_alike.base_url, **facts)
    prices = {"input_price_per_million": 1000, "output_price_per_million": 1000}
    ModelEndpoint.objects.filter(pk=endpoint.pk).update(**prices)
    endpoint.refresh_from_db()
    return endpoint


def test_a_paused_run_asks_nothing_until_somebody_resumes_it(most_alike: MostAlike) -> None:
    run = make_run(make_release_of(2), make_endpoint(most_alike.base_url))
    pause_run(run)
    assert resumable_run_ids() == []
    assert work_off(run).status == RunStatus.PAUSED
    assert most_alike.asked == 0
    with pytest.raises(WrongMomentError):
        pause_run(run)
    resume_run(run)
    assert resumable_run_ids() == [run.pk]
    assert work_off(run).status == RunStatus.FINISHED
    for steer in (pause_run, resume_run, cancel_run):
        with pytest.raises(WrongMomentError):
            steer(run)


def test_a_paused_run_can_be_cancelled(most_alike: MostAlike) -> None:
    run = make_run(make_release_of(1), make_endpoint(most_alike.base_url))
    pause_run(run)
    cancel_run(run)
    run.refresh_from_db()
    assert (run.status, run.resume_at) == (RunStatus.CANCELLED, None)


def test_where_nothing_answers_the_run_rests_with_its_reason_and_loses_no_attempt(
    most_alike: MostAlike,
) -> None:
    most_alike.behave = failing(503, times=10_000)
    run = work_off(
        make_run(make_release_of(12), make_endpoint(most_alike.base_url, max_concurrency=4))
    )
    assert run.status == RunStatus.PAUSED
    assert run.failure == "The model does not answer. The server answered 503"
    assert set(run.predictions.values_list("status", "attempts")) == {("pending", 0)}
    assert run.resume_at is not None
    assert timezone.now() < run.resume_at < timezone.now() + timedelta(seconds=6)
    assert not run.started_by.notices.exists()
    asked = most_alike.asked
    assert asked >= DOWN_AFTER
    assert resumable_run_ids() == []
    # Its time comes: one request finds out that nothing changed.
    Run.objects.filter(pk=run.pk).update(resume_at=timezone.now())
    assert work_off(run).status == RunStatus.PAUSED
    assert asked < most_alike.asked <= asked + 3
    most_alike.behave = None
    Run.objects.filter(pk=run.pk).update(resume_at=timezone.now())
    run = work_off(run)
    assert (run.status, run.failure) == (RunStatus.FINISHED, "")
    assert outcomes_of(run) == {Outcome.OK: 12}


def test_a_budget_stops_a_run_before_it_is_passed_and_a_higher_one_lets_it_go_on(
    most_alike: MostAlike,
) -> None:
    endpoint = priced(most_alike, max_concurrency=2)
    run = make_run(make_release_of(6), endpoint)
    answer = Decimal(run.protocol.max_tokens) / 1000
    set_budget(run, Decimal(10), by=run.started_by)
    run = work_off(run)
    assert run.status == RunStatus.PAUSED
    assert "Raise the budget to go on." in run.failure
    assert run.started_by.notices.get().text.startswith("It rests: The budget of 10")
    assert most_alike.asked == 0  # the first is taken to be dear, as nothing is known
    one = 2 + 2 * 4 + answer
    set_budget(run, one, by=run.started_by)
    run = work_off(run)
    spent = spend_of(run).price
    assert spent is not None
    assert 0 < spent < one
    assert run.status == RunStatus.FINISHED
    assert [facts["budget"] for facts in run.manifest["budgets"]] == ["10", str(one)]


def test_a_budget_needs_a_price_and_an_amount_and_a_run_that_is_not_over(
    most_alike: MostAlike,
) -> None:
    run = make_run(make_release_of(1), make_endpoint(most_alike.base_url))
    with pytest.raises(InvalidContentError, match="names no price"):
        set_budget(run, Decimal(1), by=run.started_by)
    dear = make_run(make_release_of(1), priced(most_alike, name="Dear"))
    with pytest.raises(InvalidContentError, match="amount of money"):
        set_budget(dear, Decimal(-1), by=run.started_by)
    work_off(dear)
    with pytest.raises(WrongMomentError, match="ended already"):
        set_budget(dear, Decimal(1), by=run.started_by)


def test_a_run_that_was_paused_while_it_was_worked_on_keeps_what_came_back(
    most_alike: MostAlike,
) -> None:
    run = make_run(make_release_of(8), make_endpoint(most_alike.base_url, max_concurrency=1))

    async def behave(_: web.Request) -> None:
        if most_alike.asked == 3:
            await Run.objects.filter(pk=run.pk).aupdate(status=RunStatus.PAUSED)

    most_alike.behave = behave
    assert not work_run(run.pk)
    run.refresh_from_db()
    assert run.status == RunStatus.PAUSED
    assert run.predictions.filter(status="done").count() == most_alike.asked
    assert run.predictions.filter(status="leased").count() == 0
