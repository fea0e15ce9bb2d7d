"""Releases: the list, cutting one, its files."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.errors import InvalidContentError
from curation.exporting import retry_release
from curation.forms.releases import ReleaseForm
from curation.http import (
    AuthenticatedRequest,
    ReaderRequest,
    allowed_to,
    fetch_visible,
    open_to_readers,
)
from curation.models import Problem, Release, Status
from curation.permissions import can_edit_collection
from curation.releases import cut_release, suggested_version
from curation.tasks import write_release

_MOST_LISTED = 100


@require_safe
@open_to_readers
def release_list(request: ReaderRequest) -> HttpResponseBase:
    """Every version, the newest first."""
    context = {
        "releases": Release.objects.visible_to(request.user).with_size(),
        "can_cut": can_edit_collection(request.user),
    }
    return render(request, "curation/release_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def release_create(request: AuthenticatedRequest) -> HttpResponseBase:
    """Cut a release from everything that is approved."""
    if request.method != "POST":
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
    counts = Problem.objects.count_by_status()
    new, again = counts.get(Status.APPROVED, 0), counts.get(Status.PUBLISHED, 0)
    context = {
        "form": form,
        "problems": Problem.objects.in_status(Status.APPROVED).with_panels()[:_MOST_LISTED],
        "new_count": new,
        "again_count": again,
        "total": new + again,
    }
    return render(request, "curation/release_create.html", context, status=status)


@require_POST
@allowed_to(can_edit_collection)
def release_retry(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """Write the files of a failed release again."""
    release = fetch_visible(Release.objects.all(), version=version)
    retry_release(release, by=request.user)
    transaction.on_commit(lambda: write_release.delay(release.pk))
    messages.success(request, "The files are being written again.")
    return redirect("curation:release_detail", version=version)
