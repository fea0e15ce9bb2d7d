"""How often somebody failed to sign in from one place: counted, so that a storm is a few rows."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F


class FailedSignInsQuerySet(models.QuerySet["FailedSignIns"]):
    """Which counts?"""

    def before(self, day: date) -> Self:
        """Those of earlier days, which count no more."""
        return self.filter(on__lt=day)

    def one_more(self, source_sha256: str, on: date) -> int:
        """Count one more; answers how many there are of this day and source now."""
        row, is_first = self.get_or_create(source_sha256=source_sha256, on=on)
        if is_first:
            self.before(on).delete()
        self.filter(pk=row.pk).update(count=F("count") + 1)
        row.refresh_from_db(fields=["count"])
        return row.count


class FailedSignIns(models.Model):
    """The failures of one day from one client against one account; of both only a keyed hash."""

    source_sha256 = models.CharField(max_length=64)
    on = models.DateField()
    count = models.PositiveIntegerField(default=0)

    objects = FailedSignInsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "failed sign-ins"
        constraints = [
            models.UniqueConstraint(fields=("on", "source_sha256"), name="failed_sign_ins_once"),
        ]

    def __str__(self) -> str:
        return f"{self.count} on {self.on}"
