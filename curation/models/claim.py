"""Claims: who is judging a revision now, and until when its place is kept for them.

And who is asked to, and who would rather not.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from curation.models.history import StatusChange
from curation.models.problem import Problem
from curation.models.review import Review
from curation.models.revision import Revision
from curation.models.status import Status

if TYPE_CHECKING:
    from curation.models.user import User


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Which claims?"""

    def held_at(self, moment: datetime) -> Self:
        """Those that still keep a place."""
        return self.filter(expires_at__gt=moment)

    def expired_at(self, moment: datetime) -> Self:
        """Those whose place may be taken over."""
        return self.filter(expires_at__lte=moment)

    def by(self, person: "User") -> Self:
        """Those of one reviewer."""
        return self.filter(reviewer=person)

    def on(self, *revisions: Revision) -> Self:
        """Those of these revisions, as their places are numbered."""
        return self.filter(revision__in=revisions).order_by("slot")

    def ended_by(self, change: StatusChange) -> Self:
        """Those on what this move took from the reviewers: nobody is to be reminded of it."""
        is_left = change.old == Status.SUBMITTED
        return self.filter(revision=change.revision_id) if is_left else self.none()

    def with_reviewer(self) -> Self:
        """With the name, in one query."""
        return self.select_related("reviewer")

    def filling(self) -> "models.QuerySet[Claim, Any]":
        """The revisions of which as many places are held as verdicts may still be wanted.

        Verdicts are counted for each of these few revisions: joined, all there are were read.
        """
        verdicts = Review.objects.filter(revision=OuterRef("revision")).order_by()
        given = verdicts.values("revision").annotate(given=Count("pk")).values("given")
        counted = self.values("revision").annotate(held=Count("pk"))
        wanted = F("revision__required_approvals") - Coalesce(Subquery(given), 0)
        return counted.filter(held__gte=wanted).values("revision")


class Claim(models.Model):
    """One of the places that a revision has for reviewers, held by one of them for a time.

    Giving the verdict or releasing the place ends the claim: its row goes.
    """

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="claims")
    # Numbered from 0; as many as verdicts are still wanted.
    slot = models.PositiveSmallIntegerField()
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="claims"
    )
    claimed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("revision", "slot"), name="claim_one_a_slot"),
            models.UniqueConstraint(fields=("revision", "reviewer"), name="claim_one_a_person"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("claimed_at")), name="claim_lasts_a_while"
            ),
        ]
        indexes = [
            # held_at of one reviewer: the queue
            models.Index(fields=("reviewer", "expires_at"), name="claim_by_reviewer"),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} holds {self.revision}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Which wishes?"""

    def with_people(self) -> Self:
        """With both names, in one query."""
        return self.select_related("reviewer", "assigned_by")

    def of_problems(self, problems: Iterable[Problem]) -> Self:
        """Those for these."""
        return self.filter(problem__in=list(problems)).order_by("assigned_at", "pk")

    def of(self, person: "User") -> Self:
        """What one reviewer is asked to judge."""
        return self.filter(reviewer=person)


class Assignment(models.Model):
    """An editor's wish that this reviewer judges this problem."""

    problem = models.ForeignKey(
        "curation.Problem", on_delete=models.PROTECT, related_name="assignments"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments"
    )
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    assigned_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("problem", "reviewer"), name="assignment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.problem} for {self.reviewer}"


class DeclineQuerySet(models.QuerySet["Decline"]):
    """Who would rather not?"""

    def by(self, person: "User") -> Self:
        """Those of one reviewer."""
        return self.filter(reviewer=person)

    def on(self, *revisions: Revision) -> Self:
        """Those of these revisions."""
        return self.filter(revision__in=revisions)


class Decline(models.Model):
    """A reviewer leaves a revision to others; taking a place after all ends it."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="declines")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="declines"
    )
    declined_at = models.DateTimeField(auto_now_add=True)

    objects = DeclineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("revision", "reviewer"), name="decline_once_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} leaves {self.revision} to others"
