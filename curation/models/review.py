"""Reviews: one reviewer's verdict on one revision, written once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q

from curation.models.history import StatusChange
from curation.models.problem import Problem, ProblemQuerySet
from curation.models.revision import Revision
from curation.models.status import Status

if TYPE_CHECKING:
    from curation.models.user import User


class Verdict(models.TextChoices):
    """What a reviewer says of a revision."""

    APPROVE = "approve", "Approve"
    REQUEST_CHANGES = "request_changes", "Request changes"
    REJECT = "reject", "Reject"


@dataclass(frozen=True, slots=True)
class Saying:
    """Who said what of which revision, and whether they review still."""

    problem: UUID
    revision: int
    reviewer: int
    verdict: str
    can_return: bool


class ReviewQuerySet(models.QuerySet["Review"]):
    """Which reviews?"""

    def of_problem(self, problem: Problem) -> Self:
        """Those of all its revisions, the newest revision's first."""
        return self.filter(revision__problem=problem).order_by("-revision__number", "submitted_at")

    def of_problems(self, problems: Iterable[Problem]) -> Self:
        """Those of all revisions of these."""
        return self.filter(revision__problem__in=list(problems))

    def settling(self) -> "models.QuerySet[Review, Any]":
        """The revisions under review that want no more verdicts: reviewers disagree, see `Places`.

        The rejections are looked at first, without the revisions' long texts: few are of what is
        under review.
        """
        rejected = Problem.objects.in_status(Status.SUBMITTED).filter(
            current_revision__in=self.rejections().values("revision")
        )
        under_review = self.filter(revision__in=rejected.values("current_revision"))
        counted = under_review.values("revision").annotate(given=Count("pk"))
        return counted.filter(given__gt=F("revision__required_approvals")).values("revision")

    def by(self, person: "User") -> Self:
        """Those of one reviewer."""
        return self.filter(reviewer=person)

    def visible_to(self, person: "User") -> Self:
        """For editors all, for authors those of their problems; else of what one judged oneself."""
        if person.is_editor:
            return self
        judged = Exists(Review.objects.by(person).filter(revision=OuterRef("revision")))
        return self.filter(Q(revision__problem__author=person) | judged)

    def with_parts(self) -> Self:
        """With reviewer, revision and problem, in one query."""
        return self.select_related("reviewer", "revision__problem")

    def sayings(self) -> list[Saying]:
        """What the places of revisions are counted from, without the rows' long texts."""
        names = ("revision__problem", "revision", "reviewer", "verdict")
        role = ("reviewer__is_reviewer", "reviewer__is_active")
        rows = self.order_by().values_list(*names, *role)
        return [
            Saying(problem, revision, reviewer, verdict, is_reviewer and is_active)
            for problem, revision, reviewer, verdict, is_reviewer, is_active in rows
        ]

    def asking_for_changes(self) -> Self:
        """Those that return the problem, with what should change."""
        return self.filter(verdict=Verdict.REQUEST_CHANGES)

    def approvals(self) -> Self:
        """Those that approve."""
        return self.filter(verdict=Verdict.APPROVE)

    def rejections(self) -> Self:
        """Those that reject."""
        return self.filter(verdict=Verdict.REJECT)

    def standing_rejections(self) -> Self:
        """Rejections over which no editor decided: neither of their revision nor of a later one."""
        decided = StatusChange.objects.settling().filter(
            problem=OuterRef("revision__problem"),
            revision__number__gte=OuterRef("revision__number"),
        )
        return self.rejections().filter(~Exists(decided))

    def disputed(self, problems: ProblemQuerySet) -> ProblemQuerySet:
        """Of these problems those under review although rejected: they wait for an editor."""
        rejected = self.standing_rejections().values("revision__problem")
        return problems.in_status(Status.SUBMITTED).filter(pk__in=rejected)


class Review(models.Model):
    """One verdict with its comment. Never by the author: a trigger refuses that."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews"
    )
    verdict = models.CharField(max_length=20, choices=Verdict)
    comment = models.TextField(blank=True)
    submitted_at = models.DateTimeField(auto_now_add=True)

    # What only a person can check: the items of `domain.checklist` by name, true if they hold.
    checklist = models.JSONField(default=dict, blank=True)
    # The six annotations as this reviewer would choose them.
    annotations = models.JSONField(default=dict, blank=True)
    # From the first page to the verdict.
    seconds = models.PositiveIntegerField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ("submitted_at",)
        constraints = [
            models.UniqueConstraint(fields=("revision", "reviewer"), name="review_once_a_person"),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="review_verdict_is_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.APPROVE) | ~Q(comment=""),
                name="review_says_why_not",
            ),
        ]
        indexes = [
            # standing_rejections: few among many approvals
            models.Index(fields=("verdict", "revision"), name="review_by_verdict"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} of {self.revision}"
