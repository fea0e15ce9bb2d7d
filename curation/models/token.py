"""Tokens by which programs act for a person. Of the secret only a hash is kept."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from curation.models.user import User


class Scope(models.TextChoices):
    """What a token is good for; never more than its person may do."""

    READ_RELEASES = "releases:read", "Read releases and download their files"
    WRITE_RELEASES = "releases:write", "Cut, publish, push, discard and yank releases"
    READ_RUNS = "runs:read", "Read runs, predictions and the leaderboard"
    WRITE_RUNS = "runs:write", "Start, cancel and import runs"
    READ_PROBLEMS = "problems:read", "Read the problems that I may see"
    WRITE_PROBLEMS = "problems:write", "Write my problems, submit and withdraw them"
    READ_REVIEWS = "reviews:read", "Read the verdicts and comments that I may see"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Which tokens?"""

    def of(self, person: "User") -> Self:
        """Those of one person, the newest first."""
        return self.filter(person=person)

    def open_at(self, moment: datetime) -> Self:
        """Those that still work."""
        return self.filter(revoked_at=None, expires_at__gt=moment)


class ApiToken(models.Model):
    """One program's way in, until it expires or is revoked."""

    Scope = Scope

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_tokens"
    )
    name = models.CharField(max_length=100)
    # Not secret: by it a token is found and recognized.
    prefix = models.CharField(max_length=12, unique=True)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # To the hour: a row is not written at every request.
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="apitoken_lasts_a_while"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    def is_open_at(self, moment: datetime) -> bool:
        """Whether it still works."""
        return self.revoked_at is None and self.expires_at > moment

    @property
    def scope_labels(self) -> list[str]:
        """What it is good for, in words."""
        return [str(Scope(scope).label) for scope in self.scopes]
