"""What the pages around a verdict say: which words are needed, what is open, who decides."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation import workflow
from curation.models import NoticeKind, Problem, Review, Revision, Status, User, Verdict
from tests.curation.commenters import remark
from tests.curation.statuses import (
    Crew,
    bring_to,
    current,
    dispute,
    judge,
    make_crew,
    review_form,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture
def problem(crew: Crew) -> Problem:
    return bring_to(Status.SUBMITTED, crew)


def _page(client: Client, by: User, name: str, *args: object) -> str:
    client.force_login(by)
    return client.get(reverse(f"curation:{name}", args=args)).text


def _judge(client: Client, by: User, revision: Revision, verdict: Verdict) -> Any:
    """Send the form of the page without a comment in it."""
    client.force_login(by)
    page = reverse("curation:review_detail", args=[revision.pk])
    return client.post(page, review_form(revision, verdict))


def test_comments_at_fields_are_enough_to_request_changes(
    client: Client, crew: Crew, problem: Problem
) -> None:
    first, revision = crew.reviewers[0], current(problem)
    remark(problem, first, "Which side?")
    remark(problem, first, "Which lobe?")
    assert _judge(client, first, revision, Verdict.REQUEST_CHANGES).status_code == 302
    assert "2 comments at the places concerned" in Review.objects.get().comment
    problem.refresh_from_db()
    assert problem.status == Status.CHANGES_REQUESTED
    notice = crew.author.notices.get(kind=NoticeKind.RETURNED)
    assert "Which side?" in notice.quote
    assert "Which lobe?" in notice.quote


@pytest.mark.parametrize("verdict", [Verdict.REQUEST_CHANGES, Verdict.REJECT])
def test_without_words_of_ones_own_nothing_is_returned_or_rejected(
    verdict: Verdict, client: Client, crew: Crew, problem: Problem
) -> None:
    first, second, _ = crew.reviewers
    mine = first if verdict is Verdict.REJECT else second
    remark(problem, first)
    remark(problem, second).delete()
    answer = _judge(client, mine, current(problem), verdict)
    assert answer.status_code == 422
    assert "Say what should change" in answer.text
    assert "Comment, needed unless you approve" in answer.text
    assert not Review.objects.exists()


def _returned_by_editor(crew: Crew, problem: Problem) -> Problem:
    """Disputed, then returned with a reason."""
    dispute(problem, crew)
    problem.refresh_from_db()
    workflow.send_back(problem, by=crew.editor, comment="Crop the <ruler> first.")
    return Problem.objects.get(pk=problem.pk)


def test_why_an_editor_returned_it_stands_wherever_its_author_mends_it(
    client: Client, crew: Crew, problem: Problem
) -> None:
    returned = _returned_by_editor(crew, problem)
    panel = returned.panels.in_order()[0]
    places = [("problem_overview",), ("problem_edit",), ("panel_edit", panel.pk)]
    for name, *more in places:
        page = _page(client, crew.author, name, returned.pk, *more)
        assert "Why an editor returned it" in page
        assert "Crop the &lt;ruler&gt; first." in page
    submit(returned, crew)
    assert "Why an editor returned it" not in _page(
        client, crew.author, "problem_overview", returned.pk
    )


def test_a_later_request_stands_in_place_of_an_editors_reason(
    client: Client, crew: Crew, problem: Problem
) -> None:
    returned = _returned_by_editor(crew, problem)
    submit(returned, crew)
    judge(returned, crew.reviewers[0], Verdict.REQUEST_CHANGES, "Say which side.")
    page = _page(client, crew.author, "problem_overview", returned.pk)
    assert "Say which side." in page
    assert "Why an editor returned it" not in page
