"""Endpoints: what can be measured."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from curation.errors import InvalidContentError, WrongMomentError
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, render_part
from curation.permissions import can_edit_collection
from evaluation.checking import ask_check
from evaluation.endpoints import create_endpoint, update_endpoint
from evaluation.forms import EndpointForm
from evaluation.living import is_runner_alive
from evaluation.models import EndpointCheck, ModelEndpoint
from evaluation.tasks import work_check


@require_safe
@allowed_to(can_edit_collection)
def endpoint_list(request: AuthenticatedRequest) -> HttpResponseBase:
    """Every endpoint with what it is."""
    endpoints = list(ModelEndpoint.objects.with_run_count())
    check_of = EndpointCheck.objects.newest_of(endpoints)
    rows = [(endpoint, check_of.get(endpoint.pk)) for endpoint in endpoints]
    return render(request, "evaluation/endpoint_list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def endpoint_create(request: AuthenticatedRequest) -> HttpResponseBase:
    """Set up a new endpoint."""
    form = EndpointForm(request.POST or None)
    if not form.is_valid():
        return _page(request, form)
    try:
        endpoint = create_endpoint(form.facts(), by=request.user)
    except InvalidContentError as error:
        form.add_error(None, str(error))
        return _page(request, form)
    messages.success(request, f"{endpoint} can be measured now.")
    return redirect("evaluation:endpoint_list")


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def endpoint_edit(request: AuthenticatedRequest, endpoint_id: int) -> HttpResponseBase:
    """Change an endpoint; a new address never gets the old key."""
    endpoint = fetch_visible(ModelEndpoint.objects.set_up_here(), pk=endpoint_id)
    form = EndpointForm(request.POST or None, instance=endpoint)
    if not form.is_valid():
        return _page(request, form, endpoint)
    try:
        saved = update_endpoint(endpoint, form.facts(), by=request.user)
    except (InvalidContentError, WrongMomentError) as error:
        form.add_error(None, str(error))
        return _page(request, form, endpoint)
    if form.cleaned_data["key_variable"] and not saved.key_variable:
        messages.warning(
            request, "The address changed, so the key's variable was cleared. Name it again."
        )
        return redirect("evaluation:endpoint_edit", endpoint_id=saved.pk)
    messages.success(request, "Saved.")
    return redirect("evaluation:endpoint_list")


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def endpoint_check(request: AuthenticatedRequest, endpoint_id: int) -> HttpResponseBase:
    """What it showed when it was last checked; check it again."""
    endpoint = fetch_visible(ModelEndpoint.objects.with_a_server(), pk=endpoint_id)
    if request.method == "POST":
        asked = ask_check(endpoint, by=request.user)
        transaction.on_commit(lambda: work_check.delay(asked.pk))
        return redirect("evaluation:endpoint_check", endpoint_id=endpoint_id)
    context = {
        "endpoint": endpoint,
        "check": EndpointCheck.objects.of(endpoint).with_parts().first(),
        "is_worker_alive": is_runner_alive(timezone.now()),
    }
    return render_part(request, "evaluation/endpoint_check.html", "state", context)


def _page(
    request: AuthenticatedRequest, form: EndpointForm, endpoint: ModelEndpoint | None = None
) -> HttpResponse:
    context = {"form": form, "endpoint": endpoint}
    status = 422 if form.is_bound else 200
    return render(request, "evaluation/endpoint_edit.html", context, status=status)
