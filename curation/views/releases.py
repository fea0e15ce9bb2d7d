"""Releases: the list, one of them, its files."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.files.storage import storages
from django.core.paginator import Page
from django.db import transaction
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from curation.exporting import retry_release
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, page_of
from curation.models import Heartbeat, Problem, Release, ReleaseFile, ReleaseItem
from curation.permissions import answers_hidden_from, can_edit_collection, is_member
from curation.releases import record_download, stored_name
from curation.tasks import write_release
from curation.views.found import ShownPanel
from curation.views.showing import shown_panels


@require_safe
@allowed_to(is_member)
def release_list(request: AuthenticatedRequest) -> HttpResponseBase:
    """Every version, the newest first."""
    context = {
        "releases": Release.objects.visible_to(request.user).with_size(),
        "can_cut": can_edit_collection(request.user),
    }
    return render(request, "curation/release_list.html", context)


@require_safe
@allowed_to(is_member)
def release_detail(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """What is in a release, its files with sizes and checksums, how to load it."""
    visible = Release.objects.visible_to(request.user)
    release = fetch_visible(visible.with_size(), version=version)
    context = {
        "release": release,
        "files": list(release.files.outside_images()),
        "is_worker_alive": Heartbeat.objects.is_worker_alive(timezone.now()),
        "can_cut": can_edit_collection(request.user),
    }
    if request.htmx:
        return render(request, "curation/release_detail.html#state", context)
    page = _items_page(request, release)
    context |= {"page": page, "problems": _released(request, page)}
    return render(request, "curation/release_detail.html", context)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Released:
    """A problem as the release has it; open to those who may see it outside the release."""

    item: ReleaseItem
    query: ShownPanel
    example_count: int
    is_open: bool
    is_answer_hidden: bool


def _items_page(request: AuthenticatedRequest, release: Release) -> Page[ReleaseItem]:
    items = release.items.select_related("revision", "problem__specialty")
    with_images = items.prefetch_related("revision__images")
    return page_of(request, with_images)


def _released(request: AuthenticatedRequest, page: Page[ReleaseItem]) -> list[_Released]:
    visible = Problem.objects.visible_to(request.user).in_bulk([item.problem_id for item in page])
    hidden = answers_hidden_from(request.user, [item.problem for item in page])
    rows = []
    for item in page:
        *examples, query = shown_panels(item.revision)
        row = _Released(
            item=item,
            query=query,
            example_count=len(examples),
            is_open=item.problem_id in visible,
            is_answer_hidden=item.problem_id in hidden,
        )
        rows.append(row)
    return rows


@require_POST
@allowed_to(can_edit_collection)
def release_retry(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """Write the files of a failed release again."""
    release = fetch_visible(Release.objects.all(), version=version)
    retry_release(release, by=request.user)
    transaction.on_commit(lambda: write_release.delay(release.pk))
    messages.success(request, "The files are being written again.")
    return redirect("curation:release_detail", version=version)


@require_safe
@allowed_to(is_member)
def release_file(request: AuthenticatedRequest, version: str, path: str) -> HttpResponseBase:
    """One file of a release, as a download."""
    files = ReleaseFile.objects.downloadable_by(request.user).select_related("release")
    file = fetch_visible(files, release__version=version, path=path)
    opened = storages["releases"].open(stored_name(file.release, file.path))
    if request.method == "GET":  # to ask what there is takes nothing away
        record_download(file, by=request.user)
    name = file.path.rpartition("/")[2]
    answer = FileResponse(opened, as_attachment=True, filename=name)
    answer["ETag"] = f'"{file.sha256}"'
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
