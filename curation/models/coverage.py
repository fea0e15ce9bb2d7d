"""The last count of a collection too large to be counted while somebody waits."""

from django.db import models

from curation.domain.coverage import Coverage


class CoverageCount(models.Model):
    """One row: what was counted, as JSON. A count replaces the one before."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    counted_at = models.DateTimeField()
    counted_json = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="coverage_count_only_one"),
        ]

    def __str__(self) -> str:
        return f"coverage at {self.counted_at:%Y-%m-%d %H:%M}"

    def coverage(self) -> Coverage:
        """The numbers, read back."""
        return Coverage.from_json(self.counted_json)
