"""The queue's page and its buttons, and asking somebody on a problem's overview."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from curation.claiming import assign, decline, take_place
from curation.models import Claim, Comment, Image, Problem, Revision, Status, User, Verdict
from tests.curation import statuses
from tests.curation.statuses import Crew, bring_to, current, judge, make_crew
from tests.factories import DIAGNOSES, make_person

pytestmark = pytest.mark.django_db

_QUEUE = "/reviews/"


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture
def reviewer(crew: Crew, client: Client) -> User:
    """The first reviewer, signed in."""
    client.force_login(crew.reviewers[0])
    return crew.reviewers[0]


def _submitted(crew: Crew) -> Problem:
    return bring_to(Status.SUBMITTED, crew)


def _shown(client: Client, query: str = "") -> list[Problem]:
    """What the list has, in its order."""
    return [line.problem for line in client.get(_QUEUE + query).context["waiting"]]


def _press(client: Client, name: str, *args: object, **fields: Any) -> Any:
    return client.post(reverse(f"curation:{name}", args=args), fields)


def _text(answer: Any) -> str:
    return str(answer.content.decode())


def _return_and_submit_again(problem: Problem, crew: Crew, returner: User) -> Revision:
    judge(problem, returner, Verdict.REQUEST_CHANGES, "Say which side.")
    again = Problem.objects.get(pk=problem.pk)
    panel = again.panels.in_order()[0]
    panel.question = f"{panel.question} Look twice."
    panel.save()
    return statuses.submit(again, crew)


def test_what_was_asked_comes_first_then_what_came_back_then_the_oldest_then_what_is_taken(
    crew: Crew, client: Client, reviewer: User
) -> None:
    taken, oldest, back, newest, late, soon = (_submitted(crew) for _ in range(6))
    for person in crew.reviewers[1:]:
        take_place(current(taken), person)
    _return_and_submit_again(back, crew, reviewer)
    assign(late, reviewer, by=crew.editor)
    assign(soon, reviewer, by=crew.editor, due_at=timezone.now() + timedelta(days=2))
    assert _shown(client) == [soon, late, back, oldest, newest, taken]
    assert _shown(client, "?show=assigned") == [soon, late]


def test_a_page_has_its_share_of_every_part(
    crew: Crew, client: Client, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.views.queue.PAGE_SIZE", 2)
    oldest, middle, newest, asked, taken = (_submitted(crew) for _ in range(5))
    assign(asked, reviewer, by=crew.editor)
    for person in crew.reviewers[1:]:
        take_place(current(taken), person)
    pages = [_shown(client, f"?page={number}") for number in (1, 2, 3)]
    assert pages == [[asked, oldest], [middle, newest], [taken]]
    assert _shown(client, "?page=nonsense") == [asked, oldest]


def test_disputes_that_want_no_more_verdicts_come_last_and_say_so(
    crew: Crew, client: Client, reviewer: User
) -> None:
    disputed, other = _submitted(crew), _submitted(crew)
    for person, verdict in (
        (crew.reviewers[1], Verdict.REJECT),
        (crew.reviewers[2], Verdict.APPROVE),
        (make_person(is_reviewer=True), Verdict.APPROVE),
    ):
        judge(disputed, person, verdict, "As I see it.")
    assert _shown(client) == [other, disputed]
    assert "an editor decides now" in _text(client.get(_QUEUE))


def test_what_i_hold_stands_on_top_with_its_buttons(
    crew: Crew, client: Client, reviewer: User
) -> None:
    mine, other = _submitted(crew), _submitted(crew)
    take_place(current(mine), reviewer)
    answer = client.get(_QUEUE)
    assert [line.problem for line in answer.context["mine"]] == [mine]
    assert [line.problem for line in answer.context["waiting"]] == [other]
    page = _text(answer)
    for word, name in (("Go on", "claim_create"), ("Release", "claim_release")):
        address = reverse(f"curation:{name}", args=[mine.current_revision_id])
        assert f'formaction="{address}"' in page
        assert f">{word}</button>" in page
    assert _shown(client, "?show=mine") == [mine]


def test_the_question_of_my_own_place_goes_on_with_it(
    crew: Crew, client: Client, reviewer: User
) -> None:
    mine, other = current(_submitted(crew)), current(_submitted(crew))
    take_place(mine, reviewer)
    page = _text(client.get(_QUEUE))
    go_on = reverse("curation:claim_create", args=[mine.pk])
    assert f'<button class="queue-question" formaction="{go_on}">' in page
    links = [
        f'href="{reverse("curation:review_detail", args=[one.pk])}"' in page
        for one in (mine, other)
    ]
    assert links == [False, True]


def test_a_place_that_expired_is_mine_no_more(crew: Crew, client: Client, reviewer: User) -> None:
    problem = _submitted(crew)
    take_place(current(problem), reviewer)
    over = timezone.now() - timedelta(hours=1)
    Claim.objects.update(claimed_at=over - timedelta(hours=1), expires_at=over)
    assert client.get(_QUEUE).context["mine"] == []
    assert _shown(client) == [problem]


@pytest.mark.parametrize("is_hidden", [False, True])
def test_it_says_who_holds_what_and_why_there_is_no_place(
    is_hidden: bool,  # noqa: FBT001 - a parameter of the test
    crew: Crew,
    client: Client,
    reviewer: User,
    settings: Settings,
) -> None:
    settings.HIDE_REVIEWERS = is_hidden
    problem = _submitted(crew)
    for person in crew.reviewers[1:]:
        take_place(current(problem), person)
    page = _text(client.get(_QUEUE))
    assert "Both places are taken by others until" in page
    assert all((str(person) in page) != is_hidden for person in crew.reviewers[1:])
    assert ("A reviewer until" in page) == is_hidden
    assert "Take the next one" not in page


def test_it_counts_the_open_comments_that_were_sent(
    crew: Crew, client: Client, reviewer: User
) -> None:
    problem = _submitted(crew)
    for is_sent in (True, True, False):
        Comment.objects.create(
            revision=current(problem),
            text="Which side?",
            written_by=reviewer,
            is_sent=is_sent,
        )
    thread = Comment.objects.first()
    Comment.objects.create(
        revision=current(problem),
        parent=thread,
        text="Left.",
        written_by=crew.author,
        is_sent=True,
    )
    assert "2 open comments" in _text(client.get(_QUEUE))


def test_neither_answers_nor_the_words_under_an_image_are_on_the_page(
    crew: Crew, client: Client, reviewer: User
) -> None:
    problem = statuses.make_draft(crew)
    problem.panels.filter(answer=DIAGNOSES[1]).update(answer="CANARYANSWER")
    problem.panels.filter(role="query").update(accepted_variants=["CANARYVARIANT"])
    Image.objects.update(alt_text="CANARYALT")
    statuses.submit(Problem.objects.get(pk=problem.pk), crew)
    take_place(current(problem), crew.reviewers[1])
    page = _text(client.get(_QUEUE))
    assert str(problem.current_revision_id or current(problem).pk) in page
    assert "CANARY" not in page


def test_a_specialty_limits_the_list_and_the_next(
    crew: Crew, client: Client, reviewer: User
) -> None:
    problem = _submitted(crew)
    assert _shown(client, "?specialty=radiology") == [problem]
    assert _shown(client, "?specialty=pathology") == []
    assert "Nothing of this specialty awaits you" in _text(
        client.get(f"{_QUEUE}?specialty=pathology")
    )
    _press(client, "review_next", specialty="pathology")
    assert not Claim.objects.exists()
    _press(client, "review_next", specialty="radiology")
    assert current(problem).claims.get().reviewer == reviewer


def test_the_image_of_the_next_one_is_loaded_ahead(
    crew: Crew, client: Client, reviewer: User
) -> None:
    taken, free = _submitted(crew), _submitted(crew)
    for person in crew.reviewers[1:]:
        take_place(current(taken), person)
    query = free.panels.in_order().last()
    assert query is not None
    address = reverse("curation:image_file", args=[query.image_id])
    assert f'<link rel="prefetch" as="image" href="{address}">' in _text(client.get(_QUEUE))
    assert current(free).claims.count() == 0


def test_the_next_one_is_the_first_with_a_place(crew: Crew, client: Client, reviewer: User) -> None:
    kept, free = _submitted(crew), _submitted(crew)
    judge(kept, crew.reviewers[1], Verdict.APPROVE)
    revision = _return_and_submit_again(kept, crew, crew.reviewers[2])
    answer = _press(client, "review_next")
    assert answer["Location"] == reverse("curation:review_detail", args=[current(free).pk])
    answer = _press(client, "review_next")
    assert answer["Location"] == reverse("curation:review_queue")
    assert not revision.claims.exists()


def test_taking_leads_to_the_review_and_a_second_time_goes_on(
    crew: Crew, client: Client, reviewer: User
) -> None:
    revision = current(_submitted(crew))
    for _ in range(2):
        answer = _press(client, "claim_create", revision.pk)
        assert answer["Location"] == reverse("curation:review_detail", args=[revision.pk])
    assert revision.claims.get().reviewer == reviewer


def test_reading_the_review_page_takes_no_place(crew: Crew, client: Client, reviewer: User) -> None:
    revision = current(_submitted(crew))
    client.get(reverse("curation:review_detail", args=[revision.pk]))
    assert not Claim.objects.exists()


def test_taking_what_is_taken_is_the_wrong_moment(
    crew: Crew, client: Client, reviewer: User
) -> None:
    revision = current(_submitted(crew))
    for person in crew.reviewers[1:]:
        take_place(revision, person)
    answer = _press(client, "claim_create", revision.pk)
    assert answer.status_code == 409
    assert "Both places are taken by others until" in _text(answer)


def test_releasing_and_declining_lead_back_to_the_same_list(
    crew: Crew, client: Client, reviewer: User
) -> None:
    problem = _submitted(crew)
    revision = current(problem)
    take_place(revision, reviewer)
    back = "/reviews/?specialty=radiology"
    assert _press(client, "claim_release", revision.pk, back=back)["Location"] == back
    assert not Claim.objects.exists()
    elsewhere = "https://elsewhere.example/"
    answer = _press(client, "review_decline", revision.pk, back=elsewhere)
    assert answer["Location"] == reverse("curation:review_queue")
    assert _shown(client) == []
    assert _press(client, "claim_release", revision.pk).status_code == 409


def test_an_author_who_reviews_has_no_place_at_their_own(crew: Crew, client: Client) -> None:
    User.objects.filter(pk=crew.author.pk).update(is_reviewer=True)
    revision = current(_submitted(crew))
    client.force_login(crew.author)
    for name in ("claim_create", "claim_release", "review_decline"):
        assert _press(client, name, revision.pk).status_code == 403


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Problems stand here from the moment their author submits them"),
        ("?show=mine", "Problems you take stand here until"),
        ("?show=assigned", "Problems that an editor asks you to review stand here"),
    ],
)
def test_an_empty_page_says_what_will_be_here(
    query: str, words: str, client: Client, reviewer: User
) -> None:
    assert words in _text(client.get(_QUEUE + query))


def test_more_lines_need_no_more_queries(crew: Crew, client: Client, reviewer: User) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(_QUEUE)
        return len(captured)

    for each in range(2):
        assign(_submitted(crew), reviewer, by=crew.editor)
        _return_and_submit_again(_submitted(crew), crew, reviewer)
        _submitted(crew)
        taken = current(_submitted(crew))
        for person in crew.reviewers[1:]:
            take_place(taken, person)
        take_place(current(_submitted(crew)), reviewer)
        if not each:
            few = count()
    assert count() == few <= 31  # what stands on no page is not asked for


def test_an_editor_asks_somebody_and_asks_no_longer(crew: Crew, client: Client) -> None:
    problem = _submitted(crew)
    client.force_login(crew.editor)
    by_when = (timezone.now() + timedelta(days=5)).date()
    overview = reverse("curation:problem_overview", args=[problem.pk])
    answer = _press(
        client, "assignment_create", problem.pk, reviewer=crew.reviewers[0].pk, due_at=by_when
    )
    assert answer["Location"] == overview
    assignment = problem.assignments.get()
    assert (assignment.reviewer, assignment.assigned_by) == (crew.reviewers[0], crew.editor)
    assert assignment.due_at is not None
    assert assignment.due_at.date() == by_when
    page = _text(client.get(overview))
    assert f"{crew.reviewers[0]} <span" in page
    assert "has not begun" in page
    _press(client, "assignment_remove", problem.pk, assignment.pk)
    assert not problem.assignments.exists()


def test_the_overview_says_how_it_stands_with_whom_was_asked(crew: Crew, client: Client) -> None:
    problem = _submitted(crew)
    begun, gone, done = crew.reviewers
    for person in crew.reviewers:
        assign(problem, person, by=crew.editor)
    take_place(current(problem), begun)
    decline(current(problem), gone)
    judge(problem, done, Verdict.APPROVE)
    client.force_login(crew.editor)
    answer = client.get(reverse("curation:problem_overview", args=[problem.pk]))
    states = {one.assignment.reviewer: one.state for one in answer.context["assigning"].asked}
    assert states == {begun: "is at it", gone: "declined", done: "judged it"}


@pytest.mark.parametrize(
    "fields", [{"reviewer": 0}, {"reviewer": ""}, {"due_at": "2001-01-01"}, {"due_at": "soon"}]
)
def test_a_wish_that_makes_no_sense_is_said_beside_its_field(
    fields: dict[str, object], crew: Crew, client: Client
) -> None:
    problem = _submitted(crew)
    client.force_login(crew.editor)
    sent = {"reviewer": crew.reviewers[0].pk, **fields}
    answer = _press(client, "assignment_create", problem.pk, **sent)
    assert answer.status_code == 422
    assert answer.context["assigning"].form.errors
    assert not problem.assignments.exists()


def test_only_those_who_may_are_offered(crew: Crew, client: Client) -> None:
    problem = _submitted(crew)
    assign(problem, crew.reviewers[0], by=crew.editor)
    stranger = make_person(is_author=True)
    client.force_login(crew.editor)
    answer = client.get(reverse("curation:problem_overview", args=[problem.pk]))
    offered = set(answer.context["assigning"].form.fields["reviewer"].queryset)
    assert offered == set(crew.reviewers[1:])
    assert stranger not in offered


def test_authors_see_nobody_who_was_asked(crew: Crew, client: Client) -> None:
    problem = _submitted(crew)
    assign(problem, crew.reviewers[0], by=crew.editor)
    client.force_login(crew.author)
    overview = reverse("curation:problem_overview", args=[problem.pk])
    assert str(crew.reviewers[0]) not in _text(client.get(overview))
    User.objects.filter(pk=crew.author.pk).update(is_editor=True)
    assert str(crew.reviewers[0]) not in _text(client.get(overview))
    sent = _press(client, "assignment_create", problem.pk, reviewer=crew.reviewers[1].pk)
    assert sent.status_code == 403


def test_an_assignment_of_another_problem_is_not_removed_here(crew: Crew, client: Client) -> None:
    one, other = _submitted(crew), _submitted(crew)
    assignment = assign(one, crew.reviewers[0], by=crew.editor)
    client.force_login(crew.editor)
    assert _press(client, "assignment_remove", other.pk, assignment.pk).status_code == 404
    assert one.assignments.exists()
