"""Indexes: what the predictions of a run are found by, kept beside them and made anew at will."""

from typing import Self

from django.db import models

from evaluation.domain.browsing import Columns
from evaluation.models.run import Run


class RunIndexQuerySet(models.QuerySet["RunIndex"]):
    """Which index?"""

    def of(self, run: Run) -> Self:
        """That of one run, without the texts, which only a search needs."""
        return self.filter(run=run).defer("texts")


class RunIndex(models.Model):
    """Columns and texts of one run, true of one state of it."""

    run = models.OneToOneField(
        Run, on_delete=models.CASCADE, primary_key=True, related_name="index"
    )
    # Of what the columns were made; the run is in another state as soon as it differs.
    state = models.CharField(max_length=64)
    columns = models.BinaryField()
    # What a search looks through, by revision: question and right answers, in lower case.
    texts = models.BinaryField()
    made_at = models.DateTimeField()

    objects = RunIndexQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Index of {self.run}"

    def read(self) -> Columns:
        """The columns."""
        return Columns.from_bytes(bytes(self.columns))
