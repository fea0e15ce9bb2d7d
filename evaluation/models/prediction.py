"""Predictions: one query asked once, from its planning to its scores."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple, Self

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from curation.models import Revision
from evaluation.domain.choices import Choices
from evaluation.domain.outcomes import Outcome
from evaluation.domain.scoring import is_judge, scorer_label
from evaluation.models.answered import HasAnswer
from evaluation.models.inserting import insert_alike
from evaluation.models.run import Run, RunStatus

LEASE = timedelta(seconds=60)
LONGEST_DELAY = timedelta(minutes=15)


class PredictionStatus(models.TextChoices):
    """Whether it waits, is held by a worker, or has ended."""

    PENDING = "pending", "Pending"
    LEASED = "leased", "Being asked"
    DONE = "done", "Done"


class PlannedRow(NamedTuple):
    """What the predictions of a run differ in when they are planned, under their columns' names."""

    revision_id: int
    order: int
    repeat: int
    position: int
    shown_json: str
    matching_position: int | None
    is_answer_shown: bool
    prompt_sha256: str
    image_count: int
    choices_json: str | None


class PredictionQuerySet(models.QuerySet["Prediction"]):
    """Which predictions?"""

    def plan(self, run: Run, rows: Sequence[PlannedRow]) -> None:
        """Insert the predictions of a run, in this order."""
        insert_alike(self.model(run=run), PlannedRow._fields, rows)

    def of_run(self, run_id: int) -> Self:
        """Those of one run, in the order of the release."""
        return self.filter(run_id=run_id).order_by("id")

    def of_running_run(self, run_id: int) -> Self:
        """Those of a run that is at work, in the order in which they are asked."""
        rows = self.of_run(run_id).filter(run__status=RunStatus.RUNNING)
        return rows.order_by("position", "id")

    def pending(self) -> Self:
        """Those nobody holds and that have not ended, due or not."""
        return self.filter(status=PredictionStatus.PENDING)

    def due(self, within: timedelta = timedelta()) -> Self:
        """Those that may be asked now, by the database's clock, or in so little time.

        One that seems due later than anything is ever put off was written by a clock that jumped.
        """
        return self.pending().exclude(due_at__gt=Now() + within, due_at__lt=Now() + LONGEST_DELAY)

    def leased(self) -> Self:
        """Those that a living worker holds; none holds longer than a lease."""
        return self.filter(
            status=PredictionStatus.LEASED,
            leased_until__gte=Now(),
            leased_until__lte=Now() + 2 * LEASE,
        )

    def expired(self) -> Self:
        """Those whose worker did not come back in time."""
        is_out = Q(leased_until__lt=Now()) | Q(leased_until__gt=Now() + 2 * LEASE)
        return self.filter(is_out, status=PredictionStatus.LEASED)

    def askable(self) -> Self:
        """Those due, and those whose worker did not come back."""
        return self.due() | self.expired()

    def locked(self) -> Self:
        """The same, held until the transaction ends; those that others hold are left out."""
        if connection.features.has_select_for_update_skip_locked:
            return self.select_for_update(skip_locked=True, of=("self",))
        return self  # there a transaction that writes is the only one

    def held_by(self, token: uuid.UUID) -> Self:
        """Those that one worker holds."""
        return self.filter(status=PredictionStatus.LEASED, lease_token=token)

    def unfinished(self) -> Self:
        """Those that have not ended."""
        return self.exclude(status=PredictionStatus.DONE)

    def ended(self) -> Self:
        """Those that have."""
        return self.filter(status=PredictionStatus.DONE)

    def answered(self) -> Self:
        """Those that the model answered, readably or not."""
        return self.filter(outcome__in=[kind.value for kind in Outcome if kind.is_answer])

    def failed(self) -> Self:
        """Those that ended without the model's answer because the call failed."""
        return self.with_outcome(Outcome.ERROR)

    def with_outcome(self, outcome: Outcome) -> Self:
        """Those that ended this way."""
        return self.filter(outcome=outcome)

    def saying(self, text: str) -> Self:
        """Those in whose completion a text stands, in whatever case."""
        return self.filter(completion__icontains=text)

    def with_keys(self, keys: Iterable[int]) -> Self:
        """Those with these keys, in the order of the release."""
        return self.filter(pk__in=list(keys)).order_by("pk")

    def with_parts(self) -> Self:
        """With revision, problem and scores, in two queries at any number of rows."""
        return self.select_related("revision__problem").prefetch_related("scores")


class Prediction(HasAnswer):
    """One query under one order and repeat: planned, leased, answered, never asked unrecorded.

    Foreign examples and the form of the answer are those of its run's protocol.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="predictions")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="predictions")
    order = models.PositiveSmallIntegerField(default=0)
    repeat = models.PositiveSmallIntegerField(default=0)
    # When it is asked, from 1: what begins alike stands together, for the server's prefix cache.
    position = models.PositiveIntegerField(default=0)
    # Which examples are shown, as `variants` writes them; null where planned before that was kept.
    shown_json = models.JSONField(null=True, blank=True)
    # Whether a shown example has the query's answer; null where planned before that was kept.
    is_answer_shown = models.BooleanField(null=True, blank=True)
    # Where the last such example stands, from 1; null where none does.
    matching_position = models.PositiveSmallIntegerField(null=True, blank=True)
    # As planned; what is sent must have this hash.
    prompt_sha256 = models.CharField(max_length=64)
    image_count = models.PositiveSmallIntegerField()
    choices_json = models.JSONField(null=True, blank=True)
    # How likely the model finds each option, where these are ranked; null elsewhere.
    likelihoods_json = models.JSONField(null=True, blank=True)

    status = models.CharField(
        max_length=10, choices=PredictionStatus, default=PredictionStatus.PENDING
    )
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    # Counted when it is leased, so that one that kills its worker ends as well.
    attempts = models.PositiveSmallIntegerField(default=0)
    # When the first of these attempts was; there is an end to asking.
    first_asked_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("run", "revision", "order", "repeat"), name="prediction_once_a_run"
            ),
            models.CheckConstraint(
                condition=Q(status__in=PredictionStatus.values), name="prediction_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", *(kind.value for kind in Outcome)]),
                name="prediction_outcome_is_known",
            ),
            models.CheckConstraint(
                condition=Q(~Q(outcome=""), status=PredictionStatus.DONE, finished_at__isnull=False)
                | Q(~Q(status=PredictionStatus.DONE), outcome="", finished_at__isnull=True),
                name="prediction_done_iff_outcome",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=PredictionStatus.LEASED,
                    lease_token__isnull=False,
                    leased_until__isnull=False,
                )
                | Q(
                    ~Q(status=PredictionStatus.LEASED),
                    lease_token__isnull=True,
                    leased_until__isnull=True,
                ),
                name="prediction_leased_iff_held",
            ),
        ]
        indexes = [
            # due_at, leased_before, progress: every look at a run's rows by status
            models.Index(fields=("run", "status", "due_at"), name="prediction_by_due"),
            # lease: the next ones in the order of asking
            models.Index(fields=("run", "status", "position"), name="prediction_by_position"),
        ]

    def __str__(self) -> str:
        return f"{self.revision} in run {self.run_id}"

    @property
    def choices(self) -> Choices | None:
        """The options and their letters as asked; None in open form."""
        if self.choices_json is None:
            return None
        return Choices.from_json(self.choices_json)


class ScoreQuerySet(models.QuerySet["Score"]):
    """Which scores?"""

    def of_scorer(self, run: Run | int, scorer: str) -> Self:
        """What one scorer says of the predictions of a run."""
        return self.filter(prediction__run=run, scorer=scorer).order_by()

    def judges_of(self, run: Run) -> list[str]:
        """The judges that gave scores in a run, by name."""
        scorers = self.filter(prediction__run=run).order_by().values_list("scorer", flat=True)
        return sorted(filter(is_judge, scorers.distinct()))


class Score(models.Model):
    """What one scorer says of one prediction."""

    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="scores")
    scorer = models.CharField(max_length=140)
    value = models.FloatField()
    explanation = models.TextField(blank=True)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        ordering = ("scorer",)
        constraints = [
            models.UniqueConstraint(fields=("prediction", "scorer"), name="score_once_a_scorer"),
            models.CheckConstraint(
                condition=Q(value__gte=0, value__lte=1), name="score_between_0_and_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scorer} {self.value:g}"

    @property
    def scorer_label(self) -> str:
        """The scorer's name in words."""
        return scorer_label(self.scorer)

    @property
    def value_label(self) -> str:
        """The value in words where it is all or nothing."""
        return {0.0: "wrong", 1.0: "right"}.get(self.value, f"{self.value:.2f}")
