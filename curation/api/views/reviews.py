"""Revisions, and what was said of them, for those who may read it."""

from functools import partial
from typing import Any
from uuid import UUID

from curation.api.operations import ApiView, operation
from curation.api.paging import Paging, page_of
from curation.api.problems import RefusedError
from curation.api.serializers.problems import RevisionRowSerializer, RevisionSerializer
from curation.api.serializers.reviews import CommentSerializer, ReviewSerializer
from curation.api.shown import revision_content, revision_row
from curation.api.views.problems import fetch_problem
from curation.http import fetch_visible
from curation.models import AnswerSeen, Comment, Problem, Review, Revision, Scope, Status
from curation.naming import names_for
from curation.permissions import can_see_answer, is_member

_READ = Scope.READ_REVIEWS


class RevisionList(ApiView):
    """What was submitted of a problem."""

    @operation(
        "list_revisions",
        may=is_member,
        scope=Scope.READ_PROBLEMS,
        query=Paging,
        gives=RevisionRowSerializer,
    )
    def get(self, request: Any, problem_id: UUID) -> Any:
        """Its revisions, the first one first."""
        problem = fetch_problem(request, problem_id)
        knows = can_see_answer(request.user, problem)
        page = page_of(problem.revisions.all(), self.asked)
        return page.showing(partial(revision_row, knows=knows))


class RevisionDetail(ApiView):
    """One revision."""

    @operation("read_revision", may=is_member, scope=Scope.READ_PROBLEMS, gives=RevisionSerializer)
    def get(self, request: Any, revision_id: int) -> Any:
        """What it says; to a reviewer who has not answered it yet, what they are asked."""
        visible = Revision.objects.of_problems(Problem.objects.visible_to(request.user))
        revision = fetch_visible(visible.with_parts(), pk=revision_id)
        content = revision_content(request, revision)
        return {**revision_row(revision, knows=not content["is_blind"]), **content}


class ReviewList(ApiView):
    """Verdicts on a problem."""

    @operation(
        "list_reviews",
        may=is_member,
        scope=_READ,
        query=Paging,
        gives=ReviewSerializer,
    )
    def get(self, request: Any, problem_id: UUID) -> Any:
        """Those that you may read, on all its revisions, the first one first."""
        problem = _fetch_known(request, problem_id)
        name = names_for(request.user, problem)
        reviews = Review.objects.of_problem(problem).visible_to(request.user).with_parts()
        page = page_of(reviews, self.asked)
        return page.showing(lambda each: _review(each, name(each.reviewer)))


class CommentList(ApiView):
    """Comments on a problem."""

    @operation(
        "list_comments",
        may=is_member,
        scope=_READ,
        query=Paging,
        gives=CommentSerializer,
    )
    def get(self, request: Any, problem_id: UUID) -> Any:
        """Those that you may read, on all its revisions, the first one first."""
        problem = _fetch_known(request, problem_id)
        name = names_for(request.user, problem)
        comments = Comment.objects.of_problem(problem).visible_to(request.user)
        page = page_of(comments.select_related("revision", "written_by"), self.asked)
        return page.showing(lambda each: _comment(each, name(each.written_by)))


def _fetch_known(request: Any, problem_id: UUID) -> Problem:
    """A problem whose answer this person may know; what others say of it tells the answer."""
    problem = fetch_problem(request, problem_id)
    if not can_see_answer(request.user, problem):
        if problem.status != Status.SUBMITTED:
            raise RefusedError(403, "withheld", "Its answer is shown to those who judged it alone.")
        words = "Answer it blind first, on the page of the review: what you ask for tells it."
        raise RefusedError(409, "answer_blind_first", words)
    AnswerSeen.objects.note(problem, request.user)
    return problem


def _review(review: Review, name: str) -> dict[str, Any]:
    names = ("id", "verdict", "comment", "submitted_at")
    shown = {each: getattr(review, each) for each in names}
    return {**shown, "revision": review.revision.number, "reviewer": name}


def _comment(comment: Comment, name: str) -> dict[str, Any]:
    names = ("id", "panel", "field", "text", "written_at", "is_sent", "resolved_at")
    shown = {each: getattr(comment, each) for each in names}
    return {
        **shown,
        "revision": comment.revision.number,
        "parent": comment.parent_id,
        "written_by": name,
    }
