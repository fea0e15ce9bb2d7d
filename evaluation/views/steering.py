"""Runs that rest and go on, and what they may cost."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from curation.errors import InvalidContentError, WrongMomentError
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible
from curation.permissions import can_edit_collection
from evaluation.forms import BudgetForm
from evaluation.models import Run
from evaluation.runs import pause_run, resume_run, set_budget
from evaluation.spending import spend_of
from evaluation.tasks import work_run


def _fetch(run_id: int) -> Run:
    return fetch_visible(Run.objects.with_parts(), pk=run_id)


@require_POST
@allowed_to(can_edit_collection)
def run_pause(request: AuthenticatedRequest, run_id: int) -> HttpResponseBase:
    """Let a run rest; what is under way comes home."""
    pause_run(_fetch(run_id))
    messages.success(request, "Paused. What is being asked right now is still recorded.")
    return redirect("evaluation:run_detail", run_id=run_id)


@require_POST
@allowed_to(can_edit_collection)
def run_resume(request: AuthenticatedRequest, run_id: int) -> HttpResponseBase:
    """Let a paused run go on."""
    resume_run(_fetch(run_id))
    transaction.on_commit(lambda: work_run.delay(run_id))
    messages.success(request, "It goes on.")
    return redirect("evaluation:run_detail", run_id=run_id)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def run_budget(request: AuthenticatedRequest, run_id: int) -> HttpResponseBase:
    """What a run has cost, and what it may cost."""
    run = _fetch(run_id)
    form = BudgetForm(request.POST or None, initial={"budget": run.budget})
    if form.is_valid():
        try:
            set_budget(run, form.cleaned_data["budget"], by=request.user)
        except (InvalidContentError, WrongMomentError) as error:
            form.add_error("budget", str(error))
        else:
            transaction.on_commit(lambda: work_run.delay(run_id))
            messages.success(request, "Saved.")
            return redirect("evaluation:run_detail", run_id=run_id)
    context = {"run": run, "form": form, "spend": spend_of(run)}
    status = 422 if form.is_bound else 200
    return render(request, "evaluation/run_budget.html", context, status=status)
