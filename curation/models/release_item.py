"""Which revision of which problem a release lists, and whether its answer is held out."""

from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q

from curation.models.problem import Problem
from curation.models.release import Release, ReleaseStage
from curation.models.revision import Revision
from curation.models.status import RELEASABLE, Status


class ReleaseItemQuerySet(models.QuerySet["ReleaseItem"]):
    """Which items?"""

    def retired(self) -> Self:
        """Those whose problem was retired since, in the release's order."""
        return self.filter(problem__status=Status.RETIRED).select_related("problem")

    def standing(self) -> Self:
        """Those whose problem a later release may list, too."""
        return self.filter(problem__status__in=RELEASABLE)

    def unpublished(self) -> Self:
        """Those whose problem no release published yet."""
        return self.filter(problem__status=Status.APPROVED)

    def disclosing(self) -> Self:
        """Those that tell their answer to all: published, also if yanked since, not held out."""
        return self.filter(is_held_out=False).exclude(release__stage=ReleaseStage.DRAFT)

    def of_problems(self, problems: Iterable[Problem]) -> Self:
        """Those of these problems, in whichever release."""
        return self.filter(problem__in=list(problems))

    def held_out(self) -> Self:
        """Those whose answer is in no file."""
        return self.filter(is_held_out=True)

    def counted(self) -> dict[str, int]:
        """How many are `held_out` and how many `retired` since, in one query."""
        return self.aggregate(
            held_out=Count("pk", filter=Q(is_held_out=True)),
            retired=Count("pk", filter=Q(problem__status=Status.RETIRED)),
        )

    def with_parts(self) -> Self:
        """With revision, its images and the problem's specialty, in two queries."""
        parts = self.select_related("revision", "problem__specialty", "problem__author")
        return parts.prefetch_related("revision__images")

    def absent_from(self, release: Release) -> Self:
        """Those whose problem this release does not list."""
        return self.exclude(problem__in=release.items.values("problem"))

    def revised_since(self, release: Release) -> Self:
        """Those whose problem this release lists with another revision."""
        theirs = release.items.filter(problem=OuterRef("problem"))
        return self.filter(Exists(theirs.exclude(revision=OuterRef("revision"))))

    def held_out_since(self, release: Release) -> Self:
        """Those held out here, of which this release did not hold the answer back."""
        before = release.items.filter(problem=OuterRef("problem"), is_held_out=True)
        return self.held_out().exclude(Exists(before))

    def outdated(self) -> Self:
        """Those whose problem was withdrawn, retired or revised since."""
        stands = Q(problem__status__in=RELEASABLE, problem__current_revision=F("revision"))
        return self.exclude(stands).select_related("problem")


class ReleaseItem(models.Model):
    """One revision in one release. The database refuses one that k others did not approve."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="items")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="release_items")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="release_items")
    position = models.PositiveIntegerField()
    # Its answer is in no file. The seal keeps it from being guessed by the hash that commits to it.
    is_held_out = models.BooleanField(default=False)
    seal = models.CharField(max_length=64, blank=True)

    objects = ReleaseItemQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=("release", "problem"), name="release_problem_once"),
            models.UniqueConstraint(fields=("release", "position"), name="release_position_once"),
            models.CheckConstraint(
                condition=Q(is_held_out=False, seal="") | (Q(is_held_out=True) & ~Q(seal="")),
                name="release_item_held_out_is_sealed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revision} in {self.release}"
