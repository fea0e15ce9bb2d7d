"""Runs over held-out problems: they are measured here, and their pages tell strangers nothing."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.domain.arms import AnswerForm
from evaluation.domain.protocol import PRESETS
from evaluation.models import Prediction, Run
from tests.curation.held_out import SECRET, Kept, make_kept, told
from tests.evaluation.cast import measured
from tests.factories import make_approved, make_person, make_problem, make_release

pytestmark = pytest.mark.django_db

_STRANGERS = ("reader", "other author", "reviewer")
_INSIDERS = ("author", "judge", "editor")


@pytest.fixture
def kept() -> Kept:
    return make_kept()


def _run(kept: Kept, preset: str) -> Run:
    """A finished run whose one completion is right."""
    run = measured(kept.release, "right", protocol=PRESETS[preset])
    said = {"completion": f"It is a {SECRET}.", "parsed": SECRET}
    Prediction.objects.filter(run=run).update(**said)
    return run


def _addresses(run: Run) -> list[str]:
    prediction = run.predictions.get()
    return [
        reverse("evaluation:run_list"),
        reverse("evaluation:run_detail", args=[run.pk]),
        reverse("evaluation:prediction_detail", args=[run.pk, prediction.pk]),
        reverse("evaluation:prediction_list", args=[run.pk]),
    ]


@pytest.mark.parametrize("who", _STRANGERS)
@pytest.mark.parametrize("preset", ["in_context_open", "in_context_multiple_choice"])
def test_no_page_of_a_run_tells_a_stranger_the_answer(
    preset: str, who: str, kept: Kept, client: Client
) -> None:
    run = _run(kept, preset)
    client.force_login(kept.strangers[who])
    for address in _addresses(run):
        page = client.get(address).content.decode()
        assert told(page) == [], address
        # Nor what a guess could be tested against.
        assert kept.release.revisions.get().sha256 not in page
        assert run.manifest["release"]["revisions_sha256"] not in page
        if preset == "in_context_multiple_choice":
            assert run.predictions.get().prompt_sha256 not in page


@pytest.mark.parametrize("who", _INSIDERS)
def test_insiders_read_what_the_model_said(who: str, kept: Kept, client: Client) -> None:
    run = _run(kept, "in_context_open")
    client.force_login(kept.insiders[who])
    for address in _addresses(run)[1:]:
        assert told(client.get(address).content.decode()) != [], address


def test_a_stranger_does_not_see_whether_a_baseline_was_right(kept: Kept, client: Client) -> None:
    run = _run(kept, "in_context_open")
    client.force_login(kept.strangers["reader"])
    _, table, prediction, _ = (client.get(address) for address in _addresses(run))
    assert [row.is_hidden for row in table.context["rows"]] == [True]
    assert "held out" in table.content.decode()
    for page in (table, prediction):
        assert "Exact match: right" not in page.content.decode()
        assert "Held out" in page.content.decode() or page is table


def _is_prompt_hidden(client: Client, run: Run, row: Prediction) -> bool:
    page = client.get(reverse("evaluation:prediction_detail", args=[run.pk, row.pk]))
    return bool(page.context["is_prompt_hidden"])


def test_an_order_that_would_tell_the_answer_is_shown_to_no_stranger(
    kept: Kept, client: Client
) -> None:
    run = _run(kept, "in_context_open")
    Run.objects.filter(pk=run.pk).update(protocol_json=PRESETS["matching_last_open"].to_json())
    hidden = {}
    for who, person in {**kept.strangers, **kept.insiders}.items():
        client.force_login(person)
        hidden[who] = _is_prompt_hidden(client, run, run.predictions.get())
    assert hidden == {**dict.fromkeys(_STRANGERS, True), **dict.fromkeys(_INSIDERS, False)}


def test_the_options_of_a_held_out_foreign_problem_are_shown_to_no_stranger(
    client: Client,
) -> None:
    plain, secret = (make_approved(make_problem()) for _ in range(2))
    release = make_release(plain, secret, held_out=[secret])
    client.force_login(make_person())
    for form, is_hidden in (("open", False), ("multiple_choice", True)):
        noisy = replace(PRESETS["noise_random"], answer_form=AnswerForm(form))
        run = measured(release, "right", "right", protocol=noisy)
        row = run.predictions.get(revision__problem=plain)
        assert _is_prompt_hidden(client, run, row) is is_hidden


def test_no_filter_tells_a_stranger_whether_a_held_out_answer_was_right(
    kept: Kept, client: Client
) -> None:
    run = _run(kept, "in_context_open")
    address = reverse("evaluation:prediction_list", args=[run.pk])
    asked = (
        {"score.exact_match": "right"},
        {"answer_shown": "no"},
        {"copied": "no"},
        {"q": SECRET},
        {"q": "image"},
    )
    for who, person in {**kept.strangers, **kept.insiders}.items():
        client.force_login(person)
        page = client.get(address)
        telling = [
            option.label
            for group in page.context["browsed"].groups()
            for facet in group.facets
            for option in facet.options
            if group.label in {"Scores", "Scorers differ"} or "answer" in facet.label
        ]
        is_stranger = who in kept.strangers
        assert not (telling and is_stranger)
        for query in asked:
            found = client.get(address, query)
            assert found.context["page"].paginator.count == (0 if is_stranger else 1), query
            detail = client.get(_addresses(run)[2], query)
            assert (detail.context["place"] is None) is is_stranger
            assert found.context["browsed"].choice.leaves_out is is_stranger


def test_what_tells_nothing_of_an_answer_filters_what_is_held_out(
    kept: Kept, client: Client
) -> None:
    run = _run(kept, "in_context_open")
    client.force_login(kept.strangers["reader"])
    address = reverse("evaluation:prediction_list", args=[run.pk])
    for query, count in (({"outcome": "ok"}, 1), ({"specialty": "radiology"}, 1)):
        assert client.get(address, query).context["page"].paginator.count == count
