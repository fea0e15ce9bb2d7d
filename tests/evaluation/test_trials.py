"""Trying drafts against the local server, over real HTTP, with whatever may go wrong."""

import asyncio
import os
import subprocess
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from django.conf import settings as django_settings
from django.db import IntegrityError, connection
from django.utils import timezone
from pytest_django import Settings

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import DraftRevision, Panel, Problem
from evaluation import trials, waiting
from evaluation.domain.trial_arms import Arm
from evaluation.endpoints import update_endpoint
from evaluation.models import EndpointKind, ModelEndpoint, Trial, TrialAnswer, TrialStatus
from evaluation.most_alike_server import NO_EXAMPLES, NO_IMAGE
from evaluation.trials import (
    MAX_ATTEMPTS,
    AlreadyTriedError,
    ask_trial,
    next_day,
    resumable_trial_ids,
    trials_left,
    work_trial,
)
from tests.environment import ROOT
from tests.evaluation.cast import facts_of, make_endpoint, make_open_endpoint
from tests.evaluation.serving import MostAlike, failing
from tests.evaluation.test_killed_workers import database_url, wait_until
from tests.factories import Shown, make_person, make_problem, submit

pytestmark = pytest.mark.usefixtures("committed_db")

# Pictures of one number are the same: the query looks like the second example.
EXAMPLES = (Shown(answer="Lung", picture=901), Shown(answer="Heart", picture=902))
QUERY = Shown(answer="Cor", accepted_variants=("Heart",), picture=902)
LONG_AGO = timedelta(hours=1)


def make_draft(query: Shown = QUERY) -> Problem:
    """A draft of two examples, the second of which looks like the query."""
    return make_problem(examples=EXAMPLES, query=query)


def ask(problem: Problem, endpoint: ModelEndpoint, **how: Any) -> Trial:
    """A trial asked by the draft's author."""
    return ask_trial(problem, endpoint, by=problem.author, **how)


def worked_off(trial: Trial) -> Trial:
    """The trial after a worker had it."""
    work_trial(trial.pk)
    trial.refresh_from_db()
    return trial


def tried(most_alike: MostAlike) -> Trial:
    """A trial at its end."""
    return worked_off(ask(make_draft(), make_open_endpoint(most_alike.base_url)))


def by_arm(trial: Trial) -> dict[str, TrialAnswer]:
    return {answer.arm: answer for answer in trial.answers.all()}


def test_a_draft_is_asked_four_ways(most_alike: MostAlike) -> None:
    trial = tried(most_alike)
    lung, heart, query = (image.sha256 for image in trial.content().images)
    assert trial.status == TrialStatus.FINISHED
    assert most_alike.received == [[query], [], [lung, heart, query], [heart, lung, query]]
    answers = by_arm(trial)
    assert list(answers) == list(Arm)
    assert [answer.images_sent for answer in answers.values()] == most_alike.received
    assert [answer.images_received for answer in answers.values()] == most_alike.received
    assert [answer.parsed for answer in answers.values()] == [
        NO_EXAMPLES,
        NO_IMAGE,
        "Heart",
        "Heart",
    ]
    assert len({answer.prompt_sha256 for answer in answers.values()}) == 4


def test_an_accepted_variant_is_right_and_the_score_says_why(most_alike: MostAlike) -> None:
    answers = by_arm(tried(most_alike))
    assert [answer.score for answer in answers.values()] == [0, 0, 1, 1]
    assert 'accepted variant "Heart"' in answers[Arm.EXAMPLES].explanation
    assert answers[Arm.EXAMPLES].is_right
    assert not answers[Arm.ALONE].is_right


def test_a_trial_keeps_the_draft_it_asked(most_alike: MostAlike) -> None:
    problem = make_draft()
    trial = ask(problem, make_open_endpoint(most_alike.base_url))
    Panel.objects.filter(problem=problem, role="query").update(answer="Something else")
    assert worked_off(trial).content().query.answer == "Cor"
    assert by_arm(trial)[Arm.EXAMPLES].is_right


def test_baselines_are_tried_without_a_network_and_only_with_examples() -> None:
    endpoint = make_open_endpoint(kind=EndpointKind.MAJORITY_EXAMPLE)
    answers = by_arm(worked_off(ask(make_draft(), endpoint)))
    assert [answer.outcome for answer in answers.values()] == ["error", "error", "ok", "ok"]
    assert [answer.parsed for answer in answers.values()][2:] == ["Lung", "Heart"]


# --- guards -------------------------------------------------------------------------------------


def test_only_the_author_tries_a_draft() -> None:
    endpoint = make_open_endpoint()
    with pytest.raises(WrongMomentError, match="Only its author"):
        ask_trial(make_draft(), endpoint, by=make_person(is_author=True, is_editor=True))


def test_what_was_submitted_is_not_tried() -> None:
    problem = make_draft()
    submit(problem)
    with pytest.raises(WrongMomentError, match="is submitted; only a draft is tried"):
        ask(problem, make_open_endpoint())


@pytest.mark.parametrize("closed", [{"is_active": False}, {"is_open_to_authors": False}])
def test_a_model_that_is_not_open_is_not_asked(closed: dict[str, bool]) -> None:
    endpoint = make_open_endpoint()
    update_endpoint(endpoint, facts_of(endpoint, **closed), by=endpoint.created_by)
    assert not ModelEndpoint.objects.open_to_authors().exists()
    with pytest.raises(WrongMomentError, match="not open to authors any more"):
        ask(make_draft(), endpoint)


def test_endpoints_are_closed_to_authors_unless_an_editor_opens_them() -> None:
    make_endpoint()
    opened = make_open_endpoint(name="Opened")
    assert list(ModelEndpoint.objects.open_to_authors()) == [opened]


def test_an_unfinished_draft_is_not_asked_and_what_it_needs_is_said() -> None:
    problem = make_draft()
    problem.panels.filter(role="query").update(question="")
    problem.panels.filter(position=1).update(image=None)
    with pytest.raises(
        InvalidContentError, match=r"Example 2 needs an image\. The query needs a q"
    ):
        ask(problem, make_open_endpoint())
    assert not DraftRevision.objects.exists()


def test_a_model_is_asked_one_thing_about_a_problem_at_a_time() -> None:
    problem, endpoint = make_draft(), make_open_endpoint()
    ask(problem, endpoint)
    Panel.objects.filter(problem=problem).update(question="Another question?")
    with pytest.raises(WrongMomentError, match="is being asked about this problem"):
        ask(problem, endpoint, is_again=True)
    ask(problem, make_open_endpoint(name="Another"))
    ask(make_draft(), endpoint)


def test_asking_many_times_at_once_asks_once_and_costs_one_of_the_day(settings: Settings) -> None:
    settings.TRIALS_PER_DAY = 3
    problem = make_draft()
    endpoints = [make_open_endpoint(name=f"Model {number}") for number in range(4)]
    start = threading.Barrier(8)

    def press(endpoint: ModelEndpoint) -> bool:
        start.wait()
        try:
            ask(problem, endpoint)
        except WrongMomentError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(press, endpoints * 2))
    assert sum(taken) == Trial.objects.count() == 3
    assert Trial.objects.values("endpoint").distinct().count() == 3
    assert DraftRevision.objects.count() == 1


def test_the_same_is_asked_again_only_knowingly(most_alike: MostAlike) -> None:
    problem, endpoint = make_draft(), make_open_endpoint(most_alike.base_url)
    first = worked_off(ask(problem, endpoint))
    Problem.objects.filter(pk=problem.pk).update(rarity="rare")  # nothing a model is shown
    with pytest.raises(AlreadyTriedError) as refused:
        ask(problem, endpoint)
    assert refused.value.trial == first
    again = worked_off(ask(problem, endpoint, is_again=True))
    assert (first.seed, again.seed) == (0, 1)
    Panel.objects.filter(problem=problem).update(question="Another question?")
    assert ask(problem, endpoint).seed == 2


def test_what_failed_may_be_asked_again_at_once(most_alike: MostAlike) -> None:
    problem, endpoint = make_draft(), make_open_endpoint(most_alike.base_url)
    most_alike.behave = failing(401, times=1)
    assert worked_off(ask(problem, endpoint)).status == TrialStatus.FAILED
    assert worked_off(ask(problem, endpoint)).status == TrialStatus.FINISHED


def test_a_day_has_so_many_trials_and_the_next_one_begins_anew(settings: Settings) -> None:
    settings.TRIALS_PER_DAY = 2
    problem = make_draft()
    person = problem.author
    assert trials_left(person) == 2
    for number in range(2):
        ask(problem, make_open_endpoint(name=f"Model {number}"))
    assert trials_left(person) == 0
    with pytest.raises(WrongMomentError, match=r"2 times today.*after midnight UTC, in about"):
        ask(problem, make_open_endpoint(name="One more"))
    yesterday = next_day() - timedelta(days=1, seconds=1)
    Trial.objects.update(asked_at=yesterday)
    assert trials_left(person) == 2
    ask(problem, ModelEndpoint.objects.get(name="One more"))


def test_the_next_day_begins_at_midnight_utc() -> None:
    begins = next_day()
    assert timedelta() < begins - datetime.now(UTC) <= timedelta(days=1)
    assert (begins.hour, begins.minute, begins.second, begins.microsecond) == (0, 0, 0, 0)


def test_what_others_ask_and_what_failed_leaves_the_day_whole(settings: Settings) -> None:
    settings.TRIALS_PER_DAY = 1
    problem, endpoint = make_draft(), make_open_endpoint()
    ask(make_draft(), endpoint)
    assert trials_left(problem.author) == 1
    trial = ask(problem, endpoint)
    assert trials_left(problem.author) == 0
    now = timezone.now()
    Trial.objects.filter(pk=trial.pk).update(status="failed", failure="x", finished_at=now)
    assert trials_left(problem.author) == 1


def test_an_operator_may_switch_trying_off(settings: Settings) -> None:
    settings.TRIALS_PER_DAY = 0
    with pytest.raises(WrongMomentError, match="switched off"):
        ask(make_draft(), make_open_endpoint())


# --- models that misbehave ----------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_fails_for_a_moment_is_asked_again(most_alike: MostAlike, status: int) -> None:
    most_alike.behave = failing(status, times=2)
    trial = tried(most_alike)
    assert [answer.outcome for answer in trial.answers.all()] == ["ok"] * 4
    assert most_alike.asked == 4 + 2


def test_a_wish_longer_than_a_person_waits_ends_the_question(most_alike: MostAlike) -> None:
    most_alike.behave = failing(429, times=1, **{"Retry-After": "600"})
    answers = by_arm(tried(most_alike))
    assert [answer.outcome for answer in answers.values()] == ["error", "ok", "ok", "ok"]
    assert answers[Arm.ALONE].error == "The server answered 429"
    assert answers[Arm.ALONE].score is None
    assert most_alike.asked == 4


def test_a_model_that_answers_nothing_at_all_fails_the_trial(
    most_alike: MostAlike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "TRIES", 2)
    most_alike.behave = failing(500, times=100)
    trial = tried(most_alike)
    assert trial.status == TrialStatus.FAILED
    assert trial.failure == "None of the questions could be asked. The server answered 500"
    assert most_alike.asked == 2 * 4


def test_a_model_that_hangs_is_given_up(
    most_alike: MostAlike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LONGEST_SECONDS", 0.5)

    async def behave(_: web.Request) -> None:
        if most_alike.asked == 1:
            await asyncio.sleep(60)

    most_alike.behave = behave
    answers = by_arm(tried(most_alike))
    assert answers[Arm.ALONE].error == "No answer within 0.5 seconds."
    assert [answer.outcome for answer in answers.values()] == ["error", "ok", "ok", "ok"]


def test_garbage_is_an_error_and_never_a_wrong_answer(
    most_alike: MostAlike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "TRIES", 1)

    async def behave(_: web.Request) -> web.Response | None:
        return web.Response(text="<html>") if most_alike.asked == 3 else None

    most_alike.behave = behave
    answer = by_arm(tried(most_alike))[Arm.EXAMPLES]
    assert (answer.outcome, answer.error, answer.score) == (
        "error",
        "The reply is not JSON.",
        None,
    )


@pytest.mark.parametrize(
    "message",
    [
        {"content": "I'm sorry, I can't help with that."},
        {"content": None, "refusal": "That is a medical question."},
    ],
)
def test_a_refusal_is_kept_as_one_and_has_no_score(
    most_alike: MostAlike, message: dict[str, object]
) -> None:
    async def behave(_: web.Request) -> web.Response:
        choice = {"message": message, "finish_reason": "stop"}
        return web.json_response({"choices": [choice]})

    most_alike.behave = behave
    trial = tried(most_alike)
    assert trial.status == TrialStatus.FINISHED
    assert {(answer.outcome, answer.score) for answer in trial.answers.all()} == {("refused", None)}


def test_a_wrong_key_ends_the_trial_after_one_question(most_alike: MostAlike) -> None:
    most_alike.behave = failing(401, times=100)
    trial = tried(most_alike)
    assert trial.status == TrialStatus.FAILED
    assert trial.failure == "The server does not accept the key. Tell an editor."
    assert most_alike.asked == 1


def test_a_host_taken_off_the_list_is_not_called(most_alike: MostAlike, settings: Settings) -> None:
    trial = ask(make_draft(), make_open_endpoint(most_alike.base_url))
    settings.MODEL_HOSTS = ["models.example.org"]
    assert "MODEL_HOSTS" in worked_off(trial).failure
    assert most_alike.asked == 0


def test_a_model_closed_meanwhile_is_not_asked(most_alike: MostAlike) -> None:
    endpoint = make_open_endpoint(most_alike.base_url)
    trial = ask(make_draft(), endpoint)
    update_endpoint(endpoint, facts_of(endpoint, is_open_to_authors=False), by=endpoint.created_by)
    assert "not open to authors" in worked_off(trial).failure
    assert most_alike.asked == 0


def test_a_tried_endpoint_keeps_its_model() -> None:
    endpoint = make_open_endpoint()
    ask(make_draft(), endpoint)
    with pytest.raises(WrongMomentError, match="was asked already"):
        update_endpoint(endpoint, facts_of(endpoint, model="another"), by=endpoint.created_by)


# --- workers that die ---------------------------------------------------------------------------


def hold(trial: Trial, *, until: timedelta, attempts: int = 1) -> None:
    """As a worker left it that took it up and was not heard of since."""
    Trial.objects.filter(pk=trial.pk).update(
        status=TrialStatus.RUNNING,
        lease_token=uuid.uuid4(),
        leased_until=timezone.now() + until,
        attempts=attempts,
    )


def test_what_a_living_worker_holds_is_left_to_it(most_alike: MostAlike) -> None:
    trial = ask(make_draft(), make_open_endpoint(most_alike.base_url))
    assert resumable_trial_ids() == [trial.pk]
    hold(trial, until=LONG_AGO)
    assert resumable_trial_ids() == []
    assert worked_off(trial).status == TrialStatus.RUNNING
    assert most_alike.asked == 0


def test_what_a_dead_worker_held_goes_on_where_it_was(most_alike: MostAlike) -> None:
    trial = tried(most_alike)
    before = by_arm(trial)
    trial.answers.filter(arm__in=[Arm.EXAMPLES, Arm.REVERSED]).delete()
    Trial.objects.filter(pk=trial.pk).update(finished_at=None, status=TrialStatus.QUEUED)
    hold(trial, until=-LONG_AGO)
    assert resumable_trial_ids() == [trial.pk]
    assert worked_off(trial).status == TrialStatus.FINISHED
    assert trial.attempts == 2
    assert most_alike.asked == 4 + 2
    after = by_arm(trial)
    assert [after[arm].pk for arm in (Arm.ALONE, Arm.NO_IMAGE)] == [
        before[arm].pk for arm in (Arm.ALONE, Arm.NO_IMAGE)
    ]


def test_a_trial_that_kills_its_workers_ends(most_alike: MostAlike) -> None:
    trial = ask(make_draft(), make_open_endpoint(most_alike.base_url))
    hold(trial, until=-LONG_AGO, attempts=MAX_ATTEMPTS)
    assert worked_off(trial).status == TrialStatus.FAILED
    assert "died 3 times" in trial.failure
    assert most_alike.asked == 0
    assert resumable_trial_ids() == []


def test_a_trial_that_ended_is_not_asked_again(most_alike: MostAlike) -> None:
    trial = tried(most_alike)
    before = Trial.objects.values().get(pk=trial.pk)
    work_trial(trial.pk)
    assert Trial.objects.values().get(pk=trial.pk) == before
    assert most_alike.asked == 4


def test_a_worker_that_lost_its_trial_writes_nothing(most_alike: MostAlike) -> None:
    endpoint = make_open_endpoint(most_alike.base_url)
    trial = ask(make_draft(), endpoint)
    other = uuid.uuid4()

    def take_over() -> None:
        Trial.objects.filter(pk=trial.pk).update(lease_token=other)
        connection.close()

    async def behave(_: web.Request) -> None:
        if most_alike.asked == 2:
            await asyncio.to_thread(take_over)

    most_alike.behave = behave
    worked_off(trial)
    assert (trial.status, trial.lease_token) == (TrialStatus.RUNNING, other)
    assert list(by_arm(trial)) == [Arm.ALONE]
    assert most_alike.asked == 2


def test_a_worker_holds_its_trial_for_as_long_as_it_asks(
    most_alike: MostAlike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "RENEW_SECONDS", 0.05)
    trial = ask(make_draft(), make_open_endpoint(most_alike.base_url))
    seen: list[datetime] = []

    def lease() -> datetime:
        until = Trial.objects.get(pk=trial.pk).leased_until
        connection.close()
        assert until is not None
        return until

    async def behave(_: web.Request) -> None:
        if most_alike.asked == 1:
            seen.append(await asyncio.to_thread(lease))
            while len(seen) < 2 or seen[-1] == seen[0]:
                seen.append(await asyncio.to_thread(lease))
                await asyncio.sleep(0.02)

    most_alike.behave = behave
    assert worked_off(trial).status == TrialStatus.FINISHED
    assert seen[-1] > seen[0]


WORKER = """
import sys, django
django.setup()
from evaluation.trials import work_trial
work_trial(int(sys.argv[1]))
"""


def test_a_killed_worker_loses_no_answer(most_alike: MostAlike) -> None:
    async def behave(_: web.Request) -> None:
        if most_alike.asked > 2:
            await asyncio.sleep(60)

    most_alike.behave = behave
    trial = ask(make_draft(), make_open_endpoint(most_alike.base_url))
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(django_settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-c", WORKER, str(trial.pk)]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as worker:
        wait_until(lambda: most_alike.asked == 3)
        worker.kill()
    most_alike.behave = None
    assert list(by_arm(trial)) == [Arm.ALONE, Arm.NO_IMAGE]
    assert resumable_trial_ids() == []
    Trial.objects.update(leased_until=timezone.now() - LONG_AGO)
    assert worked_off(trial).status == TrialStatus.FINISHED
    assert most_alike.asked == 3 + 2
    assert list(by_arm(trial)) == list(Arm)


# --- what the database refuses ------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "paused"},
        {"status": "running"},
        {"status": "finished"},
        {"status": "failed", "finished_at": timezone.now()},
        {"failure": "odd"},
        {"finished_at": timezone.now()},
        {"lease_token": uuid.uuid4()},
    ],
)
def test_a_trial_between_states_is_refused(columns: dict[str, Any]) -> None:
    trial = ask(make_draft(), make_open_endpoint())
    with pytest.raises(IntegrityError):
        Trial.objects.filter(pk=trial.pk).update(**columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"arm": "sideways", "outcome": "ok", "score": 1},
        {"arm": "alone", "outcome": "splendid"},
        {"arm": "alone", "outcome": ""},
        {"arm": "alone", "outcome": "ok"},
        {"arm": "alone", "outcome": "ok", "score": 2},
        {"arm": "alone", "outcome": "error", "score": 0},
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(columns: dict[str, Any]) -> None:
    trial = ask(make_draft(), make_open_endpoint())
    with pytest.raises(IntegrityError):
        TrialAnswer.objects.create(trial=trial, **columns)


def test_an_arm_is_answered_once(most_alike: MostAlike) -> None:
    trial = tried(most_alike)
    with pytest.raises(IntegrityError):
        TrialAnswer.objects.create(trial=trial, arm=Arm.ALONE, outcome="error")


def test_a_draft_is_asked_of_a_model_once_at_a_time() -> None:
    trial = ask(make_draft(), make_open_endpoint())
    with pytest.raises(IntegrityError):
        Trial.objects.create(
            draft=trial.draft, endpoint=trial.endpoint, asked_by=trial.asked_by, seed=1
        )
