"""Samples of a judge's verdicts, which experts check without knowing them."""

from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q

from curation.models import User
from evaluation.domain.scoring import scorer_label
from evaluation.models.prediction import Prediction
from evaluation.models.run import Run


class JudgeSampleQuerySet(models.QuerySet["JudgeSample"]):
    """Which samples?"""

    def of_run(self, run: Run) -> Self:
        """Those of one run, with who drew them and how many verdicts experts gave."""
        counts = Count("answers__expert_verdicts")
        rows = self.filter(run=run).select_related("drawn_by").annotate(given=counts)
        return rows.order_by("pk")


class JudgeSample(models.Model):
    """Some of the verdicts of one judge in one run, drawn from a seed."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="judge_samples")
    scorer = models.CharField(max_length=140)
    seed = models.PositiveBigIntegerField()
    is_once_a_problem = models.BooleanField(default=True)
    experts_wanted = models.PositiveSmallIntegerField(default=2)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="judge_samples"
    )
    drawn_at = models.DateTimeField(auto_now_add=True)
    # What experts found, as far as `findings_of` verdicts of theirs say; made anew with each.
    findings_json = models.JSONField(null=True, blank=True)
    findings_of = models.PositiveIntegerField(default=0)
    given: int  # of `of_run`

    objects = JudgeSampleQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("run", "scorer"), name="judge_sample_once_a_judge"),
            models.CheckConstraint(
                condition=Q(experts_wanted__gte=1), name="judge_sample_wants_an_expert"
            ),
        ]

    def __str__(self) -> str:
        return f"Sample of {self.scorer_label} in {self.run}"

    @property
    def scorer_label(self) -> str:
        """The judge in words."""
        return scorer_label(self.scorer)


class SampledAnswerQuerySet(models.QuerySet["SampledAnswer"]):
    """Which sampled answers?"""

    def of_sample(self, sample: JudgeSample) -> Self:
        """Those of one sample, in the order of checking."""
        return self.filter(sample=sample).order_by("position")

    def unchecked_by(self, person: User) -> Self:
        """Those on which this person gave no verdict."""
        given = ExpertVerdict.objects.filter(expert=person)
        return self.exclude(pk__in=given.values("answer"))

    def wanting_experts(self) -> Self:
        """Those with fewer verdicts than are wanted; what others began comes first."""
        given = self.annotate(given=Count("expert_verdicts"))
        wanting = given.filter(given__lt=F("sample__experts_wanted"))
        return wanting.order_by("-given", "sample", "position")

    def with_parts(self) -> Self:
        """With prediction, revision and problem, in one query."""
        return self.select_related("prediction__revision__problem")


class SampledAnswer(models.Model):
    """One answer of a sample: what the judge said of it when it was drawn, and its weight."""

    sample = models.ForeignKey(JudgeSample, on_delete=models.CASCADE, related_name="answers")
    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="sampled")
    position = models.PositiveIntegerField()
    is_judged_right = models.BooleanField()
    # How many of the judge's verdicts it stands for.
    weight = models.FloatField()

    objects = SampledAnswerQuerySet.as_manager()

    class Meta:
        ordering = ("sample", "position")
        constraints = [
            models.UniqueConstraint(fields=("sample", "prediction"), name="sampled_answer_once"),
            models.UniqueConstraint(
                fields=("sample", "position"), name="sampled_answer_has_its_place"
            ),
            models.CheckConstraint(condition=Q(weight__gt=0), name="sampled_answer_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.sample}, number {self.position}"


class ExpertSaid(models.TextChoices):
    """What an expert says of a response."""

    RIGHT = "right", "Right"
    WRONG = "wrong", "Wrong"
    CANNOT_TELL = "cannot_tell", "I cannot tell"


class ExpertVerdictQuerySet(models.QuerySet["ExpertVerdict"]):
    """Which experts' verdicts?"""

    def by(self, person: User) -> Self:
        """Those of one person."""
        return self.filter(expert=person)

    def on(self, answers: Iterable[SampledAnswer]) -> Self:
        """Those on these answers, as they were given."""
        return self.filter(answer__in=list(answers)).order_by("pk")


class ExpertVerdict(models.Model):
    """What one expert said of one answer, before knowing what the judge said. Never changed."""

    answer = models.ForeignKey(
        SampledAnswer, on_delete=models.PROTECT, related_name="expert_verdicts"
    )
    expert = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="expert_verdicts"
    )
    said = models.CharField(max_length=11, choices=ExpertSaid)
    reason = models.TextField(blank=True)
    given_at = models.DateTimeField(auto_now_add=True)

    objects = ExpertVerdictQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("answer", "expert"), name="expert_verdict_once"),
            models.CheckConstraint(
                condition=Q(said__in=ExpertSaid.values), name="expert_verdict_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(said=ExpertSaid.CANNOT_TELL) | ~Q(reason=""),
                name="expert_verdict_unsure_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert} on {self.answer}: {self.get_said_display()}"
