"""All predictions of a run, as files that are written while they are sent."""

from collections.abc import Callable, Iterable, Iterator

from django.http import HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from curation.http import AuthenticatedRequest, allowed_to, fetch_visible
from curation.permissions import is_member
from evaluation.domain.prediction_files import Row, json_lines, parquet_chunks
from evaluation.exporting import prediction_rows
from evaluation.models import Run

type Write = Callable[[Iterable[Row]], Iterator[bytes]]


@require_safe
@allowed_to(is_member)
def run_parquet(request: AuthenticatedRequest, run_id: int) -> HttpResponseBase:
    """The predictions as Parquet."""
    return _file(request, run_id, parquet_chunks, "parquet", "application/vnd.apache.parquet")


@require_safe
@allowed_to(is_member)
def run_jsonl(request: AuthenticatedRequest, run_id: int) -> HttpResponseBase:
    """The predictions as JSON Lines."""
    return _file(request, run_id, json_lines, "jsonl", "application/jsonl")


def _file(
    request: AuthenticatedRequest, run_id: int, write: Write, ending: str, media_type: str
) -> HttpResponseBase:
    run = fetch_visible(Run.objects.with_parts(), pk=run_id)
    name = f"run-{run.pk}-predictions.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    rows = prediction_rows(run, request.user)
    return StreamingHttpResponse(write(rows), content_type=media_type, headers=headers)
