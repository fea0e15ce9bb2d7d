"""Runs: one endpoint asked every problem of one release under one protocol."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from curation.models import Release
from evaluation.domain.protocol import Protocol
from evaluation.models.endpoint import ModelEndpoint


class RunStatus(models.TextChoices):
    """How far a run is. Only `runs` moves it."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    FINISHED = "finished", "Finished"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED)


class RunQuerySet(models.QuerySet["Run"]):
    """Which runs?"""

    def unfinished(self) -> Self:
        """Those that still have something to do."""
        return self.filter(status__in=UNFINISHED)

    def settled(self) -> Self:
        """Those that came to an end, finished or not."""
        return self.exclude(status__in=UNFINISHED)

    def running(self) -> Self:
        """Those being worked off."""
        return self.filter(status=RunStatus.RUNNING)

    def workable(self) -> Self:
        """Those queued or running, and those whose pause has come to its end."""
        return self.unfinished().exclude(
            Q(resume_at__isnull=True) | Q(resume_at__gt=Now()), status=RunStatus.PAUSED
        )

    def finished(self) -> Self:
        """Those that came to their end, newest first."""
        return self.filter(status=RunStatus.FINISHED).order_by("-finished_at", "-id")

    def with_budget_locked(self, run_id: int) -> "Run | None":
        """The run if it has a budget, held until the transaction ends."""
        budgeted = self.filter(pk=run_id, budget__isnull=False).select_related("endpoint")
        return budgeted.select_for_update(of=("self",)).first()

    def with_parts(self) -> Self:
        """With release, endpoint and who started it, in one query."""
        return self.select_related("release", "endpoint", "started_by")


class Run(models.Model):
    """One measurement. Its rows, the predictions, are the truth about how far it is."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="runs")
    endpoint = models.ForeignKey(ModelEndpoint, on_delete=models.PROTECT, related_name="runs")
    protocol_json = models.JSONField()
    protocol_sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=RunStatus, default=RunStatus.QUEUED)
    # Why it stopped or rests before its end, for those who can do something about it.
    failure = models.TextField(blank=True)
    # When a paused run goes on by itself, to see whether the endpoint answers again.
    resume_at = models.DateTimeField(null=True, blank=True)
    # What it may cost, in the currency of the endpoint's prices; it pauses before it costs more.
    budget = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    # Problems of the release that cannot be asked under this protocol.
    excluded_count = models.PositiveIntegerField(default=0)
    manifest = models.JSONField(default=dict)
    # Of the files that it was read from, where nothing was asked here.
    import_sha256 = models.CharField(max_length=64, blank=True)

    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="runs"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=RunStatus.values), name="run_status_is_known"
            ),
            models.UniqueConstraint(
                fields=("release", "endpoint", "protocol_sha256"),
                condition=Q(status__in=UNFINISHED),
                name="run_unfinished_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=UNFINISHED) | Q(finished_at__isnull=False),
                name="run_ended_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(status=RunStatus.PAUSED) | Q(resume_at__isnull=True),
                name="run_resumes_iff_paused",
            ),
            models.CheckConstraint(
                condition=Q(budget__isnull=True) | Q(budget__gte=0), name="run_budget_is_money"
            ),
            models.UniqueConstraint(
                fields=("release", "endpoint", "protocol_sha256", "import_sha256"),
                condition=~Q(import_sha256=""),
                name="run_imported_once",
            ),
            models.CheckConstraint(
                condition=Q(import_sha256="") | Q(status=RunStatus.FINISHED),
                name="run_imported_is_finished",
            ),
        ]
        indexes = [
            # finished: the leaderboard of a release
            models.Index(fields=("release", "status", "-finished_at"), name="run_by_release"),
            # unfinished: the sweep
            models.Index(fields=("status",), name="run_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} on {self.release}, {self.protocol.label}"

    @property
    def protocol(self) -> Protocol:
        """What is asked, as a value."""
        return Protocol.from_json(self.protocol_json)

    @property
    def is_paused(self) -> bool:
        """Whether it rests until somebody, or its time, lets it go on."""
        return self.status == RunStatus.PAUSED

    @property
    def is_imported(self) -> bool:
        """Whether its predictions were made elsewhere, and nothing was asked here."""
        return bool(self.import_sha256)

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.status not in UNFINISHED
