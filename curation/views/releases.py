"""Releases: the list, one of them, its files."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from curation.exporting import retry_release
from curation.http import (
    AuthenticatedRequest,
    ReaderRequest,
    allowed_to,
    fetch_visible,
    open_to_readers,
)
from curation.models import Release
from curation.permissions import can_edit_collection
from curation.tasks import write_release


@require_safe
@open_to_readers
def release_list(request: ReaderRequest) -> HttpResponseBase:
    """Every version, the newest first."""
    context = {
        "releases": Release.objects.visible_to(request.user).with_size(),
        "can_cut": can_edit_collection(request.user),
    }
    return render(request, "curation/release_list.html", context)


@require_POST
@allowed_to(can_edit_collection)
def release_retry(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """Write the files of a failed release again."""
    release = fetch_visible(Release.objects.all(), version=version)
    retry_release(release, by=request.user)
    transaction.on_commit(lambda: write_release.delay(release.pk))
    messages.success(request, "The files are being written again.")
    return redirect("curation:release_detail", version=version)
