"""Who hears of what: everybody concerned, nobody twice, nobody of what they did themselves.

Verbs call these inside their transaction, so that what did not happen is not told. A notice to a
reviewer says that there is something to do; what people wrote about a problem goes to its author,
to editors, and to reviewers who answered it (see `NoticeQuerySet.tell`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from curation.models import (
    Assignment,
    Claim,
    Comment,
    Move,
    Notice,
    NoticeKind,
    Problem,
    Review,
    StatusChange,
    User,
    Verdict,
)

_AUTHOR_HEARS: Mapping[Move, tuple[NoticeKind, str]] = {
    Move.REQUEST_CHANGES: (NoticeKind.RETURNED, "{who} asked for changes."),
    Move.APPROVE: (
        NoticeKind.APPROVED,
        "It has the approvals it needs. The next release publishes it.",
    ),
    Move.OVERRULE: (
        NoticeKind.APPROVED,
        "{who} approved it over a rejection. The next release publishes it.",
    ),
    Move.RETURN: (NoticeKind.RETURNED, "{who} returned it to you."),
    Move.REJECT: (NoticeKind.REJECTED, "{who} rejected it."),
    Move.RETIRE: (
        NoticeKind.RETIRED,
        "{who} retired it: it stays in the releases that have it and comes into no later one.",
    ),
}
_ENDS_REVIEW = {
    Move.REQUEST_CHANGES: "It went back to its author, so it needs no verdict now.",
    Move.APPROVE: "It was approved, so it needs no further verdict.",
    Move.OVERRULE: "An editor approved it, so it needs no further verdict.",
    Move.RETURN: "An editor returned it to its author, so it needs no verdict now.",
    Move.REJECT: "It was rejected, so it needs no further verdict.",
    Move.WITHDRAW: "Its author withdrew it, so it needs no verdict.",
}
# The last quarter of a claim is its end, but not more than a day.
_LONGEST_END = timedelta(days=1)


def tell_of_move(change: StatusChange, *, quote: str = "") -> None:
    """The author hears what became of a problem; reviewers hear what is to do and what no more.

    `quote` is all that was said with it, where that is more than the reason.
    """
    move = Move(change.move)
    if move in _AUTHOR_HEARS:
        _tell_author(change, *_AUTHOR_HEARS[move], quote or change.comment)
    if move in _ENDS_REVIEW:
        _tell_holders(change, _ENDS_REVIEW[move])
    if move == Move.SUBMIT:
        _tell_awaited(change.problem)


def _tell_author(change: StatusChange, kind: NoticeKind, text: str, quote: str) -> None:
    Notice.objects.tell(
        [change.problem.author],
        kind=kind,
        problem=change.problem,
        text=text.format(who=_mover(change)),
        quote=quote,
        address=_overview(change.problem),
    )


def _mover(change: StatusChange) -> str:
    """What the author is told of who moved it."""
    if not settings.HIDE_REVIEWERS:
        return str(change.changed_by)
    judged = Review.objects.by(change.changed_by).of_problem(change.problem)
    return "A reviewer" if judged.exists() else "An editor"


def _tell_holders(change: StatusChange, text: str) -> None:
    """Whoever holds a place for judging what needs no verdict any more."""
    held = Claim.objects.held_at(timezone.now()).filter(revision=change.revision)
    others = held.exclude(reviewer=change.changed_by).select_related("reviewer")
    Notice.objects.tell(
        [claim.reviewer for claim in others],
        kind=NoticeKind.SETTLED,
        problem=change.problem,
        text=text,
        address=reverse("curation:review_queue"),
    )


def _tell_awaited(problem: Problem) -> None:
    """Those who judged an earlier revision, and those whom an editor asked."""
    judged = User.objects.filter(reviews__revision__problem=problem, is_reviewer=True).distinct()
    assignments = problem.assignments.select_related("reviewer")
    due = {assignment.reviewer: assignment.due_at for assignment in assignments}
    again = set(judged)
    for reviewer in again | due.keys():
        _tell_reviewer(problem, reviewer, due.get(reviewer), is_again=reviewer in again)


def _tell_reviewer(
    problem: Problem, reviewer: User, due_at: datetime | None, *, is_again: bool
) -> None:
    kind = NoticeKind.CAME_BACK if is_again else NoticeKind.TO_REVIEW
    text = "Its author mended it." if is_again else "An editor asks you to review it."
    Notice.objects.tell(
        [reviewer],
        kind=kind,
        problem=problem,
        text=text,
        address=_review(problem),
        wanted_by=due_at,
    )


def tell_of_assignment(assignment: Assignment) -> None:
    """The reviewer hears at once if there is something to review, else when it is submitted."""
    problem = assignment.problem
    revision = problem.current_revision
    if revision is not None and revision.is_under_review:
        _tell_reviewer(problem, assignment.reviewer, assignment.due_at, is_again=False)


def tell_of_dispute(review: Review) -> None:
    """Editors who did not write the problem hear that one of them must decide."""
    problem = review.revision.problem
    editors = User.objects.filter(is_editor=True).exclude(pk__in=[problem.author_id])
    Notice.objects.tell(
        editors,
        kind=NoticeKind.DISPUTE,
        problem=problem,
        text=f"{review.reviewer} would {review.get_verdict_display().lower()} it. "
        "Only an editor can take it further.",
        quote=review.comment,
        address=_overview(problem),
        once=f"dispute {review.pk}",
    )


def tell_of_verdict(review: Review, comments: Sequence[Comment]) -> None:
    """The author hears of comments and of the verdict they came with, where it moved nothing."""
    problem = review.revision.problem
    did = "approved it" if review.verdict == Verdict.APPROVE else "would reject it"
    Notice.objects.tell(
        [problem.author],
        kind=NoticeKind.COMMENT,
        problem=problem,
        text=f"{_writer(review.reviewer, problem.author, problem)} {did} and wrote "
        f"{_number(comments)}.",
        quote=words_of(comments, review.comment),
        address=_overview(problem),
    )


def words_of(comments: Sequence[Comment], first: str = "") -> str:
    """What was said, each comment after its place."""
    said = [f"{one.anchor.words(one.revision.content())}: {one.text}" for one in comments]
    return "\n\n".join([first, *said] if first else said)


def _number(comments: Sequence[Comment]) -> str:
    return "a comment" if len(comments) == 1 else f"{len(comments)} comments"


def tell_of_comments(comments: Sequence[Comment], *, by: User) -> None:
    """The author and those in the threads hear what was just sent on one problem, each once."""
    if not comments:
        return
    problem = comments[0].revision.problem
    hearing: dict[User, list[Comment]] = defaultdict(list)
    for comment in comments:
        for person in {problem.author, *_in_thread(comment)} - {by}:
            hearing[person].append(comment)
    for person, heard in hearing.items():
        _tell_comments(person, heard, problem, by)


def _in_thread(comment: Comment) -> set[User]:
    if comment.parent is None:
        return set()
    replies = comment.parent.replies.filter(is_sent=True).select_related("written_by")
    return {comment.parent.written_by, *(reply.written_by for reply in replies)}


def _tell_comments(person: User, comments: Sequence[Comment], problem: Problem, by: User) -> None:
    is_author = person.pk == problem.author_id
    is_reply = all(comment.parent_id for comment in comments)
    Notice.objects.tell(
        [person],
        kind=NoticeKind.REPLY if is_reply else NoticeKind.COMMENT,
        problem=problem,
        text=f"{_writer(by, person, problem)} wrote {_number(comments)}.",
        quote=words_of(comments),
        address=_review(problem) if person.is_reviewer and not is_author else _overview(problem),
    )


def _writer(by: User, reader: User, problem: Problem) -> str:
    is_hidden = settings.HIDE_REVIEWERS and reader.pk == problem.author_id
    if not is_hidden:
        return str(by)
    return "An editor" if by.is_editor and not by.is_reviewer else "A reviewer"


def tell_of_expiring_claims(now: datetime) -> None:
    """Reviewers whose place is soon free for others hear it, once for each end of a claim."""
    held = Claim.objects.held_at(now).filter(expires_at__lte=now + _LONGEST_END)
    for claim in held.select_related("reviewer", "revision__problem"):
        if claim.expires_at - now <= (claim.expires_at - claim.claimed_at) / 4:
            _tell_holder(claim)


def _tell_holder(claim: Claim) -> None:
    problem = claim.revision.problem
    Notice.objects.tell(
        [claim.reviewer],
        kind=NoticeKind.CLAIM_ENDS,
        problem=problem,
        text="Your place for reviewing it is kept for a short while only.",
        address=reverse("curation:review_detail", args=[claim.revision_id]),
        wanted_by=claim.expires_at,
        once=f"claim {claim.pk} ends {claim.expires_at.isoformat()}",
    )


def mark_read(notices: Sequence[int], *, by: User) -> None:
    """Mark some of a person's notices as read; what was read is not mailed any more."""
    read = Notice.objects.to(by).unread().filter(pk__in=notices)
    read.update(read_at=timezone.now(), awaits_mail=False)


def mark_all_read(until: int, *, by: User) -> None:
    """Mark all that a person had on the page: none that came after its newest."""
    read = Notice.objects.to(by).unread().filter(pk__lte=until)
    read.update(read_at=timezone.now(), awaits_mail=False)


def _overview(problem: Problem) -> str:
    return reverse("curation:problem_overview", args=[problem.pk])


def _review(problem: Problem) -> str:
    return reverse("curation:review_detail", args=[problem.current_revision_id])
