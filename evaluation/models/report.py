"""Reports of runs: computed once per change by a worker, read by pages."""

from typing import Self

from django.db import models

from evaluation.domain.reporting import RunReport
from evaluation.models.run import Run


class StoredReportQuerySet(models.QuerySet["StoredReport"]):
    """Which reports?"""

    def of_run(self, run_id: int) -> Self:
        """That of one run, if there is one."""
        return self.filter(run_id=run_id)


class StoredReport(models.Model):
    """The newest report of a run, and the fingerprint of what it was computed from."""

    run = models.OneToOneField(
        Run, on_delete=models.CASCADE, primary_key=True, related_name="stored_report"
    )
    computed_at = models.DateTimeField()
    version = models.PositiveSmallIntegerField()
    # Over the run's state and judgings, and those of the runs it is compared with.
    fingerprint = models.CharField(max_length=64)
    report_json = models.JSONField()

    objects = StoredReportQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Report of {self.run}"

    def report(self) -> RunReport:
        """The numbers, read back; ValueError where they are of another version."""
        return RunReport.from_json(self.report_json)
