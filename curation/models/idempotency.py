"""What was answered to a request with an idempotency key, so that a repeated one is not redone."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from curation.models.user import User


class IdempotentRequestQuerySet(models.QuerySet["IdempotentRequest"]):
    """Which requests?"""

    def known(self, person: "User", key: str) -> Self:
        """The one of this person with this key, if there is one."""
        return self.filter(person=person, key=key)

    def held_by(self, lease: uuid.UUID) -> Self:
        """The one that is being answered under this lease."""
        return self.filter(lease=lease, http_status=None)

    def expired_at(self, moment: datetime) -> Self:
        """Those that nobody repeats any more."""
        return self.filter(expires_at__lte=moment)


class IdempotentRequest(models.Model):
    """One write under one key: being answered under a lease, or answered."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="idempotent_requests"
    )
    key = models.CharField(max_length=255)
    # SHA-256 of method, path and body: the same key with another request is refused.
    fingerprint = models.CharField(max_length=64)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.TextField(blank=True)
    lease = models.UUIDField()
    leased_until = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)  # expired_at: the sweep

    objects = IdempotentRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("person", "key"), name="idempotent_request_once"),
            models.CheckConstraint(
                condition=Q(http_status__isnull=False) | Q(body=""),
                name="idempotent_request_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.person}"
