"""What happened to a problem: appended, never changed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.conf import settings
from django.db import models

from curation.models.problem import Problem
from curation.models.revision import Revision
from curation.models.status import SENDS_BACK, SETTLES, SIGNED, Move, Status

if TYPE_CHECKING:
    from curation.models.release import Release


class StatusChangeQuerySet(models.QuerySet["StatusChange"]):
    """Which moves?"""

    def sending_back(self) -> Self:
        """Those that returned a submission to its author."""
        return self.filter(move__in=SENDS_BACK)

    def settling(self) -> Self:
        """An editor's decisions where reviewers disagreed, after which it went on."""
        return self.filter(move__in=SETTLES)

    def signed(self) -> Self:
        """What editors decided, each with its reason."""
        return self.filter(move__in=SIGNED)

    def reasons_of_retiring(self, problems: Iterable[Problem]) -> dict[UUID, str]:
        """Why those of these problems that were retired were."""
        retiring = self.filter(move=Move.RETIRE, problem__in=list(problems))
        return dict(retiring.values_list("problem", "comment"))

    def retiring_of(self, release: "Release") -> Self:
        """Those that retired what this release lists."""
        return self.filter(move=Move.RETIRE, problem__release_items__release=release)

    def that_awaits_review(self, problem: Problem) -> "StatusChange | None":
        """The submission of a problem that is before the reviewers now."""
        moves = self.filter(problem=problem, problem__status=Status.SUBMITTED, move=Move.SUBMIT)
        return moves.order_by("-changed_at", "-id").first()

    def newest_first(self) -> Self:
        """With the people who made them, the last one first."""
        return self.select_related("changed_by", "revision").order_by("-changed_at", "-id")


class StatusChange(models.Model):
    """One move: old and new status, by whom, when and why."""

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="status_changes")
    revision = models.ForeignKey(
        Revision, on_delete=models.PROTECT, null=True, blank=True, related_name="status_changes"
    )
    move = models.CharField(max_length=20, choices=Move)
    old = models.CharField(max_length=20, choices=Status)
    new = models.CharField(max_length=20, choices=Status)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="status_changes"
    )
    changed_at = models.DateTimeField(auto_now_add=True)
    comment = models.TextField(blank=True)

    objects = StatusChangeQuerySet.as_manager()

    class Meta:
        ordering = ("changed_at", "id")

    def __str__(self) -> str:
        return f"{self.problem}: {self.old} -> {self.new}"
