"""Where writing begins, and where it goes on."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from curation import authoring, starting
from curation.domain.skeletons import SKELETONS
from curation.forms.starting import StartForm
from curation.http import AuthenticatedRequest, allowed_to, page_of
from curation.models import Panel, Problem, User
from curation.permissions import can_author
from curation.views.checking import Checked
from curation.views.problems import fetch_own
from curation.views.showing import checked, first_unfinished


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_author)
def problem_create(request: AuthenticatedRequest) -> HttpResponseBase:
    """Start a problem: empty, from a template, or from an earlier one; then go to its first panel.

    `?from=<id>` chooses an earlier problem beforehand.
    """
    if request.method != "POST":
        return _page(request, StartForm(request.user))
    form = StartForm(request.user, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    return _to_first_panel(_start(request.user, form.cleaned_data))


def _start(author: User, chosen: dict[str, Any]) -> Problem:
    if chosen["earlier"]:
        return starting.start_from_problem(
            author, chosen["earlier"], has_images=chosen["has_images"]
        )
    if chosen["skeleton"]:
        return starting.start_from_skeleton(author, SKELETONS[chosen["skeleton"]])
    return authoring.start_problem(author)


def _to_first_panel(problem: Problem) -> HttpResponse:
    first = problem.panels.in_order().first()
    if first is None:  # all panels of the earlier problem were removed
        return redirect("curation:problem_edit", problem_id=problem.pk)
    return redirect("curation:panel_edit", problem_id=problem.pk, panel_id=first.pk)


def _page(request: AuthenticatedRequest, form: StartForm, *, status: int = 200) -> HttpResponse:
    mine = Problem.objects.written_by(request.user).with_panels()
    context = {
        "form": form,
        "skeletons": SKELETONS.values(),
        "page": page_of(request, mine),
        "chosen": request.GET.get("from", ""),
    }
    return render(request, "curation/problem_create.html", context, status=status)


@require_safe
@allowed_to(can_author)
def problem_resume(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Go to the first field that still misses something; to the overview if none does."""
    problem = fetch_own(request, problem_id)
    return redirect(_first_unfinished(checked(problem)))


def _first_unfinished(check: Checked) -> str:
    """The address of the field: panels in order, then the annotations, then the whole problem."""
    if not (check.problem.is_editable and check.errors):
        return reverse("curation:problem_overview", args=[check.problem.pk])
    panel, anchor = first_unfinished(check)
    about = reverse("curation:problem_edit", args=[check.problem.pk])
    return f"{_address(panel) if panel else about}#{anchor}"


def _address(panel: Panel) -> str:
    return reverse("curation:panel_edit", args=[panel.problem_id, panel.pk])
