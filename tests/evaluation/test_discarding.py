"""What becomes of trials when their draft is thrown away: gone, but for what counts for a day."""

import asyncio

import pytest
from aiohttp import web
from django.db import connection
from pytest_django import Settings

from curation.discarding import discard
from curation.models import Problem
from evaluation.models import ForgottenTrial, Trial, TrialAnswer
from evaluation.trials import ask_trial, resumable_trial_ids, trials_left, work_trial
from tests.evaluation.cast import make_open_endpoint
from tests.evaluation.serving import MostAlike
from tests.factories import make_problem

pytestmark = pytest.mark.usefixtures("committed_db")


def test_a_draft_takes_its_trials_with_it_and_gives_nothing_of_the_day_back(
    settings: Settings,
) -> None:
    settings.TRIALS_PER_DAY = 2
    problem, endpoint = make_problem(), make_open_endpoint()
    author = problem.author
    trial = ask_trial(problem, endpoint, by=author)
    discard(problem, by=author)
    assert not Trial.objects.exists()
    assert resumable_trial_ids() == []
    work_trial(trial.pk)  # as a message that was on its way does
    left = ForgottenTrial.objects.get()
    assert (left.endpoint, left.asked_by, left.asked_at) == (endpoint, author, trial.asked_at)
    assert trials_left(author) == 1


def test_what_failed_counts_no_more_once_it_is_thrown_away() -> None:
    problem = make_problem()
    trial = ask_trial(problem, make_open_endpoint(), by=problem.author)
    Trial.objects.filter(pk=trial.pk).update(
        status="failed", failure="x", finished_at=trial.asked_at
    )
    discard(problem, by=problem.author)
    assert not ForgottenTrial.objects.exists()


def test_a_worker_that_asks_meanwhile_writes_nothing_more_and_ends(most_alike: MostAlike) -> None:
    problem = make_problem()
    trial = ask_trial(problem, make_open_endpoint(most_alike.base_url), by=problem.author)

    def throw_away() -> None:
        discard(problem, by=problem.author)
        connection.close()

    async def behave(_: web.Request) -> None:
        if most_alike.asked == 2:
            await asyncio.to_thread(throw_away)

    most_alike.behave = behave
    work_trial(trial.pk)
    assert most_alike.asked == 2
    assert not Problem.objects.exists()
    assert not TrialAnswer.objects.exists()
