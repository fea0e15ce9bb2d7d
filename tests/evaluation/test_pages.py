"""The pages of evaluation: who may use them, what they say, what they refuse."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from curation.models import Heartbeat, Image, Release, User
from evaluation import runs as verbs
from evaluation.domain.outcomes import Outcome
from evaluation.domain.protocol import PRESETS
from evaluation.forms import EndpointForm
from evaluation.living import RUNNER
from evaluation.models import EndpointKind, ModelEndpoint, Prediction, Run, RunStatus
from evaluation.planning import plan_run
from evaluation.urls import urlpatterns
from tests.evaluation.cast import make_endpoint, make_run
from tests.evaluation.cast import measured as make_measured
from tests.factories import (
    Shown,
    contents_of,
    make_approved,
    make_editor,
    make_person,
    make_problem,
    make_release,
    make_release_of,
)

MAJORITY = EndpointKind.MAJORITY_EXAMPLE


@dataclass(slots=True)
class Measured:
    """A release, a finished run of a baseline on it, and who looks at them."""

    reader: User
    editor: User
    release: Release
    endpoint: ModelEndpoint
    run: Run
    prediction: Prediction


def _measured() -> Measured:
    release = make_release_of(2)
    endpoint = make_endpoint(kind=MAJORITY)
    run = make_run(release, endpoint)
    row = run.predictions.earliest("pk")
    return Measured(make_person(), make_editor(), release, endpoint, run, row)


@pytest.fixture
def measured(db: None) -> Measured:
    """With a run that nobody has worked on."""
    return _measured()


@pytest.fixture
def worked_off(committed_db: None) -> Measured:
    """With the run at its end; the engine's threads need what is committed."""
    made = _measured()
    verbs.work_run(made.run.pk)
    return made


@dataclass(frozen=True, slots=True)
class Page:
    """An address, whether it is for editors only, whether it is a POST."""

    name: str
    is_for_editors: bool = False
    is_action: bool = False

    def address(self, measured: Measured) -> str:
        """Where it is."""
        arguments = {
            "endpoint_edit": (measured.endpoint.pk,),
            "run_detail": (measured.run.pk,),
            "run_report": (measured.run.pk,),
            "run_cancel": (measured.run.pk,),
            "run_retry": (measured.run.pk,),
            "run_judge": (measured.run.pk,),
            "run_parquet": (measured.run.pk,),
            "run_jsonl": (measured.run.pk,),
            "run_pause": (measured.run.pk,),
            "run_resume": (measured.run.pk,),
            "run_budget": (measured.run.pk,),
            "judge_sample_list": (measured.run.pk,),
            "prediction_list": (measured.run.pk,),
            "prediction_detail": (measured.run.pk, measured.prediction.pk),
        }
        return reverse(f"evaluation:{self.name}", args=arguments.get(self.name, ()))

    def ask(self, client: Client, measured: Measured) -> Any:
        """The answer to what its readers send."""
        address = self.address(measured)
        return client.post(address) if self.is_action else client.get(address)


PAGES = (
    Page("endpoint_list", is_for_editors=True),
    Page("endpoint_create", is_for_editors=True),
    Page("endpoint_edit", is_for_editors=True),
    Page("run_list"),
    Page("run_create", is_for_editors=True),
    Page("run_detail"),
    Page("run_report"),
    Page("run_cancel", is_for_editors=True, is_action=True),
    Page("run_retry", is_for_editors=True, is_action=True),
    Page("run_judge", is_for_editors=True, is_action=True),
    Page("run_parquet"),
    Page("run_jsonl"),
    Page("run_pause", is_for_editors=True, is_action=True),
    Page("run_resume", is_for_editors=True, is_action=True),
    Page("run_budget", is_for_editors=True),
    Page("judge_sample_list", is_for_editors=True),
    Page("prediction_list"),
    Page("prediction_detail"),
    Page("leaderboard"),
)
each_page = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])


# Their readers are others than those of the collection; they have tests of their own.
ASKED_ELSEWHERE = {
    "endpoint_check",
    "expert_verdict",
    "judge_check",
    "judge_sample_discard",
    "metrics",
    "problem_try",
    "run_figure",
    "run_table",
}


def test_every_address_is_asked_here() -> None:
    names = {str(path.name) for path in urlpatterns}
    assert sorted(page.name for page in PAGES) == sorted(names - ASKED_ELSEWHERE)


@each_page
def test_a_page_works_for_those_it_is_for(page: Page, client: Client, measured: Measured) -> None:
    client.force_login(measured.editor if page.is_for_editors else measured.reader)
    answers = {"run_cancel": 302, "run_pause": 302, "run_retry": 409, "run_resume": 409}
    expected = {**answers, "run_judge": 422}.get(page.name, 200)
    assert page.ask(client, measured).status_code == expected


@pytest.mark.parametrize("page", [page for page in PAGES if not page.is_action])
def test_a_page_tells_its_head_without_its_body(
    page: Page, client: Client, measured: Measured
) -> None:
    client.force_login(measured.editor)
    assert client.head(page.address(measured)).status_code == 200


@each_page
def test_a_page_sends_strangers_to_the_login(
    page: Page, client: Client, measured: Measured
) -> None:
    answer = page.ask(client, measured)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@each_page
def test_a_page_for_editors_refuses_readers(page: Page, client: Client, measured: Measured) -> None:
    client.force_login(measured.reader)
    is_refused = page.ask(client, measured).status_code == 403
    assert is_refused == page.is_for_editors


@each_page
def test_a_page_refuses_other_methods(page: Page, client: Client, measured: Measured) -> None:
    client.force_login(measured.editor)
    wrong = client.get if page.is_action else client.delete
    assert wrong(page.address(measured)).status_code == 405


@pytest.mark.parametrize(
    "address",
    [
        "/endpoints/0/",
        "/runs/0/",
        "/runs/0/predictions/",
        "/runs/0/predictions/0/",
        f"/runs/{2**63}/",
    ],
)
def test_what_is_not_there_is_not_found(address: str, client: Client, measured: Measured) -> None:
    client.force_login(measured.editor)
    assert client.get(address).status_code == 404


def test_a_prediction_is_found_only_in_its_own_run(client: Client, measured: Measured) -> None:
    other = make_run(measured.release, measured.endpoint, "in_context_multiple_choice")
    client.force_login(measured.reader)
    address = reverse("evaluation:prediction_detail", args=[other.pk, measured.prediction.pk])
    assert client.get(address).status_code == 404


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The runs for which a worker was woken; the queue itself is outside of these tests."""
    woken: list[int] = []
    monkeypatch.setattr("evaluation.tasks.work_run.delay", woken.append)
    yield woken


def _start(client: Client, measured: Measured, **changes: object) -> Any:
    form = {
        "release": measured.release.pk,
        "endpoint": measured.endpoint.pk,
        "protocol": "in_context_multiple_choice",
        "seed": 7,
    }
    return client.post(reverse("evaluation:run_create"), form | changes)


def test_starting_a_run_plans_it_and_wakes_a_worker_after_the_commit(
    client: Client,
    measured: Measured,
    rung: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:
    client.force_login(measured.editor)
    with django_capture_on_commit_callbacks(execute=True):
        answer = _start(client, measured)
    run = Run.objects.latest("pk")
    assert answer["Location"] == reverse("evaluation:run_detail", args=[run.pk])
    assert run.protocol.seed == 7
    assert rung == [run.pk]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"protocol": "zero_shot_open"}, "choose a protocol with examples"),
        ({"protocol": "in_context_open", "seed": 0}, "already running"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"seed": 2**63}, "less than or equal to"),
        ({"protocol": "telepathy"}, "telepathy is not one of the available choices"),
        ({"release": "x"}, "valid choice"),
    ],
)
def test_a_run_that_cannot_be_is_refused_in_words(
    client: Client,
    measured: Measured,
    rung: list[int],
    changes: dict[str, object],
    words: str,
) -> None:
    client.force_login(measured.editor)
    answer = _start(client, measured, **changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not rung


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({}, "in-context, multiple choice"),
        ({"answer_form": "open", "noise": "random"}, "in-context, open, 1 foreign example last"),
        ({"shots": "first", "shot_count": 2}, "first 2 examples, multiple choice"),
        ({"protocol": "noise_random", "noise": "none", "shot_count": 3}, "in-context, open"),
        ({"repeats": 2, "temperature": 0.5}, "in-context, multiple choice, asked 2 times"),
    ],
)
def test_what_is_chosen_beside_a_preset_changes_it(
    client: Client, measured: Measured, rung: list[int], changes: dict[str, object], label: str
) -> None:
    client.force_login(measured.editor)
    model = make_endpoint(name="Model")
    answer = _start(client, measured, endpoint=model.pk, **changes)
    assert answer.status_code == 302
    assert Run.objects.latest("pk").protocol.label == label


def test_the_system_text_is_replaced_or_left_out(
    client: Client, measured: Measured, rung: list[int]
) -> None:
    client.force_login(measured.editor)
    _start(client, measured, system_text="Answer as a radiologist.")
    assert Run.objects.latest("pk").protocol.system_text == "Answer as a radiologist."
    _start(client, measured, is_without_system_text="on")
    assert Run.objects.latest("pk").protocol.system_text == ""


def test_before_it_starts_a_run_says_what_it_will_take_and_plans_nothing(
    client: Client, measured: Measured
) -> None:
    client.force_login(measured.editor)
    model = make_endpoint(name="Model", max_concurrency=4)
    asked = {"endpoint": model.pk, "protocol": "in_context_open_permuted", "forecast": "yes"}
    page = _start(client, measured, **asked)
    assert page.status_code == 200
    told = page.context["forecast"]
    images = [image for one in contents_of(measured.release) for image in one.images]
    sizes = Image.objects.filter(sha256__in={image.sha256 for image in images})
    assert (told.load.requests, told.load.images) == (12, 48)
    assert told.load.image_bytes == 6 * sum(sizes.values_list("byte_size", flat=True))
    assert told.load.most_output_tokens == 12 * 512
    assert (told.minutes, told.most_cost, told.excluded) == (None, None, 0)
    shown = page.content.decode()
    assert "All examples of a problem are shown before its query." in shown
    assert "not known: the endpoint has no prices" in shown
    assert Run.objects.count() == 1


def test_the_time_is_told_by_the_pace_of_the_endpoints_last_run(
    client: Client, measured: Measured
) -> None:
    client.force_login(measured.editor)
    model = make_endpoint(name="Model", max_concurrency=1)
    make_measured(measured.release, "right", "wrong", name="Model")
    Prediction.objects.filter(run__endpoint=model).update(latency_ms=60_000)
    page = _start(client, measured, endpoint=model.pk, forecast="yes")
    assert page.context["forecast"].minutes == 2
    assert "about 2 minutes" in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shots": "first"}, "How many first ones"),
        ({"order": "matching_first", "shots": "none"}, "Without examples none can stand first"),
        ({"protocol": "zero_shot_open"}, "choose a protocol with examples"),
    ],
)
def test_what_cannot_be_asked_has_no_forecast_and_says_why(
    client: Client, measured: Measured, changes: dict[str, object], words: str
) -> None:
    client.force_login(measured.editor)
    page = _start(client, measured, forecast="yes", **changes)
    assert page.status_code == 422
    assert words in page.content.decode()
    address = reverse("evaluation:run_create")
    form = {"release": measured.release.pk, "endpoint": measured.endpoint.pk, "seed": 0}
    part = client.post(
        address,
        {"protocol": "in_context_open", **form, **changes, "forecast": "yes"},
        headers={"HX-Request": "true"},
    )
    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    assert "It cannot be said yet" in part.content.decode()


def test_rows_of_one_problem_are_told_apart(client: Client, measured: Measured) -> None:
    protocol = replace(PRESETS["in_context_open_permuted"], repeats=2)
    run = plan_run(measured.release, make_endpoint(name="Model"), protocol, by=measured.editor)
    client.force_login(measured.reader)
    page = client.get(reverse("evaluation:prediction_list", args=[run.pk]))
    which = [row.which for row in page.context["rows"]]
    assert len(set(which[:12])) == 12
    assert {"order 1, time 1", "order 6, time 2"} <= set(which)


def test_a_prediction_says_whether_an_example_shows_its_answer(
    client: Client, measured: Measured
) -> None:
    client.force_login(measured.editor)
    zero = make_run(measured.release, make_endpoint(name="Model"), "zero_shot_open")
    for run, words in (
        (measured.run, "Example 2 has this answer."),
        (zero, "No example shows this."),
    ):
        row = run.predictions.earliest("pk")
        page = client.get(reverse("evaluation:prediction_detail", args=[run.pk, row.pk]))
        assert words in page.content.decode()


def test_a_finished_run_shows_its_estimate_and_its_predictions(
    client: Client, worked_off: Measured
) -> None:
    measured = worked_off
    client.force_login(measured.reader)
    page = client.get(reverse("evaluation:run_detail", args=[measured.run.pk]))
    assert page.context["tally"].done == 2
    assert "Finished" in page.content.decode()
    assert "hx-trigger" not in page.content.decode()
    assert len(page.context["rows"]) == 2
    row = client.get("/leaderboard/").context["rows"][0]
    assert (row.endpoint_name, row.estimate.n, row.planned) == ("A model", 2, 2)


def test_a_run_says_that_no_worker_is_alive(client: Client, measured: Measured) -> None:
    client.force_login(measured.reader)
    address = reverse("evaluation:run_detail", args=[measured.run.pk])
    assert "No worker is running" in client.get(address).content.decode()
    Heartbeat.objects.create(name=RUNNER, beat_at=timezone.now())
    assert "No worker is running" not in client.get(address).content.decode()


def test_htmx_gets_only_the_part_that_changes(client: Client, measured: Measured) -> None:
    client.force_login(measured.reader)
    address = reverse("evaluation:run_detail", args=[measured.run.pk])
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'id="run-state"' in part
    assert "<html" not in part


def test_scores_and_scorers_are_said_in_words(client: Client, measured: Measured) -> None:
    run = make_measured(measured.release, "right", "wrong", name="Scored")
    client.force_login(measured.reader)
    shown = client.get(reverse("evaluation:run_detail", args=[run.pk])).content.decode()
    for words in ("<dt>Exact match</dt>", ">right</span>", ">wrong</span>"):
        assert words in shown
    row = run.predictions.earliest("pk")
    address = reverse("evaluation:prediction_detail", args=[run.pk, row.pk])
    prediction = client.get(address).content.decode()
    assert "<dt>Exact match</dt><dd>Right." in prediction
    board = client.get("/leaderboard/").content.decode()
    assert "<td>exact match</td>" in board
    assert "100 % of 2" in board
    assert "exact_match" not in shown + prediction + board


def test_two_seeds_of_one_protocol_are_told_apart_and_filtered(
    client: Client, measured: Measured
) -> None:
    protocols = [replace(PRESETS["in_context_open"], seed=seed) for seed in (1, 2)]
    runs = [make_measured(measured.release, "right", "wrong", protocol=one) for one in protocols]
    client.force_login(measured.reader)
    both = client.get("/leaderboard/")
    assert [row.run_id for row in both.context["rows"]] == [run.pk for run in runs]
    assert "in-context, open, seed 2" in both.content.decode()
    second = client.get("/leaderboard/", {"protocol": protocols[1].sha256()})
    assert [row.run_id for row in second.context["rows"]] == [runs[1].pk]
    unknown = client.get("/leaderboard/", {"protocol": "unknown"})
    assert len(unknown.context["rows"]) == 2


def test_a_prediction_leads_to_those_before_and_after_it(
    client: Client, measured: Measured
) -> None:
    make_run(measured.release, measured.endpoint, "in_context_multiple_choice")
    run = make_run(make_release_of(3), measured.endpoint)
    rows = [row.pk for row in run.predictions.all()]
    client.force_login(measured.reader)
    neighbors = []
    for row in rows:
        page = client.get(reverse("evaluation:prediction_detail", args=[run.pk, row]))
        neighbors.append((page.context["previous"], page.context["next"]))
    assert neighbors == [(None, rows[1]), (rows[0], rows[2]), (rows[1], None)]


def test_the_prompt_is_shown_as_sent(client: Client, measured: Measured) -> None:
    client.force_login(measured.reader)
    page = client.get(Page("prediction_detail").address(measured))
    assert [turn.role for turn in page.context["turns"]] == [
        "system",
        *["user", "assistant"] * 3,
        "user",
    ]
    assert "The prompt as sent" in page.content.decode()


def _assert_no_prompt_is_shown(client: Client, run: Run) -> None:
    client.force_login(make_person())
    row = run.predictions.earliest("pk")
    page = client.get(reverse("evaluation:prediction_detail", args=[run.pk, row.pk]))
    assert page.status_code == 200
    shown = page.content.decode()
    assert "Prompts were changed since this run was planned" in shown
    assert "The prompt as sent" not in shown
    assert 'class="turn ' not in shown


def test_a_prompt_that_was_changed_since_is_not_shown_as_sent(
    client: Client, measured: Measured
) -> None:
    measured.run.predictions.update(prompt_sha256="0" * 64)
    _assert_no_prompt_is_shown(client, measured.run)


def test_a_prompt_that_can_no_longer_be_built_is_not_shown_as_sent(
    client: Client, measured: Measured
) -> None:
    same = make_problem(examples=(Shown(answer="Yes"),), query=Shown(answer="yes."))
    run = make_run(make_release(make_approved(same)), measured.endpoint)
    choice = PRESETS["in_context_multiple_choice"].to_json()
    Run.objects.filter(pk=run.pk).update(protocol_json=choice)
    _assert_no_prompt_is_shown(client, run)


def test_a_failed_prediction_can_be_asked_again(
    client: Client, worked_off: Measured, rung: list[int]
) -> None:
    run = worked_off.run
    Prediction.objects.filter(pk=worked_off.prediction.pk).update(outcome=Outcome.ERROR)
    client.force_login(worked_off.editor)
    client.post(reverse("evaluation:run_retry", args=[run.pk]))
    run.refresh_from_db()
    assert run.status == RunStatus.QUEUED
    assert rung == [run.pk]


def test_a_run_is_paused_and_resumed_by_buttons(
    client: Client, measured: Measured, rung: list[int]
) -> None:
    run = measured.run
    client.force_login(measured.editor)
    client.post(reverse("evaluation:run_pause", args=[run.pk]))
    page = client.get(reverse("evaluation:run_detail", args=[run.pk])).content.decode()
    assert "Let it go on" in page
    assert "Pause the run" not in page
    client.post(reverse("evaluation:run_resume", args=[run.pk]))
    run.refresh_from_db()
    assert run.status == RunStatus.QUEUED


def test_a_budget_is_set_on_its_page_where_the_endpoint_has_a_price(
    client: Client, measured: Measured
) -> None:
    address = reverse("evaluation:run_budget", args=[measured.run.pk])
    client.force_login(measured.editor)
    refused = client.post(address, {"budget": "5"})
    assert refused.status_code == 422
    assert "names no price" in refused.content.decode()
    assert client.post(address, {"budget": "-1"}).status_code == 422
    ModelEndpoint.objects.update(input_price_per_million=1)
    assert client.post(address, {"budget": "5"}).status_code == 302
    measured.run.refresh_from_db()
    assert measured.run.budget == 5


def test_what_a_model_writes_is_shown_as_text(client: Client, measured: Measured) -> None:
    hostile = "<script>alert(1)</script>"
    Prediction.objects.filter(pk=measured.prediction.pk).update(completion=hostile, parsed=hostile)
    client.force_login(measured.reader)
    answer = client.get(Page("prediction_detail").address(measured)).content.decode()
    assert hostile not in answer
    assert "&lt;script&gt;" in answer


def test_an_endpoint_that_does_not_fit_is_refused_in_words(
    client: Client, measured: Measured
) -> None:
    client.force_login(measured.editor)
    form = {
        "name": "Leak",
        "kind": "openai_compatible",
        "base_url": "http://127.0.0.1:1/v1",
        "model": "m",
        "key_variable": "SECRET_KEY",
        "max_concurrency": 4,
        "timeout_seconds": 10,
        "is_active": "on",
    }
    answer = client.post(reverse("evaluation:endpoint_create"), form)
    assert answer.status_code == 422
    assert "MODEL_KEY_" in answer.content.decode()
    assert not ModelEndpoint.objects.filter(name="Leak").exists()


def test_a_new_address_clears_the_old_key_and_says_so(client: Client, measured: Measured) -> None:
    endpoint = make_endpoint(name="With key", key_variable="MODEL_KEY_A")
    client.force_login(measured.editor)
    form = {
        "name": endpoint.name,
        "kind": endpoint.kind,
        "base_url": "http://127.0.0.1:10/v1",
        "model": endpoint.model,
        "key_variable": "MODEL_KEY_A",
        "max_concurrency": 4,
        "timeout_seconds": 10,
        "is_active": "on",
    }
    answer = client.post(reverse("evaluation:endpoint_edit", args=[endpoint.pk]), form)
    endpoint.refresh_from_db()
    assert endpoint.key_variable == ""
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert any("Name it again" in words for words in said)


def test_a_long_run_asks_the_database_as_often_as_a_short_one(
    client: Client, measured: Measured
) -> None:
    client.force_login(measured.reader)
    counts = []
    for size in (1, 4):
        run = make_run(make_release_of(size), measured.endpoint)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("evaluation:run_detail", args=[run.pk]))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_every_field_of_an_endpoint_stands_under_a_heading() -> None:
    form = EndpointForm()
    shown = [field.name for _, fields in form.groups() for field in fields]
    assert sorted(shown) == sorted(form.fields)
