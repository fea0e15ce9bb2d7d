"""How often what a release gives was taken, a day at a time."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Sum

from curation.models.release import Release


class DownloadCountQuerySet(models.QuerySet["DownloadCount"]):
    """Which counts?"""

    def of(self, release: Release) -> Self:
        """Those of one release."""
        return self.filter(release=release)

    def add_one(self, release: Release, path: str, day: date) -> None:
        """Count one more; of two at once, both."""
        row = {"release": release, "path": path, "day": day}
        one_more = {"count": F("count") + 1}
        if not self.filter(**row).update(**one_more):
            self.bulk_create([DownloadCount(**row)], ignore_conflicts=True)
            self.filter(**row).update(**one_more)

    def by_path(self) -> dict[str, int]:
        """Path -> how often it was taken, in all."""
        totals = self.order_by().values_list("path").annotate(total=Sum("count"))
        return dict(totals)


class DownloadCount(models.Model):
    """One file on one day (UTC); the ZIP of all has the empty path."""

    WHOLE = ""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="downloads")
    path = models.CharField(max_length=200, blank=True)
    day = models.DateField()
    count = models.PositiveBigIntegerField(default=0)

    objects = DownloadCountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("release", "path", "day"), name="downloadcount_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} of {self.path or 'all'} of {self.release} on {self.day}"
