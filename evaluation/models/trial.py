"""Trials: a draft tried on a model by its author, asked four ways."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from curation.domain.content import ProblemContent
from curation.models import DraftRevision, Problem, User
from evaluation.domain.outcomes import Outcome
from evaluation.domain.trial_arms import Arm
from evaluation.models.answered import HasAnswer
from evaluation.models.endpoint import ModelEndpoint


class TrialStatus(models.TextChoices):
    """How far a trial is. Only `trials` moves it."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Being asked"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Failed"


UNFINISHED = (TrialStatus.QUEUED, TrialStatus.RUNNING)
_ANSWERS = [kind.value for kind in Outcome if kind.is_answer]


class TrialQuerySet(models.QuerySet["Trial"]):
    """Which trials?"""

    def of_problem(self, problem: Problem) -> Self:
        """Those of all its drafts, the newest first."""
        return self.filter(draft__problem=problem).order_by("-asked_at", "-id")

    def on(self, endpoint: ModelEndpoint) -> Self:
        """Those that ask this endpoint."""
        return self.filter(endpoint=endpoint)

    def unfinished(self) -> Self:
        """Those that still have something to do."""
        return self.filter(status__in=UNFINISHED)

    def not_failed(self) -> Self:
        """Those that brought an answer, or still may."""
        return self.exclude(status=TrialStatus.FAILED)

    def asked_since(self, moment: datetime, *, by: User) -> Self:
        """Those that one person asked from a moment on."""
        return self.filter(asked_by=by, asked_at__gte=moment)

    def free_at(self, moment: datetime) -> Self:
        """Those with something to do that no living worker holds."""
        is_dead = Q(status=TrialStatus.RUNNING, leased_until__lt=moment)
        return self.filter(Q(status=TrialStatus.QUEUED) | is_dead)

    def tried(self, times: int) -> Self:
        """Those that so many workers took up."""
        return self.filter(attempts__gte=times)

    def held_at(self, moment: datetime) -> Self:
        """Those that a living worker holds."""
        return self.filter(leased_until__gte=moment)

    def held_by(self, token: uuid.UUID) -> Self:
        """Those that one worker holds."""
        return self.filter(status=TrialStatus.RUNNING, lease_token=token)

    def with_parts(self) -> Self:
        """With draft, endpoint, person and answers, in two queries at any number of rows."""
        return self.select_related("draft", "endpoint", "asked_by").prefetch_related("answers")


class Trial(models.Model):
    """One endpoint asked one frozen draft in every arm. Its answers say how far it is."""

    # Goes with a draft that is thrown away, of which a `ForgottenTrial` is left.
    draft = models.ForeignKey(DraftRevision, on_delete=models.CASCADE, related_name="trials")
    endpoint = models.ForeignKey(ModelEndpoint, on_delete=models.PROTECT, related_name="trials")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="trials"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    # Decides what a baseline draws; asking again takes another one.
    seed = models.PositiveIntegerField(default=0)

    status = models.CharField(max_length=10, choices=TrialStatus, default=TrialStatus.QUEUED)
    failure = models.TextField(blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    # Counted when it is taken up, so that one that kills its worker ends as well.
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=TrialStatus.values), name="trial_status_is_known"
            ),
            models.UniqueConstraint(
                fields=("draft", "endpoint"),
                condition=Q(status__in=UNFINISHED),
                name="trial_unfinished_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=TrialStatus.RUNNING,
                    lease_token__isnull=False,
                    leased_until__isnull=False,
                )
                | Q(
                    ~Q(status=TrialStatus.RUNNING),
                    lease_token__isnull=True,
                    leased_until__isnull=True,
                ),
                name="trial_running_iff_held",
            ),
            models.CheckConstraint(
                condition=Q(status__in=UNFINISHED, finished_at__isnull=True)
                | Q(~Q(status__in=UNFINISHED), finished_at__isnull=False),
                name="trial_ended_iff_it_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(Q(status=TrialStatus.FAILED), ~Q(failure=""))
                | Q(~Q(status=TrialStatus.FAILED), failure=""),
                name="trial_failed_iff_it_says_why",
            ),
        ]
        indexes = [
            # asked_since: what is left of a person's day
            models.Index(fields=("asked_by", "-asked_at"), name="trial_by_person"),
            # free_at: the sweep, which must not read what ended long ago
            models.Index(
                fields=("status",), condition=Q(status__in=UNFINISHED), name="trial_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft.problem} on {self.endpoint}"

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status not in UNFINISHED

    def content(self) -> ProblemContent:
        """What is asked, as it was frozen."""
        return self.draft.content()


class ForgottenTrialQuerySet(models.QuerySet["ForgottenTrial"]):
    """Which forgotten trials?"""

    def asked_since(self, moment: datetime, *, by: User) -> Self:
        """Those that one person asked from a moment on."""
        return self.filter(asked_by=by, asked_at__gte=moment)


class ForgottenTrial(models.Model):
    """What is left of a trial whose draft was thrown away: that this endpoint was asked.

    Without it whoever throws drafts away could ask without end. Nothing of what was asked or
    answered is kept.
    """

    endpoint = models.ForeignKey(ModelEndpoint, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()

    objects = ForgottenTrialQuerySet.as_manager()

    class Meta:
        indexes = [
            # asked_since: what is left of a person's day
            models.Index(fields=("asked_by", "-asked_at"), name="forgotten_trial_by_person"),
        ]

    def __str__(self) -> str:
        return f"a draft thrown away on {self.endpoint}"


@receiver(pre_delete, sender=Trial)
def _remember(instance: Trial, **_: object) -> None:
    """Leave what counts for a day, in the transaction that deletes."""
    if instance.status != TrialStatus.FAILED:
        ForgottenTrial.objects.create(
            endpoint_id=instance.endpoint_id,
            asked_by_id=instance.asked_by_id,
            asked_at=instance.asked_at,
        )


class TrialAnswer(HasAnswer):
    """What became of one arm. ``score`` is that of exact match, null where nothing was answered."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="answers")
    arm = models.CharField(max_length=10, choices=[(arm.value, arm.label) for arm in Arm])
    prompt_sha256 = models.CharField(max_length=64)
    score = models.FloatField(null=True, blank=True)
    explanation = models.TextField(blank=True)
    answered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("trial", "arm"), name="trial_answer_once_an_arm"),
            models.CheckConstraint(
                condition=Q(arm__in=[arm.value for arm in Arm]), name="trial_answer_arm_is_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=[kind.value for kind in Outcome]),
                name="trial_answer_outcome_is_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=_ANSWERS, score__isnull=False, score__gte=0, score__lte=1)
                | Q(~Q(outcome__in=_ANSWERS), score__isnull=True),
                name="trial_answer_scored_iff_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{Arm(self.arm).label}: {self.outcome}"

    @property
    def is_right(self) -> bool:
        """Whether it has the full score."""
        return self.score == 1
