"""The moves of a problem: one table, one function that moves, one record a move."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from curation import auditing
from curation.clearance import require_clear
from curation.domain.rules import Finding, findings
from curation.errors import InvalidContentError, StaleDraftError, WrongMomentError
from curation.models import (
    Claim,
    Comment,
    Image,
    Move,
    Problem,
    Review,
    Revision,
    RevisionImage,
    Status,
    StatusChange,
    User,
)
from curation.notifications import tell_of_move

TRANSITIONS: Mapping[Move, tuple[frozenset[Status], Status]] = {
    Move.SUBMIT: (frozenset({Status.DRAFT, Status.CHANGES_REQUESTED}), Status.SUBMITTED),
    Move.WITHDRAW: (
        frozenset({Status.SUBMITTED, Status.CHANGES_REQUESTED, Status.APPROVED}),
        Status.WITHDRAWN,
    ),
    Move.REOPEN: (frozenset({Status.WITHDRAWN}), Status.DRAFT),
    Move.REQUEST_CHANGES: (frozenset({Status.SUBMITTED}), Status.CHANGES_REQUESTED),
    Move.APPROVE: (frozenset({Status.SUBMITTED}), Status.APPROVED),
    Move.OVERRULE: (frozenset({Status.SUBMITTED}), Status.APPROVED),
    Move.RETURN: (frozenset({Status.SUBMITTED, Status.APPROVED}), Status.CHANGES_REQUESTED),
    Move.REJECT: (
        frozenset({Status.SUBMITTED, Status.CHANGES_REQUESTED, Status.APPROVED}),
        Status.REJECTED,
    ),
    Move.PUBLISH: (frozenset({Status.APPROVED}), Status.PUBLISHED),
    Move.RETIRE: (frozenset({Status.PUBLISHED}), Status.RETIRED),
    Move.IMPORT: (frozenset({Status.DRAFT}), Status.APPROVED),
}

_MOVED = ("status", "current_revision_id", "version", "updated_at")
_AT_ONCE = 1000


def can_move(problem: Problem, move: Move) -> bool:
    """Whether this move is legal from where the problem is."""
    return problem.status in TRANSITIONS[move][0]


def _move(problem: Problem, move: Move, *, by: User, **how: Any) -> None:
    _move_all([problem], move, by=by, **how)


def _move_all(
    problems: Sequence[Problem],
    move: Move,
    *,
    by: User,
    comment: str = "",
    quote: str = "",
    **changes: Any,
) -> None:
    """Move all or none, in few queries at any number; each move has its record and its entry."""
    olds, new = TRANSITIONS[move]
    for problem in problems:
        if problem.status not in olds:
            raise WrongMomentError(_not_now(problem))
    made = [
        StatusChange(problem=problem, move=move, old=problem.status, new=new, changed_by=by)
        for problem in problems
    ]
    for batch in batched(made, _AT_ONCE, strict=False):
        _swap([change.problem for change in batch], new, **changes)
    for change in made:
        change.revision_id, change.comment = change.problem.current_revision_id, comment
    StatusChange.objects.bulk_create(made, batch_size=_AT_ONCE)
    for change in made:
        tell_of_move(change, quote=quote)
        Claim.objects.ended_by(change).delete()
    auditing.record_moves(made)


def _swap(problems: Sequence[Problem], new: Status, **changes: Any) -> None:
    """Change these where they still have the status that they were loaded with: all, or none."""
    keys = [problem.pk for problem in problems]
    for old in {problem.status for problem in problems}:
        known = [problem.pk for problem in problems if problem.status == old]
        unmoved = Problem.objects.filter(pk__in=known, status=old)
        if unmoved.update(status=new, updated_at=timezone.now(), **changes) < len(known):
            raise WrongMomentError("Someone else moved this problem a moment ago. Reload the page.")
    now = Problem.objects.only(*_MOVED).in_bulk(keys)
    for problem in problems:
        for name in _MOVED:
            setattr(problem, name, getattr(now[problem.pk], name))


def _not_now(problem: Problem) -> str:
    status = Status(problem.status).label
    return f'The status of this problem is "{status}". Reload the page to see what can be done now.'


@transaction.atomic
def submit(problem: Problem, *, by: User, version: int) -> Revision:
    """Freeze the draft as a revision and put it before the reviewers."""
    if not can_move(problem, Move.SUBMIT):
        raise WrongMomentError(_not_now(problem))
    current = Problem.objects.filter(pk=problem.pk, version=version)
    if not current.update(version=F("version") + 1):
        raise StaleDraftError
    # Loaded now, so that what is checked is what is frozen, to the facts of each image.
    draft = Problem.objects.with_panels().get(pk=problem.pk)
    found = findings(draft.draft())
    _require_no_errors(found)
    _require_news(draft)
    _forget_vanished_warnings(draft, found)
    revision = _freeze(draft, by)
    _move(problem, Move.SUBMIT, by=by, current_revision=revision)
    return revision


def _require_no_errors(found: Iterable[Finding]) -> None:
    errors = [finding for finding in found if finding.is_error]
    if errors:
        raise InvalidContentError(
            f"{len(errors)} thing{'s' if len(errors) > 1 else ''} must be mended before submitting."
        )


def _require_news(problem: Problem) -> None:
    """What was sent back and is still the same would only be sent back again."""
    back = problem.status_changes.sending_back().newest_first().first()
    if back is None or back.revision is None:
        return
    returned = back.revision
    is_same = problem.content().sha256() == returned.sha256
    if not is_same or problem.explanations != returned.explanations:
        return
    replies = Comment.objects.of_problem(problem).by(problem.author).filter(is_sent=True)
    if not replies.filter(written_at__gt=back.changed_at, parent__isnull=False).exists():
        raise InvalidContentError(
            f"Nothing changed since revision {returned.number} was returned. Change what the "
            "reviewers ask for, or reply to their comments, and submit again."
        )


def _forget_vanished_warnings(problem: Problem, found: Iterable[Finding]) -> None:
    """Reviewers read why a warning is all right only while there is that warning."""
    warned = {finding.code for finding in found if not finding.is_error}
    kept = {code: text for code, text in problem.explanations.items() if code in warned}
    if kept != problem.explanations:
        problem.explanations = kept
        problem.save(update_fields=["explanations"])


def _freeze(problem: Problem, by: User) -> Revision:
    content = problem.content()
    last = problem.revisions.aggregate(last=Max("number"))["last"] or 0
    revision = Revision.objects.create(
        problem=problem,
        number=last + 1,
        content_json=content.canonical_json(),
        sha256=content.sha256(),
        explanations=problem.explanations,
        required_approvals=settings.REQUIRED_APPROVALS,
        submitted_by=by,
    )
    images = Image.objects.filter(panels__problem=problem)
    links = [RevisionImage(revision=revision, image=image) for image in images.distinct()]
    RevisionImage.objects.bulk_create(links)
    return revision


@transaction.atomic
def withdraw(problem: Problem, *, by: User, comment: str = "") -> None:
    """Take a submission back; it can be reopened as a draft."""
    _move(problem, Move.WITHDRAW, by=by, comment=comment)


@transaction.atomic
def reopen(problem: Problem, *, by: User) -> None:
    """Make a withdrawn problem a draft again; its old approvals stay with the old revision."""
    _move(problem, Move.REOPEN, by=by)


@transaction.atomic
def request_changes(problem: Problem, *, by: User, comment: str, quote: str = "") -> None:
    """Return a submission to its author, saying what to change; `quote` is all that was said."""
    _move(problem, Move.REQUEST_CHANGES, by=by, comment=_said(comment), quote=quote)


@transaction.atomic
def approve(problem: Problem, *, by: User, comment: str = "", quote: str = "") -> None:
    """Mark the current revision approved; the database counts the approvals itself.

    `quote` is what was said with the last approval: its author is told of both at once.
    """
    _hold(problem)
    if is_disputed(problem):
        raise WrongMomentError("A reviewer rejected it: an editor decides, and says why.")
    _require_approvals(problem)
    _move(problem, Move.APPROVE, by=by, comment=comment, quote=quote)


@transaction.atomic
def overrule(problem: Problem, *, by: User, comment: str) -> None:
    """An editor's decision where reviewers disagree: the approvals count, signed with a reason."""
    reason = _said(comment)
    _hold(problem)
    _require_uninvolved(problem, by)
    if not is_disputed(problem):
        raise WrongMomentError("No reviewer rejected it: it is approved by its approvals alone.")
    _require_approvals(problem)
    _move(problem, Move.OVERRULE, by=by, comment=reason)


@transaction.atomic
def send_back(problem: Problem, *, by: User, comment: str) -> None:
    """An editor's decision that the author should mend it, signed with a reason."""
    reason = _said(comment)
    _hold(problem)
    _require_uninvolved(problem, by)
    _move(problem, Move.RETURN, by=by, comment=reason)


def _hold(problem: Problem) -> None:
    """Let nobody judge or move it until the transaction ends; it must be as it was loaded."""
    now = Problem.objects.select_for_update(of=("self",)).get(pk=problem.pk)
    if now.current_revision_id != problem.current_revision_id:
        raise WrongMomentError("The author submitted a newer revision. Reload the page.")


def _require_uninvolved(problem: Problem, person: User) -> None:
    """Asked once more under the lock: an editor may have judged it a moment ago."""
    judged = Review.objects.of_problem(problem).by(person)
    if problem.author_id == person.pk or judged.exists():
        raise WrongMomentError(
            "Whoever wrote or reviewed a problem does not decide it. Ask another editor."
        )


def _require_approvals(problem: Problem) -> None:
    revision = problem.current_revision
    if revision is None or not has_enough_approvals(revision):
        raise WrongMomentError("This revision has too few approvals.")
    require_clear([revision.pk])


def is_disputed(problem: Problem) -> bool:
    """Whether somebody rejected it, in this revision or an earlier one, and no editor decided."""
    return Review.objects.of_problem(problem).standing_rejections().exists()


def has_enough_approvals(revision: Revision) -> bool:
    """Whether as many others approved as the revision needs."""
    return revision.reviews.approvals().count() >= revision.required_approvals


@transaction.atomic
def reject(problem: Problem, *, by: User, comment: str) -> None:
    """An editor's decision to refuse a problem for good, signed with a reason."""
    reason = _said(comment)
    _hold(problem)
    _require_uninvolved(problem, by)
    _move(problem, Move.REJECT, by=by, comment=reason)


@transaction.atomic
def publish(problems: Sequence[Problem], *, by: User, comment: str) -> None:
    """Mark as published what a release lists."""
    _move_all(problems, Move.PUBLISH, by=by, comment=comment)


@transaction.atomic
def take_over(revision: Revision, *, by: User, comment: str) -> None:
    """Mark approved what an imported release brought; its provenance stands for approvals."""
    _move(revision.problem, Move.IMPORT, by=by, comment=_said(comment), current_revision=revision)


@transaction.atomic
def retire(problem: Problem, *, by: User, comment: str) -> None:
    """Keep a published problem out of the next releases, saying why."""
    _move(problem, Move.RETIRE, by=by, comment=_said(comment))


def _said(comment: str) -> str:
    if not comment.strip():
        raise InvalidContentError("Say why: the author and the history need the reason.")
    return comment.strip()
