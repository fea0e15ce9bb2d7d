"""What reviewers answered before they were shown the answer: the human baseline."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from curation.models.problem import Problem
from curation.models.revision import Revision

if TYPE_CHECKING:
    from curation.models.user import User


class Stage(models.TextChoices):
    """What the reviewer saw when answering."""

    ZERO_SHOT = "zero_shot", "The query alone"
    IN_CONTEXT = "in_context", "The examples and the query"


class BlindAnswerQuerySet(models.QuerySet["BlindAnswer"]):
    """Which answers?"""

    def by(self, person: "User") -> Self:
        """Those of one reviewer."""
        return self.filter(reviewer=person)

    def given(self) -> Self:
        """Those that were answered, not skipped."""
        return self.filter(skipped_because="")

    def of(self, revision: Revision) -> Self:
        """Those to one revision."""
        return self.filter(revision=revision)

    def of_problem(self, problem: Problem) -> Self:
        """Those to any of its revisions, the latest revision's last."""
        answers = self.filter(revision__problem=problem).select_related("revision")
        return answers.order_by("revision__number", "answered_at", "pk")

    def before(self, revision: Revision) -> Self:
        """Those to earlier revisions of the same problem."""
        earlier = self.filter(revision__problem=revision.problem_id)
        return earlier.filter(revision__number__lt=revision.number)


class BlindAnswer(models.Model):
    """One reviewer's answer to one revision's query at one stage, or why there is none."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="blind_answers")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="blind_answers"
    )
    stage = models.CharField(max_length=20, choices=Stage)
    answer = models.TextField(blank=True)
    # From 1, a guess, to 5, certain; none where it was skipped.
    confidence = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    # Since the stage was first shown, by the server's clock; see `blind.seconds_since_shown`.
    seconds = models.PositiveIntegerField()
    skipped_because = models.TextField(blank=True)
    # Exact match with the answer or an accepted variant, as a model is judged; none if skipped.
    is_right = models.BooleanField(null=True, blank=True)
    answered_at = models.DateTimeField(auto_now_add=True)

    objects = BlindAnswerQuerySet.as_manager()

    class Meta:
        ordering = ("answered_at",)
        constraints = [
            models.UniqueConstraint(
                fields=("revision", "reviewer", "stage"), name="blind_answer_once_a_stage"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=Stage.values), name="blind_answer_stage_is_known"
            ),
            models.CheckConstraint(
                condition=Q(~Q(answer=""), skipped_because="", is_right__isnull=False)
                | Q(~Q(skipped_because=""), answer="", is_right__isnull=True),
                name="blind_answer_or_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}: {self.revision}"


class StageShownQuerySet(models.QuerySet["StageShown"]):
    """Who was shown what?"""

    def by(self, person: "User") -> Self:
        """What one reviewer was shown."""
        return self.filter(reviewer=person)

    def of(self, revision: Revision, stage: Stage) -> Self:
        """Who was shown one stage of one revision."""
        return self.filter(revision=revision, stage=stage)

    def note(self, revision: Revision, stage: Stage, person: "User") -> None:
        """Keep that this reviewer is shown a stage now, unless they were before."""
        self.get_or_create(revision=revision, stage=stage, reviewer=person)


class StageShown(models.Model):
    """When a reviewer was first shown a stage, on whichever machine: what they took is counted."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="stages_shown")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stages_shown"
    )
    stage = models.CharField(max_length=20, choices=Stage)
    shown_at = models.DateTimeField(auto_now_add=True)

    objects = StageShownQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("revision", "reviewer", "stage"), name="stage_first_shown_once"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=Stage.values), name="stage_shown_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}: {self.revision}"


class AnswerSeenQuerySet(models.QuerySet["AnswerSeen"]):
    """Who knows what?"""

    def of_problem(self, problem: Problem) -> Self:
        """Those who know this problem's answer."""
        return self.filter(problem=problem)

    def of_problems(self, problems: Iterable[Problem]) -> Self:
        """Those who know the answer of one of these."""
        return self.filter(problem__in=list(problems))

    def by(self, person: "User") -> Self:
        """What one person knows."""
        return self.filter(person=person)

    def note(self, problem: Problem, person: "User") -> None:
        """Keep that this person was shown the answer, where it is not known to everybody.

        Also of an editor who reviews nothing today: tomorrow they may be asked to.
        """
        if problem.author_id != person.pk and not problem.release_items.disclosing().exists():
            self.get_or_create(problem=problem, person=person)

    def elsewhere_than_reviewing(self, person: "User") -> Self:
        """Without what this person answered blind or judged: they saw it on the way.

        Looked up for each answer seen, which are few: their reviews are many, and the revisions
        that name the problems are long.
        """
        of_it = {"revision__problem": OuterRef("problem")}
        answered, judged = person.blind_answers.filter(**of_it), person.reviews.filter(**of_it)
        return self.filter(~Exists(answered), ~Exists(judged))


class AnswerSeen(models.Model):
    """That a person was shown a problem's answer: from then on they cannot answer it blind."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="seen_by")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="answers_seen"
    )
    seen_at = models.DateTimeField(auto_now_add=True)

    objects = AnswerSeenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("problem", "person"), name="answer_seen_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} knows {self.problem}"
