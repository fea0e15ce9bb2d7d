"""Comments: who writes and reads them when, how they are sent with a verdict, and settled."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from curation import claiming, commenting, permissions, workflow
from curation.domain.anchors import Anchor
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import AnswerSeen, Claim, Comment, NoticeKind, Problem, Status, User, Verdict
from tests.curation.commenters import remark
from tests.curation.statuses import Crew, bring_to, current, judge, know_answer, make_crew
from tests.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture
def problem(crew: Crew) -> Problem:
    return bring_to(Status.SUBMITTED, crew)


def _read_by(person: User) -> list[str]:
    return [comment.text for comment in Comment.objects.visible_to(person).order_by("pk")]


def _heard(person: User) -> list[NoticeKind]:
    return [NoticeKind(notice.kind) for notice in person.notices.order_by("pk")]


def _send(problem: Problem, by: User, verdict: Verdict = Verdict.REQUEST_CHANGES) -> None:
    """The verdict with what waited for it."""
    revision = current(problem)
    commenting.send_comments(revision, by)
    if not revision.reviews.by(by).exists():
        judge(problem, by, verdict, "See the comments.")


def _mend(problem: Problem, crew: Crew) -> None:
    panel = problem.panels.in_order()[0]
    panel.question = "What does this image show on the left?"
    panel.save()
    stored = Problem.objects.get(pk=problem.pk)
    workflow.submit(stored, by=crew.author, version=stored.version)


def test_what_a_reviewer_remarks_is_read_by_nobody_before_the_verdict(
    crew: Crew, problem: Problem
) -> None:
    first, second, _ = crew.reviewers
    comment = remark(problem, first)
    assert not comment.is_sent
    assert _read_by(first) == ["Which side?"]
    assert _read_by(crew.author) == _read_by(crew.editor) == _read_by(second) == []
    assert _heard(crew.author) == []


def test_the_verdict_sends_all_of_it_at_once(crew: Crew, problem: Problem) -> None:
    first, second, _ = crew.reviewers
    remark(problem, first, "One")
    remark(problem, first, "Two")
    remark(problem, second, "Another's")
    assert [one.text for one in commenting.send_comments(current(problem), first)] == ["One", "Two"]
    assert _read_by(crew.author) == _read_by(crew.editor) == ["One", "Two"]
    assert not commenting.send_comments(current(problem), first)


def test_who_can_have_no_place_writes_nothing_that_would_wait_for_a_verdict(
    crew: Crew, problem: Problem
) -> None:
    *others, third = crew.reviewers
    draft = remark(problem, third, "Before they came")
    for other in others:
        claiming.take_place(current(problem), other)
    with pytest.raises(WrongMomentError, match=r"no place for one\. Both places are taken"):
        remark(problem, third)
    assert list(Comment.objects.by(third)) == [draft]


def test_who_saw_the_answer_elsewhere_writes_nothing(crew: Crew, problem: Problem) -> None:
    first = crew.reviewers[0]
    AnswerSeen.objects.note(problem, first)
    with pytest.raises(WrongMomentError, match="You have seen this problem's answer already"):
        remark(problem, first)
    assert remark(problem, crew.editor).is_sent, "editors write without a place"


def test_what_is_not_sent_is_written_anew(crew: Crew, problem: Problem) -> None:
    first, second, _ = crew.reviewers
    draft = remark(problem, first, "Wich side?")
    commenting.rewrite(draft, by=first, text=" Which side? ", seen="Wich side?")
    assert _read_by(first) == ["Which side?"]
    with pytest.raises(InvalidContentError):
        commenting.rewrite(draft, by=first, text=" ", seen="Which side?")
    with pytest.raises(WrongMomentError):
        commenting.rewrite(draft, by=second, text="Mine", seen="Which side?")
    _send(problem, first)
    with pytest.raises(WrongMomentError, match="was sent"):
        commenting.rewrite(draft, by=first, text="Never mind.", seen="Which side?")
    assert _read_by(crew.author) == ["Which side?"]


def test_what_another_window_wrote_into_a_draft_is_not_overwritten_unknowingly(
    crew: Crew, problem: Problem
) -> None:
    first = crew.reviewers[0]
    draft = remark(problem, first, "Which?")
    commenting.rewrite(draft, by=first, text="Which side?", seen="Which?")
    with pytest.raises(WrongMomentError, match="it says: “Which side\\?”"):
        commenting.rewrite(draft, by=first, text="Which eye?", seen="Which?")
    commenting.rewrite(draft, by=first, text="Which eye?", seen="Which side?")
    commenting.rewrite(draft, by=first, text="Which eye?", seen="Which side?")  # pressed twice
    assert _read_by(first) == ["Which eye?"]


def test_another_reviewer_reads_it_after_their_own_verdict(crew: Crew, problem: Problem) -> None:
    first, second, _ = crew.reviewers
    remark(problem, first)
    _send(problem, first, Verdict.APPROVE)
    know_answer(problem, second)
    assert _read_by(second) == []
    judge(problem, second, Verdict.APPROVE)
    assert _read_by(second) == ["Which side?"]


def test_a_reviewer_reads_what_is_answered_to_them(crew: Crew, problem: Problem) -> None:
    first, second, _ = crew.reviewers
    thread = remark(problem, first)
    _send(problem, first)
    thread.refresh_from_db()
    commenting.reply(thread, by=crew.author, text="The left one.")
    assert _read_by(first) == ["Which side?", "The left one."]
    assert _read_by(second) == []
    assert NoticeKind.REPLY in _heard(first)


@pytest.mark.parametrize("who", [lambda crew: crew.author, lambda crew: crew.editor])
def test_what_author_and_editor_write_is_sent_at_once(
    who: Callable[[Crew], User], crew: Crew, problem: Problem
) -> None:
    assert remark(problem, who(crew)).is_sent
    assert _read_by(crew.author) == _read_by(crew.editor) == ["Which side?"]
    assert _read_by(crew.reviewers[0]) == []


def test_an_editor_who_holds_a_place_is_reviewing(crew: Crew, problem: Problem) -> None:
    judge_and_editor = make_person(is_editor=True, is_reviewer=True)
    assert remark(problem, judge_and_editor, "Before").is_sent
    now = timezone.now()
    Claim.objects.create(
        revision=current(problem),
        slot=0,
        reviewer=judge_and_editor,
        claimed_at=now,
        expires_at=now + timedelta(days=1),
    )
    assert not remark(problem, judge_and_editor, "While").is_sent


def test_after_the_verdict_a_reviewer_writes_at_once(crew: Crew, problem: Problem) -> None:
    first = crew.reviewers[0]
    _send(problem, first, Verdict.APPROVE)
    assert remark(problem, first).is_sent


def test_who_gave_no_verdict_has_no_part_afterwards(crew: Crew, problem: Problem) -> None:
    first, second, _ = crew.reviewers
    draft = remark(problem, second, "Too late")
    _send(problem, first)
    with pytest.raises(WrongMomentError, match="takes no verdicts any more"):
        remark(problem, second)
    assert not Comment.objects.get(pk=draft.pk).is_sent


def test_an_earlier_revision_takes_no_drafts(crew: Crew, problem: Problem) -> None:
    earlier, (first, second, _) = current(problem), crew.reviewers
    _send(problem, first)
    _mend(problem, crew)
    know_answer(problem, second)
    with pytest.raises(WrongMomentError):
        commenting.write_comment(earlier, by=second, anchor=Anchor(), text="Old")
    assert commenting.write_comment(earlier, by=first, anchor=Anchor(), text="Old").is_sent
    assert not remark(problem, first, "New").is_sent


@pytest.mark.parametrize("anchor", [Anchor(9), Anchor(0, "id"), Anchor(None, "question")])
def test_a_place_that_is_not_there_takes_none(anchor: Anchor, crew: Crew, problem: Problem) -> None:
    with pytest.raises(InvalidContentError, match="no such place"):
        remark(problem, crew.author, anchor=anchor)


def test_saying_nothing_is_refused(crew: Crew, problem: Problem) -> None:
    with pytest.raises(InvalidContentError, match="Write what"):
        remark(problem, crew.author, "  ")
    thread = remark(problem, crew.author)
    with pytest.raises(InvalidContentError, match="Write what"):
        commenting.reply(thread, by=crew.editor, text="\n")


def test_a_thread_is_resolved_once_and_opened_again(crew: Crew, problem: Problem) -> None:
    thread = remark(problem, crew.editor)
    commenting.resolve(thread, by=crew.author, text="Done.")
    commenting.resolve(thread, by=crew.editor)
    done = Comment.objects.get(pk=thread.pk)
    assert done.resolved_by == crew.author
    assert [reply.text for reply in done.replies.all()] == ["Done."]
    assert not Comment.objects.of_problem(problem).unresolved()
    commenting.reopen(thread, by=crew.editor, text="Not yet.")
    assert Comment.objects.of_problem(problem).unresolved().get() == thread
    assert [reply.text for reply in thread.replies.all()] == ["Done.", "Not yet."]


def test_only_those_concerned_settle_a_thread(crew: Crew, problem: Problem) -> None:
    first, second, _ = crew.reviewers
    thread = remark(problem, first)
    for person in (first, crew.author, crew.editor):
        assert permissions.can_settle_comment(person, thread)
    assert not permissions.can_settle_comment(second, thread)


@pytest.mark.parametrize("verb", [commenting.reply, commenting.resolve, commenting.reopen])
def test_what_is_not_sent_has_no_answers(
    verb: Callable[..., object], crew: Crew, problem: Problem
) -> None:
    thread = remark(problem, crew.reviewers[0])
    with pytest.raises(WrongMomentError, match="with your verdict"):
        verb(thread, by=crew.reviewers[0], text="Well")


def test_only_what_is_not_sent_is_discarded_and_only_by_its_writer(
    crew: Crew, problem: Problem
) -> None:
    first, second, _ = crew.reviewers
    draft, sent = remark(problem, first), remark(problem, crew.editor)
    for comment, person in ((sent, crew.editor), (draft, second)):
        with pytest.raises(WrongMomentError, match="is kept"):
            commenting.discard(comment, by=person)
    commenting.discard(draft, by=first)
    assert _read_by(first) == []


def test_the_database_keeps_what_was_sent(crew: Crew, problem: Problem) -> None:
    sent = Comment.objects.filter(pk=remark(problem, crew.editor).pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        sent.update(text="Something else")
    with pytest.raises(DatabaseError), transaction.atomic():
        sent.delete()
    assert sent.get().text == "Which side?"


@pytest.mark.parametrize(
    ("person", "may"),
    [
        (lambda crew: crew.author, "yes"),
        (lambda crew: crew.editor, "yes"),
        (lambda crew: crew.reviewers[0], "no"),
        (lambda crew: crew.reviewers[1], "yes"),
        (lambda _: make_person(), "no"),
    ],
    ids=["author", "editor", "who is blind", "who knows", "reader"],
)
def test_who_may_comment(
    person: Callable[[Crew], User], may: str, crew: Crew, problem: Problem
) -> None:
    know_answer(problem, crew.reviewers[1])
    assert permissions.can_comment(person(crew), problem) is (may == "yes")
