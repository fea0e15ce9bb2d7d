"""What happened to a problem: appended, never changed."""

from django.conf import settings
from django.db import models

from curation.models.problem import Problem
from curation.models.revision import Revision
from curation.models.status import Move, Status


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

    class Meta:
        ordering = ("changed_at", "id")

    def __str__(self) -> str:
        return f"{self.problem}: {self.old} -> {self.new}"
