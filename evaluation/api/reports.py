"""Reports of runs."""

from typing import Any

from curation.api.operations import ApiView, operation
from curation.http import fetch_visible
from curation.models import Scope
from curation.permissions import is_member
from evaluation.api.report_serializers import KeptReportSerializer
from evaluation.models import Run
from evaluation.reporting import kept_report, shown_to


class RunReport(ApiView):
    """What a run measured."""

    @operation("read_run_report", may=is_member, scope=Scope.READ_RUNS, gives=KeptReportSerializer)
    def get(self, request: Any, run_id: int) -> Any:
        """The last report, and whether it is of what there is now."""
        run = fetch_visible(Run.objects.with_parts(), pk=run_id)
        kept = kept_report(run)
        return {
            "run_id": run.pk,
            "is_current": kept.is_current,
            "computed_at": kept.computed_at,
            "report": kept.report and shown_to(request.user, run, kept.report),
        }
