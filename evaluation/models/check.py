"""Checks: what an endpoint was found to be able to do, and when."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Max, Q

from evaluation.models.endpoint import ModelEndpoint


class CheckStatus(models.TextChoices):
    """How far a check is."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Being checked"
    FINISHED = "finished", "Checked"


UNFINISHED = (CheckStatus.QUEUED, CheckStatus.RUNNING)
CAPABILITY_LABELS = {
    "reachable": "Reachable",
    "model": "Model listed",
    "context": "Context length told",
    "answers": "Answers",
    "images": "Each image arrives",
    "logprobs": "Log-probabilities given",
}


class EndpointCheckQuerySet(models.QuerySet["EndpointCheck"]):
    """Which checks?"""

    def of(self, endpoint: ModelEndpoint) -> Self:
        """Those of one endpoint, the newest first."""
        return self.filter(endpoint=endpoint).order_by("-pk")

    def free_at(self, moment: datetime) -> Self:
        """Those with something to do that no living worker holds."""
        is_dead = Q(status=CheckStatus.RUNNING, leased_until__lt=moment)
        return self.filter(Q(status=CheckStatus.QUEUED) | is_dead)

    def tried(self, times: int) -> Self:
        """Those that so many workers took up."""
        return self.filter(attempts__gte=times)

    def held_at(self, moment: datetime) -> Self:
        """Those that a living worker holds."""
        return self.filter(leased_until__gte=moment)

    def held_by(self, token: uuid.UUID) -> Self:
        """Those that one worker holds."""
        return self.filter(status=CheckStatus.RUNNING, lease_token=token)

    def with_parts(self) -> Self:
        """With endpoint and person, in one query."""
        return self.select_related("endpoint", "asked_by")

    def newest_of(self, endpoints: Iterable[ModelEndpoint]) -> dict[int, "EndpointCheck"]:
        """The newest that ended, by endpoint; one query at any number of endpoints."""
        ended = self.filter(status=CheckStatus.FINISHED, endpoint__in=list(endpoints))
        newest = ended.order_by().values("endpoint").annotate(newest=Max("pk")).values("newest")
        return {check.endpoint_id: check for check in self.with_parts().filter(pk__in=newest)}


class EndpointCheck(models.Model):
    """What one endpoint showed on one day. A record: it is never changed once it has ended."""

    endpoint = models.ForeignKey(ModelEndpoint, on_delete=models.CASCADE, related_name="checks")
    # As they were then; an endpoint may be given another address.
    base_url = models.CharField(max_length=500)
    model = models.CharField(max_length=200)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="endpoint_checks"
    )
    asked_at = models.DateTimeField(auto_now_add=True)

    status = models.CharField(max_length=10, choices=CheckStatus, default=CheckStatus.QUEUED)
    lease_token = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    capabilities = models.JSONField(default=list, blank=True)

    objects = EndpointCheckQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=CheckStatus.values), name="check_status_is_known"
            ),
            models.UniqueConstraint(
                fields=("endpoint",),
                condition=Q(status__in=UNFINISHED),
                name="check_unfinished_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=CheckStatus.RUNNING,
                    lease_token__isnull=False,
                    leased_until__isnull=False,
                )
                | Q(
                    ~Q(status=CheckStatus.RUNNING),
                    lease_token__isnull=True,
                    leased_until__isnull=True,
                ),
                name="check_running_iff_held",
            ),
            models.CheckConstraint(
                condition=Q(status=CheckStatus.FINISHED, finished_at__isnull=False)
                | Q(~Q(status=CheckStatus.FINISHED), finished_at__isnull=True),
                name="check_ended_iff_it_has_its_time",
            ),
        ]
        indexes = [
            # free_at: the sweep
            models.Index(
                fields=("status",), condition=Q(status__in=UNFINISHED), name="check_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint}, {self.get_status_display().lower()}"

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status not in UNFINISHED

    @property
    def is_of_another_address(self) -> bool:
        """Whether the endpoint was changed since."""
        return (self.base_url, self.model) != (self.endpoint.base_url, self.endpoint.model)

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        """Label, yes or no or unknown, and evidence of each capability, in order."""
        return [
            (CAPABILITY_LABELS.get(each["name"], each["name"]), each["shown"], each["evidence"])
            for each in self.capabilities
        ]

    @property
    def summary(self) -> str:
        """What matters most, in few words."""
        found = {each["name"]: each["shown"] for each in self.capabilities}
        if found.get("reachable") != "yes":
            return "not reached"
        if found.get("answers") != "yes":
            return "does not answer"
        images = {"yes": "sees images", "no": "sees no images"}
        return images.get(found.get("images", ""), "images not shown to arrive")
