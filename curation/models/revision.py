"""Revisions: a problem's content frozen at a submission. The database refuses to change them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from curation.domain.content import ProblemContent
from curation.domain.rules import Draft
from curation.models.image import Image
from curation.models.keys import Keys
from curation.models.problem import Problem
from curation.models.status import Status

if TYPE_CHECKING:
    from curation.models.user import User


class RevisionQuerySet(models.QuerySet["Revision"]):
    """Which revisions?"""

    def with_keys(self, keys: Iterable[int]) -> Self:
        """Those with these keys, however many."""
        return self.filter(pk__in=Keys(keys))

    def of_problems(self, problems: models.QuerySet[Problem]) -> Self:
        """Those of these problems."""
        return self.filter(problem__in=problems)

    def before(self, revision: "Revision") -> Self:
        """The earlier ones of the same problem, the newest first."""
        earlier = self.filter(problem=revision.problem_id, number__lt=revision.number)
        return earlier.order_by("-number")

    def taught(self) -> Self:
        """Those that an edition of the instructions shows as a good or a bad one."""
        return self.filter(Q(praised_in__isnull=False) | Q(warned_of_in__isnull=False))

    def judged_by(self, person: "User") -> Self:
        """Those that this reviewer gave a verdict on."""
        return self.filter(reviews__reviewer=person)

    def with_parts(self) -> Self:
        """With problem, author, what covers it and images, in two queries."""
        return self.select_related("problem__author", "covered").prefetch_related("images")


class Revision(models.Model):
    """The canonical JSON of one submission, its hash, and how many approvals it needs."""

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    content_json = models.TextField()
    sha256 = models.CharField(max_length=64, db_index=True)  # approvals and releases name it
    # Warnings the author explained, by rule code; for the reviewers, not part of the content.
    explanations = models.JSONField(default=dict, blank=True)
    required_approvals = models.PositiveSmallIntegerField()
    images = models.ManyToManyField(Image, through="RevisionImage", related_name="revisions")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="revisions"
    )
    submitted_at = models.DateTimeField(auto_now_add=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ("problem", "-number")
        constraints = [
            models.UniqueConstraint(fields=("problem", "number"), name="revision_number_once"),
            models.CheckConstraint(
                condition=Q(required_approvals__gte=1), name="revision_needs_an_approval"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.problem}, revision {self.number}"

    @property
    def is_under_review(self) -> bool:
        """Whether it is what its problem has before the reviewers now."""
        problem = self.problem
        return problem.status == Status.SUBMITTED and problem.current_revision_id == self.pk

    def content(self) -> ProblemContent:
        """The frozen value, read back from its canonical JSON."""
        return ProblemContent.from_json(self.content_json)

    def draft(self) -> Draft:
        """What the rules look at, as it was frozen."""
        return self.problem.known_of(self.content(), self.images.all())


class RevisionImageQuerySet(models.QuerySet["RevisionImage"]):
    """Which images of which revisions?"""

    def of(self, revisions: Iterable[int]) -> Self:
        """Those of the revisions with these keys, however many."""
        return self.filter(revision__in=Keys(revisions))


class RevisionImage(models.Model):
    """An image that a revision shows: kept as long as the revision is."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="image_links")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="revision_links")

    objects = RevisionImageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("revision", "image"), name="revision_image_once"),
        ]

    def __str__(self) -> str:
        return f"{self.image} in {self.revision}"
