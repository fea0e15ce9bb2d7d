"""The buttons that write one thing in one form in all panels."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from curation.http import AuthenticatedRequest, allowed_to
from curation.mending import apply_fix
from curation.models import Panel, Problem
from curation.permissions import can_author
from curation.views.panels import after_saving
from curation.views.problems import fetch_own


@require_POST
@allowed_to(can_author)
def consistency_fix(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Make the changes of the pressed button, and go back to the page that offered it."""
    problem = fetch_own(request, problem_id)
    _apply(request, problem)
    return back(request, problem, part="findings")


@after_saving
def panel_consistency_fix(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """The same from the page of a panel, whose words are kept first."""
    _apply(request, panel.problem)
    address = reverse("curation:panel_edit", args=[panel.problem_id, panel.pk])
    return redirect(f"{address}#findings")


def _apply(request: AuthenticatedRequest, problem: Problem) -> None:
    fix = apply_fix(problem, request.POST.get("fix", ""))
    count = len(fix.changes)
    messages.success(request, f"{fix.label}: done, {count} text{'s' if count > 1 else ''} changed.")


def back(request: AuthenticatedRequest, problem: Problem, *, part: str) -> HttpResponse:
    """To the page of the problem that sent this: a panel's, the annotations' or the overview."""
    sent_from = request.POST.get("from", "")
    panels = {str(panel.pk) for panel in problem.panels.all()}
    if sent_from in panels:
        address = reverse("curation:panel_edit", args=[problem.pk, int(sent_from)])
    else:
        name = "problem_edit" if sent_from == "about" else "problem_overview"
        address = reverse(f"curation:{name}", args=[problem.pk])
    return redirect(f"{address}#{part}")
