"""Invitations: the only way in. The link carries a secret of which only the hash is kept."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef

from curation.models.roles import HasRoles
from curation.models.specialty import Specialty


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Which invitations?"""

    def open_at(self, moment: datetime) -> Self:
        """Those that can still be accepted."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=moment)

    def unanswered(self) -> Self:
        """The last to each address, unless accepted or revoked; also those that expired."""
        later = Invitation.objects.filter(email=OuterRef("email"), pk__gt=OuterRef("pk"))
        return self.filter(~Exists(later), accepted_at=None, revoked_at=None)

    def open_to(self, email: str, moment: datetime) -> "Invitation | None":
        """The one by which the holder of this address may join, if there is one."""
        return self.open_at(moment).filter(email=email.strip().lower()).first()


class Invitation(HasRoles):
    """One person asked to join with given roles, until a given time."""

    email = models.EmailField("e-mail")
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, null=True, blank=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations_sent"
    )
    invited_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invitation",
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ("-invited_at",)
        constraints = [
            models.CheckConstraint(
                name="invitation_accepted_by_someone",
                condition=models.Q(accepted_at=None, accepted_by=None)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.email
