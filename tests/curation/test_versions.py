"""A problem's history: what is told to whom, and what changed between two revisions."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation import workflow
from curation.models import Panel, Problem, Rarity, Review, Status, User, Verdict
from curation.views.versions import difference_since_judged
from tests.curation.statuses import Crew, bring_to, current, judge, know_answer, make_crew
from tests.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture
def problem(crew: Crew) -> Problem:
    """Returned once, mended in a text, a picture and an annotation, before the reviewers again."""
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    first, second, *_ = Panel.objects.filter(problem=problem).in_order()
    Panel.objects.filter(pk=first.pk).update(question="What does this image show on the left?")
    Panel.objects.filter(pk=second.pk).update(image=make_image(crew.author, 77))
    Problem.objects.filter(pk=problem.pk).update(rarity=Rarity.RARE)
    stored = Problem.objects.get(pk=problem.pk)
    workflow.submit(stored, by=crew.author, version=stored.version)
    return Problem.objects.get(pk=problem.pk)


def _history(client: Client, by: User, problem: Problem, **chosen: int | str) -> Any:
    client.force_login(by)
    return client.get(reverse("curation:problem_history", args=[problem.pk]), chosen)


def test_two_revisions_are_compared(client: Client, crew: Crew, problem: Problem) -> None:
    page = _history(client, crew.author, problem, before=1, after=2)
    text = page.content.decode()
    assert '<ins><span class="visually-hidden">[inserted: </span> on the left' in text
    assert "Common" in text
    assert "Rare" in text
    assert text.count("<figcaption>") == 2
    difference = page.context["difference"]
    assert [panel.label for panel in difference.panels] == ["Example 1", "Example 2"]


def test_the_order_of_the_choices_does_not_matter(
    client: Client, crew: Crew, problem: Problem
) -> None:
    difference = _history(client, crew.author, problem, before=2, after=1).context["difference"]
    assert (difference.before.number, difference.after.number) == (1, 2)


def test_a_revision_is_not_compared_with_itself(
    client: Client, crew: Crew, problem: Problem
) -> None:
    page = _history(client, crew.author, problem, before=2, after=2)
    assert b"Choose two different revisions" in page.content


@pytest.mark.parametrize("chosen", [{"before": 1}, {"before": 1, "after": 9}, {"after": "x"}])
def test_a_revision_that_is_not_there_is_said(
    chosen: dict[str, int | str], client: Client, crew: Crew, problem: Problem
) -> None:
    assert _history(client, crew.author, problem, **chosen).status_code == 422


def test_one_revision_leaves_nothing_to_compare(client: Client, crew: Crew) -> None:
    page = _history(client, crew.author, bring_to(Status.SUBMITTED, crew))
    assert page.context["form"] is None


def test_who_may_still_answer_blind_is_shown_no_difference_and_no_reason(
    client: Client, crew: Crew, problem: Problem
) -> None:
    second = crew.reviewers[1]
    away = _history(client, second, problem, before=1, after=2)
    assert away["Location"] == reverse("curation:review_detail", args=[current(problem).pk])
    know_answer(problem, second)
    assert _history(client, second, problem, before=1, after=2).context["difference"]


def test_who_judged_reads_why_it_was_returned(client: Client, crew: Crew, problem: Problem) -> None:
    for person in (crew.author, crew.editor, crew.reviewers[0]):
        assert b"Say which side" in _history(client, person, problem).content


def test_everybody_who_sees_a_published_problem_reads_its_reasons(
    client: Client, crew: Crew
) -> None:
    retired = bring_to(Status.RETIRED, crew)
    assert b"Wrong side" in _history(client, crew.reviewers[2], retired).content


def test_a_reviewer_sees_what_changed_since_their_verdict(crew: Crew, problem: Problem) -> None:
    first, second, _ = crew.reviewers
    difference = difference_since_judged(current(problem), first)
    assert difference is not None
    assert difference.before.number == 1
    assert [text.words for text in difference.annotations] == ["rarity"]
    assert difference_since_judged(current(problem), second) is None


def test_annotations_that_reviewers_would_choose_otherwise_are_proposed(
    client: Client, crew: Crew, problem: Problem
) -> None:
    Review.objects.create(
        revision=current(problem),
        reviewer=crew.reviewers[1],
        verdict=Verdict.APPROVE,
        annotations={"rarity": "uncommon", "difficulty": "easy"},
    )
    for person in (crew.author, crew.editor):
        (proposal,) = _history(client, person, problem).context["proposals"]
        assert (proposal.annotation, proposal.chosen, proposal.proposed) == (
            "Rarity",
            "Rare",
            "Uncommon",
        )
    judge(problem, crew.reviewers[2], Verdict.REQUEST_CHANGES, "No.")
    assert _history(client, crew.reviewers[2], problem).context["proposals"] == []
