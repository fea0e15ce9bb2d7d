"""One press writes one thing in one form, or says that it no longer applies."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation import authoring, mending, workflow
from curation.domain.consistency import Fix, inconsistencies
from curation.errors import StaleDraftError, WrongMomentError
from curation.models import Panel, Problem
from tests.curation.writing import FACTS, WORDS, Desk
from tests.factories import Shown, make_problem

pytestmark = pytest.mark.django_db
SPELLED = (Shown(answer="Yes"), Shown(answer="No"), Shown(answer="yes."))


@pytest.fixture
def desk(client: Client) -> Desk:
    """A draft whose first and third example write one answer in two ways."""
    problem = make_problem(examples=SPELLED, query=Shown(answer="Yes"))
    client.force_login(problem.author)
    return Desk(client, problem.author, problem)


def _offered(problem: Problem) -> Fix:
    """The first fix that its author is shown."""
    return inconsistencies(_stored(problem).content())[0].fixes[0]


def _stored(problem: Problem) -> Problem:
    return Problem.objects.with_panels().get(pk=problem.pk)


def _answers(problem: Problem) -> list[str]:
    return [panel.answer for panel in problem.panels.in_order()]


def _press(desk: Desk, **sent: Any) -> Any:
    return desk.client.post(reverse("curation:consistency_fix", args=[desk.problem.pk]), sent)


class TestVerb:
    """What it changes."""

    def test_exactly_the_named_texts_change_in_one_version(self, desk: Desk) -> None:
        before = desk.version()
        fix = mending.apply_fix(desk.problem, _offered(desk.problem).key)
        assert fix.label == "Write “Yes” in all 3 panels"
        assert _answers(desk.problem) == ["Yes", "No", "Yes", "Yes"]
        assert desk.version() == desk.problem.version == before + 1

    @pytest.mark.parametrize("change", ["answer", "order", "removed"])
    def test_what_no_longer_applies_changes_nothing(self, desk: Desk, change: str) -> None:
        key = _offered(desk.problem).key
        third = desk.panel(2)
        match change:
            case "answer":
                Panel.objects.filter(pk=third.pk).update(answer="YES")
            case "order":
                Panel.objects.filter(pk=desk.panel(1).pk).update(position=9)
            case "removed":
                third.delete()
        before, version = _stored(desk.problem).content(), desk.version()
        with pytest.raises(WrongMomentError, match="nothing was done"):
            mending.apply_fix(desk.problem, key)
        assert (_stored(desk.problem).content(), desk.version()) == (before, version)

    @pytest.mark.parametrize("key", ["", "0" * 16, "a\x00b", "x" * 5000])
    def test_a_key_that_names_nothing_changes_nothing(self, desk: Desk, key: str) -> None:
        with pytest.raises(WrongMomentError):
            mending.apply_fix(desk.problem, key)
        assert desk.is_untouched()

    def test_what_is_before_the_reviewers_is_not_changed(self) -> None:
        problem = make_problem(examples=(Shown(answer="A mass"), Shown(answer="fracture")))
        key = _offered(problem).key
        Panel.objects.filter(problem=problem, role="query").update(answer="A mass")
        problem = _stored(problem)
        workflow.submit(problem, by=problem.author, version=problem.version)
        with pytest.raises(WrongMomentError, match="is submitted") as refused:
            mending.apply_fix(problem, key)
        assert not isinstance(refused.value, StaleDraftError)


class TestButtons:
    """On the overview, the annotations' page and the pages of panels."""

    @pytest.mark.parametrize(
        ("sent_from", "page"),
        [
            ("overview", "problem_overview"),
            ("about", "problem_edit"),
            ("", "problem_overview"),
            ("0", "problem_overview"),
            ("//example.org", "problem_overview"),
        ],
    )
    def test_the_button_mends_and_leads_back(self, desk: Desk, sent_from: str, page: str) -> None:
        answer = _press(desk, fix=_offered(desk.problem).key, **{"from": sent_from})
        back = reverse(f"curation:{page}", args=[desk.problem.pk])
        assert (answer.status_code, answer["Location"]) == (302, f"{back}#findings")
        assert _answers(desk.problem) == ["Yes", "No", "Yes", "Yes"]

    def test_every_page_of_the_draft_offers_it(self, desk: Desk) -> None:
        key = _offered(desk.problem).key
        for name in ("problem_edit", "problem_overview"):
            page = desk.client.get(reverse(f"curation:{name}", args=[desk.problem.pk]))
            assert f'name="fix" value="{key}"' in page.content.decode()
        page = desk.client.get(desk.address())
        assert f'name="fix" value="{key}" form="panel-form"' in page.content.decode()

    def test_on_a_panel_the_words_are_kept_first(self, desk: Desk) -> None:
        key = _offered(desk.problem).key
        sent = {**WORDS, **FACTS, "question": "What does this image show?", "answer": "Yes"}
        sent["accepted_variants"] = "Indeed"
        answer = desk.send("panel_consistency_fix", **sent, fix=key)
        assert answer["Location"] == f"{desk.address()}#findings"
        assert _answers(desk.problem) == ["Yes", "No", "Yes", "Yes"]
        assert desk.panel().accepted_variants == ["Indeed"]

    def test_words_that_change_what_was_offered_are_kept_and_nothing_is_mended(
        self, desk: Desk
    ) -> None:
        key = _offered(desk.problem).key
        answer = desk.send("panel_consistency_fix", panel=desk.panel(2), answer="Maybe", fix=key)
        assert answer.status_code == 409
        assert "nothing was done" in answer.content.decode()
        assert _answers(desk.problem) == ["Yes", "No", "Maybe", "Yes"]

    def test_a_fix_that_no_longer_applies_is_a_conflict(self, desk: Desk) -> None:
        key = _offered(desk.problem).key
        authoring.write_panel(
            desk.panel(2),
            version=desk.version(),
            question="What does this image show?",
            answer="Perhaps",
            accepted_variants=[],
        )
        assert _press(desk, fix=key).status_code == 409
        assert _answers(desk.problem) == ["Yes", "No", "Perhaps", "Yes"]

    def test_a_button_without_a_fix_is_a_conflict(self, desk: Desk) -> None:
        assert _press(desk).status_code == 409
        assert desk.is_untouched()
