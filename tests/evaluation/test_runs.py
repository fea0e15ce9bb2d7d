"""Runs against the local server, over real HTTP, with whatever may go wrong."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from curation.errors import WrongMomentError
from evaluation import engine
from evaluation.clients.retrying import MAX_ATTEMPTS
from evaluation.domain.arms import AnswerForm
from evaluation.domain.outcomes import Outcome
from evaluation.domain.protocol import PRESETS
from evaluation.models import EndpointKind, ModelEndpoint, Prediction, Run, RunStatus, Score
from evaluation.models.endpoint import SET_UP_HERE
from evaluation.most_alike_server import NO_EXAMPLES
from evaluation.planning import plan_run
from evaluation.progress import progress
from evaluation.runs import cancel_run, resumable_run_ids, retry_failed, work_run
from tests.evaluation.cast import make_endpoint, make_run, outcomes_of, work_off
from tests.evaluation.serving import MostAlike, failing
from tests.factories import (
    Shown,
    contents_of,
    make_approved,
    make_editor,
    make_problem,
    make_release,
    make_release_of,
)

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.mark.parametrize(
    "preset",
    [
        "zero_shot_open",
        "in_context_open",
        "zero_shot_multiple_choice",
        "in_context_multiple_choice",
    ],
)
def test_every_image_of_every_problem_arrives(most_alike: MostAlike, preset: str) -> None:
    release = make_release_of(5)
    run = work_off(make_run(release, make_endpoint(most_alike.base_url), preset))
    assert run.status == RunStatus.FINISHED
    is_in_context = preset.startswith("in_context")
    expected = [
        [image.sha256 for image in (content.images if is_in_context else content.images[-1:])]
        for content in contents_of(release)
    ]
    assert all(len(hashes) == (4 if is_in_context else 1) for hashes in expected)
    assert sorted(most_alike.received) == sorted(expected)
    rows = list(run.predictions.all())
    assert [row.images_sent for row in rows] == expected
    assert [row.images_received for row in rows] == expected
    assert [row.image_count for row in rows] == [len(hashes) for hashes in expected]


@pytest.mark.parametrize("preset", ["in_context_open", "in_context_multiple_choice"])
def test_the_server_that_looks_at_images_finds_the_example_that_is_like_the_query(
    most_alike: MostAlike, preset: str
) -> None:
    examples = tuple(Shown(answer=answer, picture=n) for n, answer in enumerate("xyz", 900))
    problems = [
        make_approved(make_problem(examples=examples, query=Shown(answer=answer, picture=n)))
        for n, answer in enumerate("xyz", 900)
    ]
    release = make_release(*problems)
    run = work_off(make_run(release, make_endpoint(most_alike.base_url), preset))
    (estimate,) = progress(run).estimates.values()
    assert (estimate.k, estimate.n) == (3, 3)
    assert run.manifest["reported_models"] == ["most-alike-example"]


def test_without_examples_it_says_that_it_does_not_know(most_alike: MostAlike) -> None:
    run = work_off(
        make_run(make_release_of(2), make_endpoint(most_alike.base_url), "zero_shot_open")
    )
    assert {row.completion for row in run.predictions.all()} == {NO_EXAMPLES}
    assert outcomes_of(run) == {Outcome.OK: 2}
    assert progress(run).estimates["exact_match"].k == 0


def test_every_preset_is_asked_and_scored_to_its_end(most_alike: MostAlike) -> None:
    release, endpoint = make_release_of(2), make_endpoint(most_alike.base_url)
    ended = {preset: work_off(make_run(release, endpoint, preset)) for preset in PRESETS}
    assert {run.status for run in ended.values()} == {RunStatus.FINISHED}
    failed = {preset for preset, run in ended.items() if Outcome.ERROR in outcomes_of(run)}
    assert failed == set()
    rows = Prediction.objects.filter(run__in=ended.values())
    assert len(most_alike.received) == rows.count() == 12 * 2 + 4 * 12
    assert Score.objects.count() == rows.count()


def test_a_run_of_ranked_letters_keeps_the_likelihood_of_each(most_alike: MostAlike) -> None:
    async def behave(_: web.Request) -> web.Response:
        top = [{"token": "A", "logprob": -0.5}, {"token": "B", "logprob": -1.0}]
        logprobs = {"content": [{"token": "A", "top_logprobs": top}]}
        message = {"role": "assistant", "content": "A"}
        return web.json_response({"choices": [{"message": message, "logprobs": logprobs}]})

    most_alike.behave = behave
    ranked = replace(PRESETS["in_context_open"], answer_form=AnswerForm.RANKED_LETTERS)
    endpoint = make_endpoint(most_alike.base_url)
    run = work_off(plan_run(make_release_of(2), endpoint, ranked, by=make_editor()))
    assert run.status == RunStatus.FINISHED
    assert progress(run).estimates["ranked"].n == 2
    for row in run.predictions.all():
        told = [(one["letter"], one["total"]) for one in row.likelihoods_json or ()]
        assert told == [("A", -0.5), ("B", -1.0), ("C", None)]
        assert row.parsed == "A"


@pytest.mark.parametrize(
    "kind", [kind for kind in SET_UP_HERE if kind is not EndpointKind.OPENAI_COMPATIBLE]
)
def test_baselines_answer_without_a_network(kind: EndpointKind) -> None:
    endpoint = make_endpoint(kind=kind)
    run = work_off(make_run(make_release_of(4), endpoint, "in_context_multiple_choice"))
    assert run.status == RunStatus.FINISHED
    assert progress(run).estimates["multiple_choice"].n == 4


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_fails_for_a_moment_is_asked_again(most_alike: MostAlike, status: int) -> None:
    most_alike.behave = failing(status, times=3)
    run = work_off(make_run(make_release_of(4), make_endpoint(most_alike.base_url)))
    assert outcomes_of(run) == {Outcome.OK: 4}
    assert most_alike.asked == 7
    assert {row.error for row in run.predictions.all()} == {""}


def test_a_failed_call_is_an_error_and_never_a_wrong_answer(most_alike: MostAlike) -> None:
    most_alike.behave = failing(400, times=1)
    endpoint = make_endpoint(most_alike.base_url, max_concurrency=1)
    run = work_off(make_run(make_release_of(3), endpoint))
    assert outcomes_of(run) == {Outcome.OK: 2, Outcome.ERROR: 1}
    failed = run.predictions.get(outcome=Outcome.ERROR)
    assert (failed.http_status, failed.error) == (400, "The server answered 400")
    assert not failed.scores.exists()
    assert progress(run).estimates["exact_match"].n == 2


def test_asking_ends_after_the_last_attempt(most_alike: MostAlike) -> None:
    most_alike.behave = failing(500, times=100)
    run = make_run(make_release_of(1), make_endpoint(most_alike.base_url))
    run.predictions.update(attempts=MAX_ATTEMPTS - 1)
    run = work_off(run)
    assert run.status == RunStatus.FINISHED
    assert outcomes_of(run) == {Outcome.ERROR: 1}
    assert most_alike.asked == 1


def test_only_what_failed_is_asked_again_on_request(most_alike: MostAlike) -> None:
    most_alike.behave = failing(400, times=2)
    endpoint = make_endpoint(most_alike.base_url, max_concurrency=1)
    run = work_off(make_run(make_release_of(5), endpoint))
    before = set(Score.objects.values_list("pk", flat=True))
    retry_failed(run)
    run = work_off(run)
    assert outcomes_of(run) == {Outcome.OK: 5}
    assert most_alike.asked == 5 + 2
    assert before < set(Score.objects.values_list("pk", flat=True))
    assert [retry["endpoint"]["name"] for retry in run.manifest["retries"]] == ["A model"]


def test_nothing_is_retried_where_nothing_failed(most_alike: MostAlike) -> None:
    run = work_off(make_run(make_release_of(1), make_endpoint(most_alike.base_url)))
    with pytest.raises(WrongMomentError):
        retry_failed(run)
    run.refresh_from_db()
    assert run.status == RunStatus.FINISHED


def test_a_wrong_key_ends_the_run_before_it_burns_every_request(most_alike: MostAlike) -> None:
    most_alike.behave = failing(401, times=100)
    endpoint = make_endpoint(most_alike.base_url, max_concurrency=1)
    run = work_off(make_run(make_release_of(8), endpoint))
    assert (run.status, run.failure) == (RunStatus.FAILED, "The server does not accept the key.")
    assert most_alike.asked == engine.FATAL_IN_A_ROW
    most_alike.behave = None
    retry_failed(run)
    assert outcomes_of(work_off(run)) == {Outcome.OK: 8}


def test_a_key_reaches_the_server_and_nothing_else(
    most_alike: MostAlike, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-0123456789-secret"
    said: list[str] = []

    async def behave(request: web.Request) -> web.Response | None:
        said.append(request.headers["Authorization"])
        return web.json_response({"error": {"message": f"no {key}"}}, status=400)

    most_alike.behave = behave
    monkeypatch.setenv("MODEL_KEY_TEST", key)
    endpoint = make_endpoint(most_alike.base_url, key_variable="MODEL_KEY_TEST")
    run = work_off(make_run(make_release_of(1), endpoint))
    assert said == [f"Bearer {key}"]
    stored = [*Run.objects.values(), *Prediction.objects.values(), run.manifest]
    assert key not in repr(stored)
    assert "no [key]" in run.predictions.get().error


def test_a_variable_that_is_not_set_fails_the_run_by_its_name(most_alike: MostAlike) -> None:
    endpoint = make_endpoint(most_alike.base_url, key_variable="MODEL_KEY_UNSET", max_concurrency=1)
    run = work_off(make_run(make_release_of(6), endpoint))
    assert run.status == RunStatus.FAILED
    assert "MODEL_KEY_UNSET" in run.failure
    assert most_alike.asked == 0


def test_a_host_taken_off_the_list_is_not_called(most_alike: MostAlike, settings: Settings) -> None:
    run = make_run(make_release_of(1), make_endpoint(most_alike.base_url))
    settings.MODEL_HOSTS = ["models.example.org"]
    run = work_off(run)
    assert run.status == RunStatus.FAILED
    assert "MODEL_HOSTS" in run.failure
    assert most_alike.asked == 0


def test_a_cancelled_run_keeps_what_it_has_and_asks_no_more(
    most_alike: MostAlike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "WATCH_SECONDS", 0.02)
    run = make_run(make_release_of(12), make_endpoint(most_alike.base_url, max_concurrency=2))

    def cancel() -> None:
        cancel_run(run)
        connection.close()

    async def behave(_: web.Request) -> None:
        if most_alike.asked == 4:
            await asyncio.to_thread(cancel)
        await asyncio.sleep(0.1)

    most_alike.behave = behave
    run = work_off(run)
    assert run.status == RunStatus.CANCELLED
    assert most_alike.asked < 12
    assert progress(run).done == most_alike.asked
    assert run.predictions.filter(status="pending", attempts=0).count() == 12 - most_alike.asked
    assert resumable_run_ids() == []
    with pytest.raises(WrongMomentError):
        cancel_run(run)


def test_who_started_a_run_hears_of_its_end_and_why_it_stopped(most_alike: MostAlike) -> None:
    endpoint = make_endpoint(most_alike.base_url, max_concurrency=1)
    finished = work_off(make_run(make_release_of(1), endpoint))
    assert finished.started_by.notices.get().text == "It came to its end."
    most_alike.behave = failing(401, times=100)
    failed = work_off(make_run(make_release_of(8), endpoint))
    heard = failed.started_by.notices.latest("pk")
    assert heard.text == "It stopped: The server does not accept the key."
    assert heard.address == f"/runs/{failed.pk}/"


def test_what_a_living_worker_holds_is_left_to_it_and_the_rest_is_not(
    most_alike: MostAlike,
) -> None:
    run = make_run(make_release_of(2), make_endpoint(most_alike.base_url))
    held, free = run.predictions.all()
    Prediction.objects.filter(pk=held.pk).update(
        status="leased",
        lease_token="11111111-1111-1111-1111-111111111111",
        leased_until=timezone.now() + timedelta(seconds=30),
    )
    assert resumable_run_ids() == [run.pk]
    assert not work_run(run.pk)
    assert resumable_run_ids() == []
    free.refresh_from_db()
    assert (most_alike.asked, free.outcome) == (1, "ok")


@pytest.mark.parametrize(("attempts", "asked"), [(1, 1), (MAX_ATTEMPTS, 0)])
def test_what_a_dead_worker_held_returns_but_not_for_ever(
    most_alike: MostAlike, attempts: int, asked: int
) -> None:
    run = make_run(make_release_of(1), make_endpoint(most_alike.base_url))
    run.predictions.update(
        status="leased",
        lease_token="11111111-1111-1111-1111-111111111111",
        leased_until=timezone.now() - timedelta(seconds=1),
        attempts=attempts,
    )
    assert resumable_run_ids() == [run.pk]
    run = work_off(run)
    assert run.status == RunStatus.FINISHED
    assert most_alike.asked == asked
    assert outcomes_of(run) == {Outcome.OK if asked else Outcome.ERROR: 1}


def test_a_run_whose_last_row_ended_with_its_worker_is_still_finished() -> None:
    run = make_run(make_release_of(1), make_endpoint(kind=EndpointKind.MAJORITY_EXAMPLE))
    work_off(run)
    Run.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING, finished_at=None)
    assert resumable_run_ids() == [run.pk]
    assert work_off(run).status == RunStatus.FINISHED


def test_prompts_that_changed_since_the_planning_are_not_sent(most_alike: MostAlike) -> None:
    run = make_run(make_release_of(1), make_endpoint(most_alike.base_url))
    run.predictions.update(prompt_sha256="0" * 64)
    run = work_off(run)
    assert most_alike.asked == 0
    assert "plan a new run" in run.predictions.get().error


def test_what_is_sent_of_images_fits_the_endpoint_and_is_what_is_recorded(
    most_alike: MostAlike,
) -> None:
    endpoint = make_endpoint(most_alike.base_url)
    ModelEndpoint.objects.filter(pk=endpoint.pk).update(max_image_side=24)
    run = work_off(make_run(make_release_of(1), endpoint))
    row = run.predictions.get()
    assert row.images_sent == row.images_received == most_alike.received[0]
    assert len(row.images_sent) == 4
    assert not {*row.images_sent} & {image.sha256 for image in contents_of(run.release)[0].images}
