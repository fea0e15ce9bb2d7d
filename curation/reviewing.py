"""Judging what others submitted."""

from django.db import IntegrityError, transaction

from curation import auditing, claiming, workflow
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import Problem, Review, Revision, Status, User, Verdict


@transaction.atomic
def record_review(revision: Revision, *, by: User, verdict: Verdict, comment: str) -> Review:
    """Keep a reviewer's verdict on a revision and let it take effect."""
    # The lock puts verdicts given at the same moment one after the other.
    problem = Problem.objects.select_for_update().get(pk=revision.problem_id)
    _require_open(problem, revision)
    if verdict is not Verdict.APPROVE and not comment.strip():
        raise InvalidContentError("Say what should change: the author sees your comment.")
    claiming.take_place(revision, by)
    review = _write(revision, by, verdict, comment.strip())
    claiming.end_claim(revision, by)
    auditing.record_review(review)
    _take_effect(problem, review)
    return review


def _require_open(problem: Problem, revision: Revision) -> None:
    if problem.status != Status.SUBMITTED:
        status = problem.get_status_display().lower()
        raise WrongMomentError(f"This problem is {status} by now; it takes no reviews.")
    if problem.current_revision_id != revision.pk:
        raise WrongMomentError("The author submitted a newer revision. Review that one instead.")


def _write(revision: Revision, by: User, verdict: Verdict, comment: str) -> Review:
    try:
        with transaction.atomic():
            return Review.objects.create(
                revision=revision, reviewer=by, verdict=verdict, comment=comment
            )
    except IntegrityError as error:
        raise WrongMomentError(
            "Your verdict was not taken: a revision takes one review a person, never its author's."
        ) from error


def _take_effect(problem: Problem, review: Review) -> None:
    """One request for changes returns the problem; enough approvals approve it.

    Where anybody rejected the problem, in this revision or an earlier one, it waits for an
    editor, who decides and says why: withdrawing and submitting again does not undo a rejection.
    """
    if review.verdict == Verdict.REQUEST_CHANGES:
        workflow.request_changes(problem, by=review.reviewer, comment=review.comment)
    elif Review.objects.of_problem(problem).rejections().exists():
        return
    elif workflow.has_enough_approvals(review.revision):
        workflow.approve(problem, by=review.reviewer)
