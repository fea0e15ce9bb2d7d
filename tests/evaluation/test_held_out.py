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
    _, table, prediction = (client.get(address) for address in _addresses(run))
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
