"""Claims: who is judging a revision now, and until when its place is kept for them."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from curation.models.revision import Revision

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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("problem", "reviewer"), name="assignment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.problem} for {self.reviewer}"
