"""Pushing a release to a hub of data sets: starting it, watching it, stopping it."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from curation import pushing
from curation.errors import InvalidContentError
from curation.forms.hub import HubPushForm
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible
from curation.models import HubPush, Release
from curation.permissions import can_edit_collection
from curation.tasks import work_push


@require_safe
@allowed_to(can_edit_collection)
def release_hub(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """The pushes of a release, and how far they are."""
    return _page(request, _release(request, version))


@require_POST
@allowed_to(can_edit_collection)
def release_push(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """Have a worker push a release."""
    release, form = _release(request, version), HubPushForm(request.POST)
    if not form.is_valid():
        return _page(request, release, form, status=422)
    try:
        push = pushing.start_push(release, **form.cleaned_data, by=request.user)
    except InvalidContentError as error:
        form.add_error("is_private", str(error))
        return _page(request, release, form, status=422)
    transaction.on_commit(lambda: work_push.delay(push.pk))
    return redirect("curation:release_hub", version=version)


@require_POST
@allowed_to(can_edit_collection)
def release_push_stop(
    request: AuthenticatedRequest, version: str, push_id: int
) -> HttpResponseBase:
    """Stop a push after what is being sent."""
    pushing.stop_push(_push(request, version, push_id))
    messages.success(request, "The push stops after what is being sent now.")
    return redirect("curation:release_hub", version=version)


@require_POST
@allowed_to(can_edit_collection)
def release_push_retry(
    request: AuthenticatedRequest, version: str, push_id: int
) -> HttpResponseBase:
    """Go on with a push that failed or was stopped."""
    push = _push(request, version, push_id)
    pushing.retry_push(push)
    transaction.on_commit(lambda: work_push.delay(push.pk))
    return redirect("curation:release_hub", version=version)


def _release(request: AuthenticatedRequest, version: str) -> Release:
    return fetch_visible(Release.objects.visible_to(request.user), version=version)


def _push(request: AuthenticatedRequest, version: str, push_id: int) -> HubPush:
    pushes = HubPush.objects.of_release(_release(request, version))
    return fetch_visible(pushes, pk=push_id)


def _page(
    request: AuthenticatedRequest,
    release: Release,
    form: HubPushForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"release": release, "hub_form": form, "can_cut": True}
    is_polling = request.htmx and form is None
    name = "components/release_hub.html#pushes" if is_polling else "curation/release_hub.html"
    return render(request, name, context, status=status)
