"""Releases: the list, cutting one, its files."""

from django.contrib import messages
from django.core.files.storage import storages
from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from curation.errors import InvalidContentError
from curation.forms import ReleaseForm
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible
from curation.models import Heartbeat, Problem, Release, ReleaseFile
from curation.permissions import can_edit_collection, is_member
from curation.releases import cut_release, retry_release, stored_name, suggested_version
from curation.tasks import write_release


@require_GET
@allowed_to(is_member)
def release_list(request: AuthenticatedRequest) -> HttpResponseBase:
    """Every version, the newest first."""
    context = {
        "releases": Release.objects.with_size(),
        "can_cut": can_edit_collection(request.user),
    }
    return render(request, "curation/release_list.html", context)


@require_http_methods(["GET", "POST"])
@allowed_to(can_edit_collection)
def release_create(request: AuthenticatedRequest) -> HttpResponseBase:
    """Cut a release from everything that is approved."""
    if request.method == "GET":
        return _create_page(request, ReleaseForm(initial={"version": suggested_version()}))
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return _create_page(request, form, status=422)
    try:
        release = cut_release(**form.cleaned_data, by=request.user)
    except InvalidContentError as error:
        form.add_error("version", str(error))
        return _create_page(request, form, status=422)
    transaction.on_commit(lambda: write_release.delay(release.pk))
    return redirect("curation:release_detail", version=release.version)


def _create_page(
    request: AuthenticatedRequest, form: ReleaseForm, *, status: int = 200
) -> HttpResponse:
    problems = Problem.objects.releasable().with_panels()
    context = {"form": form, "problems": problems}
    return render(request, "curation/release_create.html", context, status=status)


@require_GET
@allowed_to(is_member)
def release_detail(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """What is in a release, its files with sizes and checksums, how to load it."""
    release = fetch_visible(Release.objects.with_size(), version=version)
    files = list(release.files.outside_images())
    context = {
        "release": release,
        "files": files,
        "items": release.items.select_related("revision", "problem__specialty"),
        "is_worker_alive": Heartbeat.objects.alive_at(timezone.now()).exists(),
        "can_cut": can_edit_collection(request.user),
    }
    page = "curation/release_detail.html"
    return render(request, f"{page}#state" if request.htmx else page, context)


@require_POST
@allowed_to(can_edit_collection)
def release_retry(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """Write the files of a failed release again."""
    release = fetch_visible(Release.objects.all(), version=version)
    retry_release(release)
    transaction.on_commit(lambda: write_release.delay(release.pk))
    messages.success(request, "The files are being written again.")
    return redirect("curation:release_detail", version=version)


@require_GET
@allowed_to(is_member)
def release_file(request: AuthenticatedRequest, version: str, path: str) -> HttpResponseBase:
    """One file of a release, as a download."""
    files = ReleaseFile.objects.of_ready_releases().select_related("release")
    file = fetch_visible(files, release__version=version, path=path)
    opened = storages["releases"].open(stored_name(file.release, file.path))
    name = file.path.rpartition("/")[2]
    answer = FileResponse(opened, as_attachment=True, filename=name)
    answer["ETag"] = f'"{file.sha256}"'
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
