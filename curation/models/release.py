"""Releases: frozen, versioned sets of approved revisions with their files."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Sum

from curation.models.problem import Problem
from curation.models.revision import Revision
from curation.models.status import Status

# MAJOR.MINOR.PATCH of Semantic Versioning 2.0.0, without pre-release parts.
VERSION_PATTERN = r"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$"


class ReleaseStatus(models.TextChoices):
    """How far the writing of a release's files is."""

    QUEUED = "queued", "Queued"
    WRITING = "writing", "Writing files"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    STOPPED = "stopped", "Stopped"


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Which releases?"""

    def ready(self) -> Self:
        """Those whose files are complete."""
        return self.filter(status=ReleaseStatus.READY)

    def listing(self, problem: Problem) -> Self:
        """Those that have this problem, the first one first."""
        return self.filter(items__problem=problem).order_by("pk")

    def with_size(self) -> Self:
        """Newest first, with `problem_count` and the `byte_size` of all files."""
        size = ReleaseFile.objects.filter(release=OuterRef("pk")).order_by().values("release")
        sized = self.select_related("cut_by").annotate(
            problem_count=Count("items"),
            byte_size=Subquery(size.annotate(total=Sum("byte_size")).values("total")),
        )
        return sized.order_by("-cut_at", "-id")  # counting groups, and groups lose Meta.ordering

    def unsettled(self) -> Self:
        """Those whose files are to be written, or are being written."""
        return self.filter(status__in=(ReleaseStatus.QUEUED, ReleaseStatus.WRITING))

    def stopped(self) -> Self:
        """Those that an editor stopped."""
        return self.filter(status=ReleaseStatus.STOPPED)

    def given_up(self) -> Self:
        """Those whose files nobody writes until an editor asks for it."""
        return self.filter(status__in=(ReleaseStatus.FAILED, ReleaseStatus.STOPPED))

    def unwritten_at(self, moment: datetime) -> Self:
        """Those that no living worker is writing."""
        waiting = Q(status=ReleaseStatus.QUEUED)
        abandoned = Q(status=ReleaseStatus.WRITING, leased_until__lt=moment)
        return self.filter(waiting | abandoned)


class Release(models.Model):
    """One version: a list of revisions that never changes, and the files made from it."""

    Status = ReleaseStatus

    version = models.CharField(
        max_length=20,
        unique=True,
        validators=[RegexValidator(VERSION_PATTERN, "A version looks like 1.0.0.")],
    )
    notes = models.TextField(blank=True)
    # What its card says of people and settings that may change later: same release, same bytes.
    card = models.JSONField(default=dict, blank=True)
    revisions = models.ManyToManyField(Revision, through="ReleaseItem", related_name="releases")
    cut_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="releases"
    )
    cut_at = models.DateTimeField(auto_now_add=True)

    status = models.CharField(max_length=10, choices=ReleaseStatus, default=ReleaseStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ("-cut_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=ReleaseStatus.values), name="release_status_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.version

    @property
    def is_ready(self) -> bool:
        """Whether its files are complete."""
        return self.status == ReleaseStatus.READY

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.status not in {ReleaseStatus.QUEUED, ReleaseStatus.WRITING}


class ReleaseItemQuerySet(models.QuerySet["ReleaseItem"]):
    """Which items?"""

    def retired(self) -> Self:
        """Those whose problem was retired since, in the release's order."""
        return self.filter(problem__status=Status.RETIRED).select_related("problem")


class ReleaseItem(models.Model):
    """One revision in one release. The database refuses one that k others did not approve."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="items")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="release_items")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="release_items")
    position = models.PositiveIntegerField()

    objects = ReleaseItemQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=("release", "problem"), name="release_problem_once"),
            models.UniqueConstraint(fields=("release", "position"), name="release_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.revision} in {self.release}"


class ReleaseFileQuerySet(models.QuerySet["ReleaseFile"]):
    """Which files?"""

    def of_ready_releases(self) -> Self:
        """Those that may be downloaded."""
        return self.filter(release__status=ReleaseStatus.READY)

    def outside_images(self) -> Self:
        """All but the pictures, of which a release has hundreds."""
        return self.exclude(path__startswith="images/")


class ReleaseFile(models.Model):
    """One file of a release, as the manifest lists it."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="files")
    path = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    byte_size = models.PositiveBigIntegerField()

    objects = ReleaseFileQuerySet.as_manager()

    class Meta:
        ordering = ("path",)
        constraints = [
            models.UniqueConstraint(fields=("release", "path"), name="release_file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.path} of {self.release}"
