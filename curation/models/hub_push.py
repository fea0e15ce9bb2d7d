"""Pushes: a release on its way to a repository of a hub of data sets."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from curation.models.release import Release

REPOSITORY_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$"


class HubPushStatus(models.TextChoices):
    """How far a push is."""

    QUEUED = "queued", "Waiting"
    PUSHING = "pushing", "Pushing"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    STOPPED = "stopped", "Stopped"


GOING_ON = (HubPushStatus.QUEUED, HubPushStatus.PUSHING)


class HubPushQuerySet(models.QuerySet["HubPush"]):
    """Which pushes?"""

    def unattended_at(self, moment: datetime) -> Self:
        """Those with work left that no living worker does, and that need not wait any longer."""
        waiting = Q(status=HubPushStatus.QUEUED) & (
            Q(not_before__isnull=True) | Q(not_before__lte=moment)
        )
        abandoned = Q(status=HubPushStatus.PUSHING, leased_until__lt=moment)
        return self.filter(waiting | abandoned)

    def of_release(self, release: Release) -> Self:
        """Those of one release, the newest first."""
        return self.filter(release=release).select_related("requested_by").order_by("-pk")

    def going_on(self) -> Self:
        """Those that are not over."""
        return self.filter(status__in=GOING_ON)


class HubPush(models.Model):
    """One release for one repository: how far its files are there."""

    Status = HubPushStatus

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="pushes")
    repository = models.CharField(
        max_length=200,
        validators=[RegexValidator(REPOSITORY_PATTERN, "A repository looks like name/dataset.")],
    )
    is_private = models.BooleanField(default=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="hub_pushes"
    )
    requested_at = models.DateTimeField(auto_now_add=True)

    status = models.CharField(max_length=10, choices=HubPushStatus, default=HubPushStatus.QUEUED)
    # How often it was taken up since files last arrived; whoever holds the lease works on.
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)  # as the hub asked
    done_files = models.PositiveIntegerField(default=0)
    total_files = models.PositiveIntegerField(default=0)
    done_bytes = models.PositiveBigIntegerField(default=0)
    total_bytes = models.PositiveBigIntegerField(default=0)
    commit_url = models.CharField(max_length=500, blank=True)
    failure = models.TextField(blank=True)

    objects = HubPushQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "hub pushes"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=HubPushStatus.values), name="hub_push_status_is_known"
            ),
            models.UniqueConstraint(
                fields=("repository",),
                condition=Q(status__in=GOING_ON),
                name="hub_push_one_a_repository",
            ),
        ]
        indexes = [
            # unattended_at: the sweep
            models.Index(fields=("status", "leased_until"), name="hub_push_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.release} to {self.repository}"

    @property
    def is_going_on(self) -> bool:
        """Whether something more will happen to it by itself."""
        return self.status in GOING_ON

    @property
    def can_be_retried(self) -> bool:
        """Whether it ended before all was there."""
        return self.status in {HubPushStatus.FAILED, HubPushStatus.STOPPED}
