"""Releases: frozen, versioned sets of approved revisions with their files."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Sum

from curation.models.problem import Problem
from curation.models.revision import Revision
from curation.models.user import User

# MAJOR.MINOR.PATCH of Semantic Versioning 2.0.0, without pre-release parts.
VERSION_PATTERN = r"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$"


class ReleaseStatus(models.TextChoices):
    """How far the writing of a release's files is."""

    QUEUED = "queued", "Queued"
    WRITING = "writing", "Writing files"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    STOPPED = "stopped", "Stopped"


class ReleaseStage(models.TextChoices):
    """Who may rely on a release: nobody yet, everybody, nobody any more."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    YANKED = "yanked", "Yanked"


class ReleaseMove(models.TextChoices):
    """What an editor does with a release, if now is the moment."""

    STOP = "stop", "Stop writing its files"
    RETRY = "retry", "Write its files again"
    PUBLISH = "publish", "Publish it"
    DISCARD = "discard", "Discard it"
    YANK = "yank", "Yank it"


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Which releases?"""

    def published(self) -> Self:
        """Those that stand: their files are complete and will never change."""
        return self.filter(stage=ReleaseStage.PUBLISHED)

    def drafts(self) -> Self:
        """The one that editors alone see, if there is one."""
        return self.filter(stage=ReleaseStage.DRAFT)

    def visible_to(self, person: User | AnonymousUser) -> Self:
        """For editors all; for others no drafts; without signing in, those that are for all."""
        if not isinstance(person, User):
            return self.filter(is_public=True).exclude(stage=ReleaseStage.DRAFT)
        return self if person.is_editor else self.exclude(stage=ReleaseStage.DRAFT)

    def public(self) -> Self:
        """Those that everybody sees, the newest first, also those that were yanked."""
        return self.visible_to(AnonymousUser()).order_by("-published_at", "-pk")

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
    Stage = ReleaseStage

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
    # Of all that is drawn: which problems are held out, the orders of the permuted set.
    seed = models.PositiveIntegerField(default=42)
    held_out_percent = models.PositiveSmallIntegerField(default=0)

    stage = models.CharField(max_length=10, choices=ReleaseStage, default=ReleaseStage.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    yanked_at = models.DateTimeField(null=True, blank=True)
    yanked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    yanked_because = models.TextField(blank=True)
    # Whether it is read and downloaded without signing in.
    is_public = models.BooleanField(default=True)

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
            models.CheckConstraint(
                condition=Q(stage=ReleaseStage.DRAFT, published_at=None)
                | Q(stage=ReleaseStage.PUBLISHED, published_at__isnull=False, yanked_at=None)
                | (Q(stage=ReleaseStage.YANKED, yanked_at__isnull=False) & ~Q(yanked_because="")),
                name="release_stage_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(held_out_percent__lte=90), name="release_holds_not_all_out"
            ),
            models.UniqueConstraint(
                fields=("stage",),
                condition=Q(stage=ReleaseStage.DRAFT),
                name="release_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return self.version

    @property
    def is_draft(self) -> bool:
        """Whether editors alone see it yet."""
        return self.stage == ReleaseStage.DRAFT

    @property
    def is_yanked(self) -> bool:
        """Whether it was taken back."""
        return self.stage == ReleaseStage.YANKED

    @property
    def is_ready(self) -> bool:
        """Whether its files are complete."""
        return self.status == ReleaseStatus.READY

    @property
    def open_moves(self) -> list[ReleaseMove]:
        """What can be done with it now."""
        is_open = {
            ReleaseMove.STOP: not self.is_settled,
            ReleaseMove.RETRY: self.status in {ReleaseStatus.FAILED, ReleaseStatus.STOPPED},
            ReleaseMove.PUBLISH: self.is_draft and self.is_ready,
            ReleaseMove.DISCARD: self.is_draft and self.status != ReleaseStatus.WRITING,
            ReleaseMove.YANK: self.stage == ReleaseStage.PUBLISHED,
        }
        return [move for move, is_possible in is_open.items() if is_possible]

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.status not in {ReleaseStatus.QUEUED, ReleaseStatus.WRITING}


class ReleaseFileQuerySet(models.QuerySet["ReleaseFile"]):
    """Which files?"""

    def downloadable_by(self, person: User | AnonymousUser) -> Self:
        """Those of releases that this person sees; of what was yanked, none."""
        visible = Release.objects.visible_to(person)
        return self.filter(release__in=visible, release__status=ReleaseStatus.READY).exclude(
            release__stage=ReleaseStage.YANKED
        )

    def outside_images(self) -> Self:
        """All but the pictures, of which a release has hundreds."""
        return self.exclude(path__startswith="images/")

    def images(self) -> Self:
        """The pictures."""
        return self.filter(path__startswith="images/")

    def summed(self) -> dict[str, int]:
        """How many they are, and their bytes."""
        sums = self.aggregate(count=Count("pk"), byte_size=Sum("byte_size"))
        return {name: total or 0 for name, total in sums.items()}

    def without_checksum(self) -> Self:
        """Those of before files were given in a ZIP, which needs to know their CRC-32."""
        return self.filter(crc32=None)


class ReleaseFile(models.Model):
    """One file of a release, as the manifest lists it."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="files")
    path = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    byte_size = models.PositiveBigIntegerField()
    crc32 = models.PositiveBigIntegerField(null=True, blank=True)  # for a ZIP made as it is read

    objects = ReleaseFileQuerySet.as_manager()

    class Meta:
        ordering = ("path",)
        constraints = [
            models.UniqueConstraint(fields=("release", "path"), name="release_file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.path} of {self.release}"
