"""Runs over held-out problems: they are measured here, and their pages tell strangers nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.domain.protocol import PRESETS
from evaluation.models import Prediction, Run
from tests.curation.held_out import SECRET, Kept, make_kept, told
from tests.evaluation.cast import measured

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
