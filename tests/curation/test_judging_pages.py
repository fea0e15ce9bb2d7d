"""What the pages around a verdict say: which words are needed, what is open, who decides."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation import claiming, commenting, workflow
from curation.models import NoticeKind, Problem, Review, Revision, Status, User, Verdict
from tests.curation.commenters import remark
from tests.curation.statuses import (
    Crew,
    bring_to,
    current,
    dispute,
    judge,
    know_answer,
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
    assert "Comment, needed if something should change" in answer.text
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
    whole = [returned.pk]
    places: dict[str, list[Any]] = {
        "problem_overview": whole,
        "problem_edit": whole,
        "panel_edit": [*whole, panel.pk],
    }
    for name, arguments in places.items():
        page = _page(client, crew.author, name, *arguments)
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


def test_the_queue_counts_the_comments_that_its_reader_may_read(
    client: Client, crew: Crew, problem: Problem
) -> None:
    first, second, _ = crew.reviewers
    remark(problem, first)
    remark(problem, first, "Which lobe?")
    judge(problem, first, Verdict.APPROVE)
    assert "open comment" not in _page(client, second, "review_queue")
    _submit_again(crew, problem)
    assert "2 open comments" not in _page(client, second, "review_queue")
    assert "2 open comments" in _page(client, first, "review_queue")


def _submit_again(crew: Crew, problem: Problem) -> None:
    """An editor returns it, and its author submits it again."""
    problem.refresh_from_db()
    workflow.send_back(problem, by=crew.editor, comment="Say which side.")
    submit(Problem.objects.get(pk=problem.pk), crew)


def test_who_has_not_judged_is_told_that_others_comments_come_after_the_verdict(
    client: Client, crew: Crew, problem: Problem
) -> None:
    first, second, _ = crew.reviewers
    remark(problem, first)
    judge(problem, first, Verdict.APPROVE)
    know_answer(problem, second)
    hidden = "What others say of this revision is shown after your verdict."
    page = _page(client, second, "review_detail", current(problem).pk)
    assert hidden in page
    assert "No open comments." not in page
    assert hidden not in _page(client, first, "review_detail", current(problem).pk)


def test_before_the_verdict_stands_how_many_comments_of_ones_own_stay_open(
    client: Client, crew: Crew, problem: Problem
) -> None:
    first, revision = crew.reviewers[0], current(problem)
    thread = remark(problem, first)
    form = "You have <span data-open-count"
    page = _page(client, first, "review_detail", revision.pk)
    hint = page[page.index(form) - 60 : page.index(form) + 200]
    assert "hidden" not in hint
    assert ">1</span> open comment<span data-plural></span>" in hint
    commenting.discard(thread, by=first)
    page = _page(client, first, "review_detail", revision.pk)
    assert 'role="status" hidden>You have <span data-open-count' in page


def test_an_editor_who_decides_can_ask_somebody_else(
    client: Client, crew: Crew, problem: Problem
) -> None:
    dispute(problem, crew)
    page = _page(client, crew.editor, "problem_decide", problem.pk)
    overview = reverse("curation:problem_overview", args=[problem.pk])
    assert f'<a href="{overview}#assigning">Ask somebody else</a>' in page
    assert 'id="assigning"' in client.get(overview).text
    problem.refresh_from_db()
    workflow.overrule(problem, by=crew.editor, comment="I agree with the two.")
    assert "Ask somebody else" not in _page(client, crew.editor, "problem_decide", problem.pk)


def test_what_was_decided_does_not_ask_to_be_decided(
    client: Client, crew: Crew, problem: Problem
) -> None:
    dispute(problem, crew)
    problem.refresh_from_db()
    assert ">Decide</a>" in _page(client, crew.editor, "problem_overview", problem.pk)
    workflow.overrule(problem, by=crew.editor, comment="I agree with the two.")
    page = _page(client, crew.editor, "problem_overview", problem.pk)
    assert ">Decide</a>" not in page
    assert ">Change the decision</a>" in page


def test_home_leads_to_where_a_place_is_taken_and_looking_takes_none(
    client: Client, crew: Crew, problem: Problem
) -> None:
    first, revision = crew.reviewers[0], current(problem)
    queue = f"{reverse('curation:review_queue')}#problem-{problem.pk.hex}"
    home = _page(client, first, "home")
    assert f'href="{queue}"' in home
    assert reverse("curation:review_detail", args=[revision.pk]) not in home
    assert f'id="problem-{problem.pk.hex}"' in _page(client, first, "review_queue")
    assert "You hold no place here yet" in _page(client, first, "review_detail", revision.pk)
    assert not revision.claims.exists()
    client.post(reverse("curation:claim_create", args=[revision.pk]))
    assert "You hold no place" not in _page(client, first, "review_detail", revision.pk)


def test_the_queue_says_the_day_and_hour_until_which_a_place_is_kept(
    client: Client, crew: Crew, problem: Problem
) -> None:
    claim = claiming.take_place(current(problem), crew.reviewers[0])
    page = _page(client, crew.reviewers[0], "review_queue")
    assert f'<time datetime="{claim.expires_at:%Y-%m-%dT%H:%M}' in page
    assert f"data-exact>{claim.expires_at:%-d %b %Y, %H:%M} UTC</time>" in page
