"""Judges: a model's verdicts on stored answers. The same text is judged once, whoever asks."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from evaluation.domain.outcomes import Outcome
from evaluation.domain.scoring.judges import judge_scorer
from evaluation.models.endpoint import ModelEndpoint
from evaluation.models.prediction import Prediction
from evaluation.models.run import Run


class JudgingStatus(models.TextChoices):
    """How far a judging is. Only `judging` moves it."""

    RUNNING = "running", "Being judged"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Failed"


class VerdictQuerySet(models.QuerySet["Verdict"]):
    """Which verdicts?"""

    def of_judging(self, judging_id: int) -> Self:
        """Those that one judging needs."""
        links = JudgedAnswer.objects.filter(judging=judging_id, verdict=OuterRef("pk"))
        return self.filter(Exists(links))

    def unfinished(self) -> Self:
        """Those still to be given."""
        return self.filter(outcome="")

    def free_at(self, moment: datetime) -> Self:
        """Those still to be given that no living worker holds."""
        is_free = Q(leased_until__isnull=True) | Q(leased_until__lt=moment)
        return self.unfinished().filter(is_free)

    def held_at(self, moment: datetime) -> Self:
        """Those that a living worker holds."""
        return self.filter(leased_until__gte=moment)

    def held_by(self, token: uuid.UUID) -> Self:
        """Those that one worker holds."""
        return self.unfinished().filter(lease_token=token)

    def failed(self) -> Self:
        """Those that the judge could not be asked for."""
        return self.filter(outcome=Outcome.ERROR)


class Verdict(models.Model):
    """What one judge says of one text. ``value`` is 1 or 0, null where it said neither."""

    # Over question, answer, response, the judge's model and the prompt.
    key = models.CharField(max_length=64, unique=True)
    judge_model = models.CharField(max_length=200)
    prompt_sha256 = models.CharField(max_length=64)
    outcome = models.CharField(
        max_length=10, choices=[(kind.value, kind.value) for kind in Outcome], blank=True
    )
    value = models.PositiveSmallIntegerField(null=True, blank=True)
    reply = models.TextField(blank=True)
    error = models.CharField(max_length=500, blank=True)
    served_model = models.CharField(max_length=200, blank=True)
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    given_at = models.DateTimeField(null=True, blank=True)

    objects = VerdictQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=Outcome.OK.value, value__in=(0, 1))
                | Q(~Q(outcome=Outcome.OK.value), value__isnull=True),
                name="verdict_value_iff_ok",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.judge_model}: {self.outcome or 'not yet'}"


class JudgingQuerySet(models.QuerySet["Judging"]):
    """Which judgings?"""

    def of_run(self, run: Run) -> Self:
        """Those of one run with their judges, the oldest first, with how far they are."""
        kinds = {
            "total": Q(),
            "given": ~Q(answers__verdict__outcome=""),
            "unparsable": Q(answers__verdict__outcome=Outcome.UNPARSABLE),
            "errors": Q(answers__verdict__outcome=Outcome.ERROR),
        }
        counts = {name: models.Count("answers", filter=kind) for name, kind in kinds.items()}
        return self.filter(run=run).select_related("endpoint").annotate(**counts).order_by("pk")

    def running(self) -> Self:
        """Those with something to do."""
        return self.filter(status=JudgingStatus.RUNNING)

    def settled(self) -> Self:
        """Those with nothing to do."""
        return self.exclude(status=JudgingStatus.RUNNING)

    def judged_with(self, verdicts: Iterable[int]) -> Self:
        """Those in which one of these verdicts counts."""
        links = JudgedAnswer.objects.filter(judging=OuterRef("pk"), verdict__in=list(verdicts))
        return self.filter(Exists(links))

    def resumable_at(self, moment: datetime) -> Self:
        """Those with a verdict that nobody is asking for, or with nothing left but their end."""
        links = JudgedAnswer.objects.filter(judging=OuterRef("pk"))
        waiting = links.filter(verdict__in=Verdict.objects.unfinished())
        free = links.filter(verdict__in=Verdict.objects.free_at(moment))
        return self.running().filter(Exists(free) | ~Exists(waiting))


class Judging(models.Model):
    """One judge over the answers of one run, under one prompt."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="judgings")
    endpoint = models.ForeignKey(ModelEndpoint, on_delete=models.PROTECT, related_name="judgings")
    prompt_sha256 = models.CharField(max_length=64)
    # The name that its scores have; the endpoint may be renamed.
    scorer = models.CharField(max_length=140)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="judgings"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    status = models.CharField(max_length=10, choices=JudgingStatus, default=JudgingStatus.RUNNING)
    failure = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    total: int  # of `of_run`
    given: int
    unparsable: int
    errors: int

    objects = JudgingQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=("run", "endpoint", "prompt_sha256"), name="judging_once_a_judge"
            ),
            models.CheckConstraint(
                condition=Q(status__in=JudgingStatus.values), name="judging_status_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run}, judged by {self.endpoint}"

    @staticmethod
    def scorer_of(endpoint: ModelEndpoint) -> str:
        """The scorer's name of a judge."""
        return judge_scorer(endpoint.name)


class JudgedAnswerQuerySet(models.QuerySet["JudgedAnswer"]):
    """Which judged answers?"""

    def of_prediction(self, prediction: Prediction) -> Self:
        """What judges were asked about one prediction, with judging and verdict."""
        rows = self.filter(prediction=prediction).exclude(verdict__outcome="")
        return rows.select_related("judging", "verdict")

    def with_verdict(self, verdicts: Iterable[int]) -> Self:
        """Those on which one of these was given, with all that a score needs."""
        given = self.filter(verdict__in=list(verdicts), verdict__outcome=Outcome.OK)
        return given.select_related("judging", "verdict")


class JudgedAnswer(models.Model):
    """An answer of a run and the verdict on its text, which other answers may share."""

    judging = models.ForeignKey(Judging, on_delete=models.CASCADE, related_name="answers")
    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="judged")
    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="answers")

    objects = JudgedAnswerQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("judging", "prediction"), name="judged_once_a_judging"),
        ]

    def __str__(self) -> str:
        return f"{self.prediction}, {self.verdict}"
