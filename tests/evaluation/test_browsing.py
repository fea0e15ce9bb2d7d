"""The predictions of a run are found by what tells them apart, at any size and by everybody."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from evaluation import indexing
from evaluation.domain.outcomes import Outcome
from evaluation.domain.protocol import PRESETS
from evaluation.indexing import current_index, index_run
from evaluation.models import JudgedAnswer, Judging, Prediction, Run, RunIndex, Score, Verdict
from evaluation.tasks import index_run as index_task
from tests.evaluation.cast import make_endpoint, measured
from tests.factories import (
    DIAGNOSES,
    Shown,
    make_approved,
    make_editor,
    make_person,
    make_problem,
    make_release,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    """Five predictions: right, wrong like the last example, failed, without a match, unread."""
    shown = tuple(Shown(answer=answer) for answer in DIAGNOSES)
    problems = [
        make_problem(examples=shown, query=Shown(answer=DIAGNOSES[1], question=f"What is {name}?"))
        for name in ("one", "two", "three")
    ]
    other = make_problem(
        examples=shown[:2], query=Shown(answer="Fracture", question="Is it 100% broken?")
    )
    last = make_problem(examples=shown, query=Shown(answer="Edema"))
    release = make_release(*(make_approved(each) for each in (*problems, other, last)))
    run = measured(release, "right", "wrong", "error", "wrong", "unparsable")
    said = [DIAGNOSES[1], DIAGNOSES[2], "", "A fissure, 100% sure", ""]
    for row, parsed in zip(run.predictions.order_by("pk"), said, strict=True):
        row.parsed, row.completion = parsed, parsed and f"<answer>{parsed}</answer>"
        row.save()
    judge = {0: 1.0, 1: 0.0, 3: 1.0}
    rows = list(run.predictions.order_by("pk"))
    for place, value in judge.items():
        Score.objects.create(prediction=rows[place], scorer="judge:Lens", value=value)
    return run


def _found(client: Client, run: Run, **asked: str) -> list[int]:
    """The numbers, from 0, of the predictions on the page."""
    keys = list(run.predictions.order_by("pk").values_list("pk", flat=True))
    page = client.get(reverse("evaluation:prediction_list", args=[run.pk]), asked)
    assert page.status_code == 200
    return [keys.index(row.prediction.pk) for row in page.context["rows"]]


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_person())
    return client


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"outcome": "error"}, [2]),
        ({"outcome": "unparsable"}, [4]),
        ({"score.exact_match": "right"}, [0]),
        ({"score.exact_match": "wrong"}, [1, 3, 4]),
        ({"score.judge:Lens": "right"}, [0, 3]),
        ({"differ.exact_match~judge:Lens": "second"}, [3]),
        ({"differ.exact_match~judge:Lens": "first"}, []),
        ({"examples": "2"}, [3]),
        ({"answer_shown": "no"}, [3, 4]),
        ({"matching_position": "2"}, [0, 1, 2]),
        ({"copied": "yes"}, [0, 1]),
        ({"copied": "no"}, [3]),
        ({"copied_last": "yes"}, [1]),
        ({"specialty": "radiology"}, [0, 1, 2, 3, 4]),
        ({"difficulty": "easy", "copied": "yes", "score.exact_match": "wrong"}, [1]),
        ({"q": "what is TWO"}, [1]),
        ({"q": "edema"}, [4]),
        ({"q": "100%"}, [3]),
        ({"q": "fissure"}, [3]),
        ({"q": "fissure", "outcome": "error"}, []),
        ({"q": "nowhere"}, []),
        ({"outcome": "nonsense", "color": "red"}, [0, 1, 2, 3, 4]),
    ],
)
def test_predictions_are_found_by_what_tells_them_apart(
    asked: dict[str, str], found: list[int], run: Run, reader: Client
) -> None:
    assert _found(reader, run, **asked) == found


def test_every_link_leads_to_as_many_as_it_says(run: Run, reader: Client) -> None:
    address = reverse("evaluation:prediction_list", args=[run.pk])
    page = reader.get(address, {"outcome": "ok"})
    options = [
        option
        for group in page.context["browsed"].groups()
        for facet in group.facets
        for option in facet.options
    ]
    assert len(options) > 10
    for option in options:
        if not option.is_chosen:
            led_to = reader.get(f"{address}{option.query}").context["page"].paginator.count
            assert led_to == option.count, option


def test_what_is_chosen_is_said_and_can_be_let_go(run: Run, reader: Client) -> None:
    address = reverse("evaluation:prediction_list", args=[run.pk])
    asked = {"q": "fissure", "score.exact_match": "wrong"}
    page = reader.get(address, asked)
    lifted = dict(page.context["browsed"].lifted())
    assert lifted == {
        "“fissure”": "?score.exact_match=wrong",
        "exact match: wrong": "?q=fissure",
    }
    assert "Show every prediction" in page.content.decode()


def test_a_prediction_keeps_what_was_chosen_in_its_links(run: Run, reader: Client) -> None:
    keys = list(run.predictions.order_by("pk").values_list("pk", flat=True))
    page = reader.get(
        reverse("evaluation:prediction_detail", args=[run.pk, keys[1]]), {"copied": "yes"}
    )
    assert (page.context["place"], page.context["previous"], page.context["next"]) == (
        2,
        keys[0],
        None,
    )
    shown = page.content.decode()
    before = reverse("evaluation:prediction_detail", args=[run.pk, keys[0]])
    assert f'data-previous href="{before}?copied=yes"' in shown
    assert "2 of 2" in shown
    assert reverse("evaluation:prediction_list", args=[run.pk]) + "?copied=yes" in shown
    other = reader.get(
        reverse("evaluation:prediction_detail", args=[run.pk, keys[3]]), {"copied": "yes"}
    )
    assert "Not among the 2" in other.content.decode()
    assert other.context["previous"] == keys[1]


def test_what_was_read_is_marked_in_the_completion(run: Run, reader: Client) -> None:
    row = run.predictions.earliest("pk")
    page = reader.get(reverse("evaluation:prediction_detail", args=[run.pk, row.pk]))
    assert "<mark>&lt;answer&gt;Cardiomegaly&lt;/answer&gt;</mark>" in page.content.decode()


def test_the_reply_of_a_judge_stands_beside_its_score(run: Run, reader: Client) -> None:
    row = run.predictions.earliest("pk")
    judging = Judging.objects.create(
        run=run,
        endpoint=make_endpoint(name="Lens"),
        prompt_sha256="ab" * 32,
        scorer="judge:Lens",
        asked_by=make_editor(),
        status="finished",
    )
    verdict = Verdict.objects.create(
        key="k", judge_model="lens-7b", prompt_sha256="ab" * 32, outcome="ok", value=1, reply="1"
    )
    JudgedAnswer.objects.create(judging=judging, prediction=row, verdict=verdict)
    page = reader.get(reverse("evaluation:prediction_detail", args=[run.pk, row.pk]))
    for words in ("What Lens replied as a judge", "by lens-7b", "abababababab"):
        assert words in page.content.decode()


def _change(run: Run, what: str) -> None:
    row = run.predictions.order_by("pk")[2]
    if what == "answered":
        now = timezone.now()
        Prediction.objects.filter(pk=row.pk).update(outcome=Outcome.OK, parsed="Yes")
        Run.objects.filter(pk=run.pk).update(finished_at=now)
    else:
        Score.objects.create(prediction=row, scorer="judge:New", value=1.0)
        Judging.objects.create(
            run=run,
            endpoint=make_endpoint(name="New"),
            prompt_sha256="ab" * 32,
            scorer="judge:New",
            asked_by=make_editor(),
            status="finished",
        )


@pytest.mark.parametrize(
    ("what", "asked"),
    [("answered", {"outcome": "ok", "copied": "no"}), ("judged", {"score.judge:New": "right"})],
)
def test_what_was_answered_or_judged_since_is_found(
    what: str, asked: dict[str, str], run: Run, reader: Client
) -> None:
    assert 2 not in _found(reader, run, outcome="ok")
    _change(run, what)
    assert 2 in _found(reader, run, **asked)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The runs for which a worker was woken; only a worker indexes here."""
    woken: list[int] = []
    monkeypatch.setattr("evaluation.tasks.index_run.delay", woken.append)
    monkeypatch.setattr(indexing, "AT_ONCE", 2)
    yield woken


def test_a_large_run_is_indexed_by_a_worker_and_walked_through_meanwhile(
    run: Run, reader: Client, rung: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    address = reverse("evaluation:prediction_list", args=[run.pk])
    with django_capture_on_commit_callbacks(execute=True):
        page = reader.get(address, {"outcome": "error"})
    assert rung == [run.pk]
    assert "A worker is counting" in page.content.decode()
    assert page.context["page"].paginator.count == 5
    index_task(run.pk)
    with django_capture_on_commit_callbacks(execute=True):
        assert _found(reader, run, outcome="error") == [2]
    assert rung == [run.pk]
    _change(run, "answered")
    stale = reader.get(address, {"outcome": "error"})
    assert "are as of" in stale.content.decode()
    assert stale.context["page"].paginator.count == 1


def test_an_index_that_is_true_is_not_made_anew(run: Run) -> None:
    first = index_run(run.pk)
    assert first is not None
    again = current_index(run)
    assert again is not None
    assert again.made_at == first.made_at
    assert index_run(0) is None


def test_a_large_run_is_searched_by_question_and_answer_only(
    run: Run, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.browsing.COMPLETIONS_SEARCHED", 4)
    assert _found(reader, run, q="fissure") == []
    assert _found(reader, run, q="what is two") == [1]
    page = reader.get(reverse("evaluation:prediction_list", args=[run.pk]))
    assert "Question or right answer" in page.content.decode()


def test_a_run_in_multiple_choice_copies_by_the_option_and_not_by_the_letter(
    reader: Client,
) -> None:
    release = make_release(make_approved(make_problem()))
    run = measured(release, "wrong", protocol=PRESETS["in_context_multiple_choice"])
    row = run.predictions.get()
    assert row.choices is not None
    row.parsed = row.choices.letter_of(DIAGNOSES[2]) or ""
    row.save()
    assert _found(reader, run, copied_last="yes") == [0]
    RunIndex.objects.all().delete()
    Prediction.objects.update(parsed="Z")
    assert _found(reader, run, copied="yes") == [0]  # unknown, and so chosen by nothing


def test_pages_ask_as_often_at_any_size(reader: Client, run: Run) -> None:
    small = measured(make_release(make_approved(make_problem())), "right", name="Small")
    counts = []
    for each in (small, run):
        asked = {"q": "image"}
        row = each.predictions.earliest("pk").pk
        for address in (
            reverse("evaluation:prediction_list", args=[each.pk]),
            reverse("evaluation:prediction_detail", args=[each.pk, row]),
        ):
            reader.get(address, asked)
            with CaptureQueriesContext(
                connection,
            ) as asked_for:
                reader.get(address, asked)
            counts.append(len(asked_for))
    assert counts[:2] == counts[2:]
