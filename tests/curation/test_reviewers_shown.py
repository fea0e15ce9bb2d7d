"""Who is led to a review before a problem, who is told why not, and who is named to whom."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from curation import blind
from curation.blind import Given
from curation.models import AnswerSeen, Problem, Revision, Stage, Status, Verdict
from tests.curation.statuses import Crew, bring_to, current, judge, make_crew, submit

pytestmark = pytest.mark.django_db

_PAGES = ("problem_overview", "problem_history")


@pytest.fixture
def crew() -> Crew:
    return make_crew()


def _page(revision: Revision) -> str:
    return reverse("curation:review_detail", args=[revision.pk])


@pytest.mark.parametrize("name", _PAGES)
@pytest.mark.parametrize(
    "status", [Status.SUBMITTED, Status.CHANGES_REQUESTED, Status.APPROVED, Status.REJECTED]
)
def test_a_page_with_the_answer_leads_who_is_blind_to_the_review(
    status: Status, name: str, client: Client, crew: Crew
) -> None:
    problem = bring_to(status, crew)
    client.force_login(crew.reviewers[2])
    answer = client.get(reverse(f"curation:{name}", args=[problem.pk]), follow=True)
    assert answer.redirect_chain == [(_page(current(problem)), 302)]
    assert "Answer it blind first" in answer.text
    assert ("takes no verdicts any more" in answer.text) == (status != Status.SUBMITTED)
    assert not AnswerSeen.objects.by(crew.reviewers[2]).exists()


@pytest.mark.parametrize("name", _PAGES)
def test_a_page_with_the_answer_opens_to_who_judged_it(
    name: str, client: Client, crew: Crew
) -> None:
    problem = bring_to(Status.APPROVED, crew)
    client.force_login(crew.reviewers[0])
    assert client.get(reverse(f"curation:{name}", args=[problem.pk])).status_code == 200


def test_who_judged_an_earlier_revision_reads_why_no_answer_is_asked(
    client: Client, crew: Crew
) -> None:
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    again = submit(problem, crew)
    client.force_login(crew.reviewers[0])
    page = client.get(_page(again)).text
    assert "you reviewed revision 1" in page
    assert "Send verdict" in page
    assert "What changed since you judged it: revision 1 to 2" in page


def test_who_answered_an_earlier_revision_reads_why_no_answer_is_asked(
    client: Client, crew: Crew
) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    for stage in Stage:
        given = Given(answer="A disc", confidence=3, seconds=1)
        blind.answer_blind(current(problem), stage, given, by=crew.reviewers[1])
    judge(problem, crew.reviewers[0], Verdict.REQUEST_CHANGES, "Say which side.")
    again = submit(Problem.objects.get(pk=problem.pk), crew)
    client.force_login(crew.reviewers[1])
    page = client.get(_page(again)).text
    assert "you answered revision 1 and were shown what is right" in page
    assert "You, the query alone, revision 1" in page


def test_who_was_shown_the_answer_elsewhere_reads_when(client: Client, crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    AnswerSeen.objects.note(problem, crew.reviewers[0])
    client.force_login(crew.reviewers[0])
    seen = AnswerSeen.objects.get().seen_at
    words = f"you were shown the answer on {seen:%-d %b %Y}"
    page = client.get(_page(current(problem))).text
    assert words in page
    assert "You cannot review it" in page
    assert "Send verdict" not in page


def test_who_saw_the_examples_before_reads_why_they_come_first(client: Client, crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    given = Given(answer="A disc", confidence=3, seconds=1)
    blind.answer_blind(current(problem), Stage.ZERO_SHOT, given, by=crew.reviewers[1])
    judge(problem, crew.reviewers[0], Verdict.REQUEST_CHANGES, "Say which side.")
    again = submit(Problem.objects.get(pk=problem.pk), crew)
    client.force_login(crew.reviewers[1])
    page = client.get(_page(again)).text
    assert "You were shown the examples of an earlier revision" in page
    assert "Answer and see what is right" in page


def test_an_author_reads_numbers_in_place_of_hidden_names(
    client: Client, crew: Crew, settings: Settings
) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    judge(problem, crew.reviewers[1], Verdict.APPROVE, "Fine.")
    judge(problem, crew.reviewers[0], Verdict.REQUEST_CHANGES, "Say which side.")
    again = submit(Problem.objects.get(pk=problem.pk), crew)
    judge(again.problem, crew.reviewers[1], Verdict.REQUEST_CHANGES, "Still not said.")
    settings.HIDE_REVIEWERS = True
    for name in (*_PAGES, "problem_edit"):
        client.force_login(crew.author)
        page = client.get(reverse(f"curation:{name}", args=[problem.pk])).text
        assert not any(reviewer.name in page for reviewer in crew.reviewers), name
        assert "Reviewer 1" in page
    client.force_login(crew.editor)
    page = client.get(reverse("curation:problem_history", args=[problem.pk])).text
    assert crew.reviewers[0].name in page
    assert "Reviewer 1" not in page
