"""Who hears of what, and what a reviewer does not hear before answering."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from curation import exporting, releases, workflow
from curation.errors import WrongMomentError
from curation.models import (
    AnswerSeen,
    Assignment,
    BlindAnswer,
    Claim,
    Comment,
    MailChoice,
    Notice,
    NoticeKind,
    Problem,
    Review,
    Rhythm,
    Stage,
    Status,
    User,
    Verdict,
)
from curation.notifications import (
    mark_all_read,
    mark_read,
    tell_of_assignment,
    tell_of_comments,
    tell_of_dispute,
    tell_of_expiring_claims,
)
from tests.curation.statuses import Crew, bring_to, current, judge, make_crew, submit
from tests.factories import make_person

pytestmark = pytest.mark.django_db

_SECRET = "It is a pneumothorax"


@pytest.fixture
def crew() -> Crew:
    return make_crew()


def _heard(person: User) -> list[str]:
    return list(person.notices.order_by("pk").values_list("kind", flat=True))


def _claim(problem: Problem, reviewer: User, *, slot: int = 0, **hours: float) -> Claim:
    now = timezone.now()
    return Claim.objects.create(
        revision=current(problem),
        slot=slot,
        reviewer=reviewer,
        claimed_at=now - timedelta(hours=hours.get("since", 0)),
        expires_at=now + timedelta(hours=hours.get("left", 24)),
    )


def _comment(problem: Problem, by: User, text: str, **fields: Any) -> Comment:
    return Comment.objects.create(
        revision=current(problem), written_by=by, text=text, is_sent=True, **fields
    )


def _mend(problem: Problem, crew: Crew) -> None:
    problem = Problem.objects.get(pk=problem.pk)
    panel = problem.panels.in_order()[0]
    panel.question = "What does this picture show?"
    panel.save()
    submit(problem, crew)


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        (Status.SUBMITTED, []),
        (Status.CHANGES_REQUESTED, [NoticeKind.RETURNED]),
        (Status.APPROVED, [NoticeKind.APPROVED]),
        (Status.PUBLISHED, [NoticeKind.APPROVED, NoticeKind.PUBLISHED]),
        (Status.REJECTED, [NoticeKind.REJECTED]),
        (Status.WITHDRAWN, []),
        (Status.RETIRED, [NoticeKind.APPROVED, NoticeKind.PUBLISHED, NoticeKind.RETIRED]),
    ],
)
def test_an_author_hears_what_others_did_with_a_problem(
    status: Status, kinds: list[NoticeKind], crew: Crew
) -> None:
    bring_to(status, crew)
    assert _heard(crew.author) == kinds


def test_an_author_reads_who_asked_for_what_of_which_problem(crew: Crew) -> None:
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    notice = crew.author.notices.get()
    assert notice.about == problem.headline()
    assert notice.text == f"{crew.reviewers[0].name} asked for changes."
    assert notice.quote == "Say which side."
    assert notice.address == reverse("curation:problem_overview", args=[problem.pk])
    assert notice.wanted


@pytest.mark.parametrize(
    ("status", "who"), [(Status.CHANGES_REQUESTED, "A reviewer"), (Status.REJECTED, "An editor")]
)
def test_an_author_is_not_told_who_reviewed_where_that_is_hidden(
    status: Status, who: str, crew: Crew, settings: Settings
) -> None:
    settings.HIDE_REVIEWERS = True
    problem = bring_to(status, crew)
    tell_of_comments([_comment(problem, crew.reviewers[0], "Which side?")], by=crew.reviewers[0])
    moved, commented = crew.author.notices.order_by("pk")
    assert moved.text.startswith(who)
    assert commented.text == "A reviewer wrote a comment."
    everything = "".join(f"{n.text}{n.quote}{n.about}" for n in crew.author.notices.all())
    for person in (*crew.reviewers, crew.editor):
        assert person.name not in everything


def test_what_was_mended_comes_back_to_those_who_judged_it(crew: Crew) -> None:
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    _mend(problem, crew)
    notice = crew.reviewers[0].notices.get()
    assert notice.kind == NoticeKind.CAME_BACK
    assert notice.address == reverse("curation:review_detail", args=[current(problem).pk])
    assert _heard(crew.reviewers[1]) == []


def test_who_is_asked_to_review_hears_it_once_there_is_something(crew: Crew) -> None:
    reviewer, due_at = crew.reviewers[0], timezone.now() + timedelta(days=3)
    problem = bring_to(Status.DRAFT, crew)
    assignment = Assignment.objects.create(
        problem=problem, reviewer=reviewer, assigned_by=crew.editor, due_at=due_at
    )
    tell_of_assignment(assignment)
    assert _heard(reviewer) == []
    submit(problem, crew)
    assert reviewer.notices.get().wanted_by == due_at
    other = Assignment.objects.create(
        problem=problem, reviewer=crew.reviewers[1], assigned_by=crew.editor
    )
    tell_of_assignment(other)
    assert _heard(crew.reviewers[1]) == [NoticeKind.TO_REVIEW]


@pytest.mark.parametrize(
    "end",
    [
        lambda problem, crew: judge(problem, crew.reviewers[0], Verdict.REQUEST_CHANGES, "Side?"),
        lambda problem, crew: workflow.withdraw(problem, by=crew.author, comment="Not yet."),
        lambda problem, crew: workflow.reject(problem, by=crew.editor, comment="No."),
    ],
    ids=["returned", "withdrawn", "rejected"],
)
def test_who_holds_a_place_hears_that_no_verdict_is_needed(
    end: Callable[[Problem, Crew], None], crew: Crew
) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    first, second, third = crew.reviewers
    _claim(problem, first)
    _claim(problem, second, slot=1)
    _claim(problem, third, slot=2, since=2, left=-1)
    end(problem, crew)
    assert _heard(second) == [NoticeKind.SETTLED]
    assert _heard(third) == [], "its place was not kept any more"
    assert Notice.objects.filter(quote__contains="Side?").exclude(person=crew.author).count() == 0


def test_a_move_that_is_refused_is_not_told(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    stale = Problem.objects.get(pk=problem.pk)
    workflow.withdraw(problem, by=crew.author)
    with pytest.raises(WrongMomentError):
        workflow.reject(stale, by=crew.editor, comment="No.")
    assert not Notice.objects.exists()


def test_what_is_undone_with_its_transaction_is_not_told(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    with transaction.atomic():
        workflow.reject(problem, by=crew.editor, comment="No.")
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_a_reviewer_hears_before_a_claim_ends_once_for_each_end(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    early, late, _ = crew.reviewers
    _claim(problem, early, since=1, left=5)
    claim = _claim(problem, late, slot=1, since=10, left=2)
    for _ in range(2):
        tell_of_expiring_claims(timezone.now())
    assert _heard(early) == []
    assert late.notices.get().wanted_by == claim.expires_at
    Claim.objects.filter(pk=claim.pk).update(expires_at=timezone.now() + timedelta(hours=1))
    tell_of_expiring_claims(timezone.now())
    assert _heard(late) == [NoticeKind.CLAIM_ENDS] * 2


def test_editors_who_did_not_write_it_hear_of_a_dispute_once(crew: Crew) -> None:
    User.objects.filter(pk=crew.author.pk).update(is_editor=True)
    problem = bring_to(Status.SUBMITTED, crew)
    judge(problem, crew.reviewers[0], Verdict.REJECT, "Not an in-context task.")
    review = Review.objects.get()
    for _ in range(2):
        tell_of_dispute(review)
    notice = crew.editor.notices.get()
    assert notice.quote == "Not an in-context task."
    assert _heard(crew.author) == []


def test_comments_are_told_once_a_person_with_their_words_and_places(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    reviewer = crew.reviewers[0]
    sent = [
        _comment(problem, reviewer, "Which side?", panel=0, field="question"),
        _comment(problem, reviewer, "Too dark.", panel=3, field="image"),
        _comment(problem, reviewer, "Well made."),
    ]
    tell_of_comments(sent, by=reviewer)
    notice = crew.author.notices.get()
    assert notice.text == f"{reviewer.name} wrote 3 comments."
    assert notice.quote == (
        "Example 1, question: Which side?\n\nQuery, image: Too dark.\n\n"
        "The whole problem: Well made."
    )
    assert _heard(reviewer) == []


def test_who_is_in_a_thread_hears_of_a_reply(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    first, second, third = crew.reviewers
    for reviewer in (first, second):
        AnswerSeen.objects.create(problem=problem, person=reviewer)
    start = _comment(problem, first, "Which side?")
    _comment(problem, second, "I ask that, too.", parent=start)
    reply = _comment(problem, crew.author, "The left one.", parent=start)
    tell_of_comments([reply], by=crew.author)
    for reviewer in (first, second):
        notice = reviewer.notices.get()
        assert (notice.kind, notice.quote) == (NoticeKind.REPLY, "The whole problem: The left one.")
    assert _heard(third) == []
    assert _heard(crew.author) == []


def _saw(problem: Problem, person: User) -> None:
    AnswerSeen.objects.create(problem=problem, person=person)


def _judged(problem: Problem, person: User) -> None:
    judge(problem, person, Verdict.APPROVE)


def _answered(stage: Stage) -> Callable[[Problem, User], None]:
    def answer(problem: Problem, person: User) -> None:
        BlindAnswer.objects.create(
            revision=current(problem),
            reviewer=person,
            stage=stage,
            answer="Cardiomegaly",
            is_right=False,
            seconds=9,
        )

    return answer


@pytest.mark.parametrize(
    ("did", "is_told"),
    [
        (lambda *_: None, False),
        (_answered(Stage.ZERO_SHOT), False),
        (_answered(Stage.IN_CONTEXT), True),
        (_saw, True),
        (_judged, True),
    ],
    ids=["nothing", "query alone", "answered", "saw it", "judged it"],
)
def test_a_reviewer_reads_what_others_wrote_only_after_answering(
    did: Callable[[Problem, User], None],
    is_told: bool,  # noqa: FBT001 - a table's column
    crew: Crew,
) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    editor = make_person(is_editor=True, is_reviewer=True)
    did(problem, editor)
    judge(problem, crew.reviewers[0], Verdict.REJECT, _SECRET)
    tell_of_dispute(Review.objects.get(reviewer=crew.reviewers[0]))
    notice = editor.notices.get()
    assert (_SECRET in notice.quote) == is_told
    assert _SECRET not in f"{notice.about}{notice.text}"


def test_nothing_that_reviewers_hear_holds_an_answer_or_a_comment(crew: Crew) -> None:
    problem = bring_to(Status.DRAFT, crew)
    problem.panels.filter(role="query").update(answer=_SECRET, accepted_variants=[f"{_SECRET}!"])
    for reviewer in crew.reviewers:
        Assignment.objects.create(problem=problem, reviewer=reviewer, assigned_by=crew.editor)
    problem = Problem.objects.get(pk=problem.pk)
    submit(problem, crew)
    _claim(problem, crew.reviewers[1], since=20, left=1)
    tell_of_expiring_claims(timezone.now())
    judge(problem, crew.reviewers[0], Verdict.REQUEST_CHANGES, _SECRET)
    _mend(problem, crew)
    heard = Notice.objects.filter(person__in=crew.reviewers)
    kinds = {"to_review", "claim_ends", "settled", "came_back"}
    assert set(heard.values_list("kind", flat=True)) == kinds
    for notice in heard:
        everything = f"{notice.about}{notice.text}{notice.quote}{notice.address}"
        assert _SECRET.lower() not in everything.lower()


def test_a_release_is_told_once_a_person_however_many_problems_it_has(crew: Crew) -> None:
    User.objects.filter(pk=crew.editor.pk).update(is_author=True)
    for _ in range(3):
        bring_to(Status.APPROVED, crew)
    Notice.objects.all().delete()
    release = releases.cut_release("1.0.0", notes="", by=crew.editor)
    exporting.write_release(release)
    assert _heard(crew.author) == []
    releases.publish_release(release, by=crew.editor)
    notice = crew.author.notices.get()
    assert notice.text == "3 of your problems are published in release 1.0.0."
    assert notice.about == "Release 1.0.0"
    assert _heard(crew.editor) == [NoticeKind.RELEASE_READY]
    assert _heard(crew.reviewers[0]) == []


def test_of_what_an_earlier_release_had_is_told_that_there_is_a_new_one(crew: Crew) -> None:
    bring_to(Status.PUBLISHED, crew)
    Notice.objects.all().delete()
    other = make_crew()
    bring_to(Status.PUBLISHED, other)
    for person in (crew.author, crew.editor):
        told = person.notices.get()
        assert (told.about, told.text) == (
            "Release 1.1.0",
            "It is published: its files can be downloaded.",
        )
    assert other.author.notices.get(kind=NoticeKind.PUBLISHED).text == (
        "It is published in release 1.1.0."
    )
    assert _heard(other.editor) == []  # who published it


def test_who_was_deactivated_hears_nothing(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    User.objects.filter(pk=crew.author.pk).update(is_active=False)
    workflow.reject(Problem.objects.get(pk=problem.pk), by=crew.editor, comment="No.")
    assert not Notice.objects.exists()


def test_a_long_question_stands_on_one_line_of_a_notice(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    problem.panels.update(question="What is\r\nshown?\n" * 50)
    workflow.reject(Problem.objects.get(pk=problem.pk), by=crew.editor, comment="No.")
    about = crew.author.notices.get().about
    assert about.startswith("What is shown? What")
    assert len(about) == 200
    assert "\n" not in about


def test_marking_as_read_touches_nobody_else_and_nothing_newer(crew: Crew) -> None:
    for _ in range(3):
        Notice.objects.tell(
            [crew.author, crew.editor], kind=NoticeKind.COMMENT, text="So.", address="/"
        )
    first, second, third = crew.author.notices.order_by("pk")
    others = list(crew.editor.notices.values_list("pk", flat=True))
    mark_read([first.pk, *others], by=crew.author)
    mark_all_read(second.pk, by=crew.author)
    assert list(crew.author.notices.unread()) == [third]
    assert crew.editor.notices.unread().count() == 3


def test_the_list_has_unread_before_read_and_new_before_old(crew: Crew) -> None:
    for _ in range(4):
        Notice.objects.tell([crew.author], kind=NoticeKind.COMMENT, text="So.", address="/")
    a, b, c, d = crew.author.notices.order_by("pk").values_list("pk", flat=True)
    mark_read([b, d], by=crew.author)
    listed = crew.author.notices.unread_first().values_list("pk", flat=True)
    assert list(listed) == [c, a, d, b]


def test_who_wants_no_mail_hears_it_in_the_application_alone(crew: Crew) -> None:
    MailChoice.objects.create(person=crew.author, rhythm=Rhythm.NONE)
    bring_to(Status.REJECTED, crew)
    assert not crew.author.notices.get().awaits_mail
