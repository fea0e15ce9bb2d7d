"""Importing problems: bring files, see what will become of them, start, watch."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.domain.importing import IN_WORDS, template
from curation.forms.imports import ImportForm
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, page_of, render_part
from curation.importing import bring_files, cancel_import, start_importing
from curation.models import Heartbeat, Import
from curation.models.imports import ImportRowStatus
from curation.permissions import can_author
from curation.tasks import work_import

_MOST_LISTED = 20


def _fetch_own(request: AuthenticatedRequest, import_id: UUID) -> Import:
    """An import of this person, or 404."""
    return fetch_visible(Import.objects.visible_to(request.user), pk=import_id)


def _to_import(batch: Import) -> HttpResponse:
    """Let a worker begin once the rows are there, and show how far it is."""
    transaction.on_commit(lambda: work_import.delay(str(batch.pk)))
    return redirect("curation:import_detail", import_id=batch.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_author)
def import_create(request: AuthenticatedRequest) -> HttpResponseBase:
    """Bring files with problems."""
    if request.method != "POST":
        return _create_page(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _create_page(request, form, status=422)
    return _to_import(bring_files(form.brought(), by=request.user))


def _create_page(
    request: AuthenticatedRequest, form: ImportForm, *, status: int = 200
) -> HttpResponse:
    imports = Import.objects.visible_to(request.user).newest_first()
    context = {
        "form": form,
        "imports": imports[:_MOST_LISTED],
        "limits": IN_WORDS,
        "megabytes": settings.IMPORT_MAX_BYTES // 1024**2,
    }
    return render(request, "curation/import_create.html", context, status=status)


@require_safe
@allowed_to(can_author)
def import_template(request: AuthenticatedRequest) -> HttpResponseBase:
    """The empty table to fill in."""
    answer = HttpResponse(template(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="problems.csv"'
    return answer


@require_safe
@allowed_to(can_author)
def import_detail(request: AuthenticatedRequest, import_id: UUID) -> HttpResponseBase:
    """What will become of each problem, how far it is, and the drafts that were made."""
    batch = _fetch_own(request, import_id)
    counts = batch.rows.count_by_status()
    waiting, imported, unchecked = (
        counts.get(status, 0)
        for status in (ImportRowStatus.READY, ImportRowStatus.IMPORTED, ImportRowStatus.FOUND)
    )
    total = sum(counts.values())
    context = {
        "batch": batch,
        "counts": [(*choice, counts.get(choice[0], 0)) for choice in ImportRowStatus.choices],
        "total": total,
        "checked": total - unchecked,
        "waiting": waiting,
        "imported": imported,
        "wanted": imported + waiting,
        "is_worker_alive": Heartbeat.objects.is_worker_alive(timezone.now()),
    }
    context |= _rows(request, batch)
    return render_part(request, "curation/import_detail.html", "state", context)


def _rows(request: AuthenticatedRequest, batch: Import) -> dict[str, object]:
    """A page of the problems, of one status if the address says so."""
    rows = batch.rows.select_related("problem")
    status = request.GET.get("status", "")
    if status in ImportRowStatus.values:
        rows = rows.in_status(ImportRowStatus(status))
    return {"page": page_of(request, rows), "status": status}


@require_POST
@allowed_to(can_author)
def import_start(request: AuthenticatedRequest, import_id: UUID) -> HttpResponseBase:
    """Make drafts of what the preview shows."""
    batch = _fetch_own(request, import_id)
    start_importing(batch)
    return _to_import(batch)


@require_POST
@allowed_to(can_author)
def import_cancel(request: AuthenticatedRequest, import_id: UUID) -> HttpResponseBase:
    """Stop an import; what became a draft stays."""
    batch = _fetch_own(request, import_id)
    cancel_import(batch)
    messages.success(request, "The import was cancelled and its files deleted.")
    return redirect("curation:import_detail", import_id=batch.pk)
