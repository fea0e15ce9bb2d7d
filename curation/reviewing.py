"""Judging what others submitted."""

from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from curation import auditing, claiming, commenting, workflow
from curation.clearance import require_clear
from curation.domain.checklist import ITEMS
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import (
    ANNOTATION_CHOICES,
    Claim,
    Comment,
    Problem,
    Review,
    Revision,
    Specialty,
    Status,
    User,
    Verdict,
)
from curation.notifications import tell_of_dispute, tell_of_verdict, words_of
from curation.permissions import has_seen_answer

type Checklist = Mapping[str, bool | None]
"""The items of `domain.checklist` by name: yes, no, or not sure (None)."""


@transaction.atomic
def record_review(
    revision: Revision,
    *,
    by: User,
    verdict: Verdict,
    comment: str,
    checklist: Checklist,
    annotations: Mapping[str, str],
) -> Review:
    """Keep a reviewer's verdict on a revision, send their comments, and let it take effect.

    `annotations` are those of the six that the reviewer chose. The verdict ends their claim.
    """
    # The lock puts verdicts given at the same moment one after the other.
    problem = Problem.objects.select_for_update(of=("self",)).get(pk=revision.problem_id)
    _require_open(problem, revision)
    _require_answered(revision, by)
    _require_known(checklist, annotations)
    comment = comment.strip() or _pointing(revision, verdict, by)
    _require_reason(revision, verdict, comment, checklist)
    held = revision.claims.by(by).first()
    claiming.take_place(revision, by)
    review = _write(
        revision,
        reviewer=by,
        verdict=verdict,
        comment=comment,
        checklist=dict(checklist),
        annotations=dict(annotations),
        seconds=_seconds_of(held),
    )
    claiming.end_claim(revision, by)
    comments = commenting.send_comments(revision, by)
    if review.verdict == Verdict.REJECT:
        tell_of_dispute(review)
    auditing.record_review(review)
    _take_effect(problem, review, comments)
    return review


def _require_open(problem: Problem, revision: Revision) -> None:
    if problem.status != Status.SUBMITTED:
        status = problem.get_status_display().lower()
        raise WrongMomentError(f"This problem is {status} by now; it takes no reviews.")
    if problem.current_revision_id != revision.pk:
        raise WrongMomentError("The author submitted a newer revision. Review that one instead.")


def _require_answered(revision: Revision, by: User) -> None:
    if by.pk != revision.problem.author_id and not has_seen_answer(by, revision.problem):
        raise WrongMomentError(
            "Answer the query first, alone and then with its examples, or say why you skip it. "
            "Your verdict comes after you have seen the author's answer."
        )


def _require_known(checklist: Checklist, annotations: Mapping[str, str]) -> None:
    if not checklist.keys() <= ITEMS.keys():
        raise InvalidContentError("The checklist has changed. Reload the page to see it as it is.")
    known = {name: set(choices.values) for name, choices in ANNOTATION_CHOICES.items()}
    known["specialty"] = set(Specialty.objects.values_list("slug", flat=True))
    for name, value in annotations.items():
        if value not in known.get(name, set()):
            words = name.replace("_", " ")
            raise InvalidContentError(f"Choose the {words} from the list.")


def _pointing(revision: Revision, verdict: Verdict, by: User) -> str:
    """Where a request for changes says what should change, if only its comments do.

    A rejection is decided by an editor, who needs its reason as a whole.
    """
    waiting = Comment.objects.drafts().by(by).threads().on(revision).count()
    if verdict is not Verdict.REQUEST_CHANGES or not waiting:
        return ""
    number = "a comment" if waiting == 1 else f"{waiting} comments"
    return f"What should change is said in {number} at the places concerned."


def _require_reason(
    revision: Revision, verdict: Verdict, comment: str, checklist: Checklist
) -> None:
    if verdict is not Verdict.APPROVE:
        if not comment:
            raise InvalidContentError("Say what should change: the author sees your comment.")
        return
    unsure = [sentence for name, sentence in ITEMS.items() if checklist.get(name) is not True]
    if unsure:
        raise InvalidContentError(
            "Approve only what holds in every point of the checklist. You did not confirm: "
            + " ".join(f"“{sentence}”" for sentence in unsure)
        )
    require_clear([revision.pk])


def _seconds_of(claim: Claim | None) -> int | None:
    """From taking the place to the verdict."""
    if claim is None:
        return None
    return max(0, int((timezone.now() - claim.claimed_at).total_seconds()))


def _write(revision: Revision, **said: object) -> Review:
    try:
        with transaction.atomic():
            return Review.objects.create(revision=revision, **said)
    except IntegrityError as error:
        raise WrongMomentError(
            "Your verdict was not taken: a revision takes one review a person, never its author's."
        ) from error


def _take_effect(problem: Problem, review: Review, comments: Sequence[Comment]) -> None:
    """One request for changes returns the problem; enough approvals approve it.

    Where anybody rejected the problem, in this revision or an earlier one, it waits for an
    editor, who decides and says why: withdrawing and submitting again does not undo a rejection.
    The author hears once of the verdict and of the comments that came with it.
    """
    by, quote = review.reviewer, words_of(comments, review.comment)
    if review.verdict == Verdict.REQUEST_CHANGES:
        workflow.request_changes(problem, by=by, comment=review.comment, quote=quote)
    elif not workflow.is_disputed(problem) and workflow.has_enough_approvals(review.revision):
        workflow.approve(problem, by=by, quote=quote)
    elif comments:
        tell_of_verdict(review, comments)
