"""An author's problems: list, annotations, overview, submitting."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from curation import authoring
from curation.domain.content import Annotations
from curation.errors import WrongMomentError
from curation.forms.writing import AnnotationsForm
from curation.http import (
    AuthenticatedRequest,
    allowed_to,
    fetch_visible,
    page_of,
    render_part,
    require,
)
from curation.models import Problem, Status
from curation.permissions import (
    can_author,
    can_write_problem,
)
from curation.views.showing import checked, field_rows


def fetch_problem(request: AuthenticatedRequest, problem_id: UUID) -> Problem:
    """A problem this person may see, with its panels, or 404."""
    return fetch_visible(Problem.objects.visible_to(request.user).with_panels(), pk=problem_id)


def fetch_own(request: AuthenticatedRequest, problem_id: UUID) -> Problem:
    """A problem this person may write in, or 403 for those who only see it."""
    problem = fetch_problem(request, problem_id)
    require(can_write_problem(request.user, problem))
    return problem


@require_safe
@allowed_to(can_author)
def problem_list(request: AuthenticatedRequest) -> HttpResponseBase:
    """My problems, the ones I changed last first."""
    problems = Problem.objects.written_by(request.user).with_panels()
    status = request.GET.get("status", "")
    if status in Status.values:
        problems = problems.in_status(Status(status))
    page = page_of(request, problems)
    context = {"page": page, "statuses": Status.choices, "status": status}
    return render(request, "curation/problem_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_author)
def problem_edit(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """The six annotations."""
    problem = fetch_own(request, problem_id)
    if request.method != "POST":
        if not problem.is_editable:
            return redirect("curation:problem_overview", problem_id=problem.pk)
        return annotations_page(request, problem)
    refusal = save_annotations(request, problem)
    if refusal is not None and not _is_stored(request, problem_id):
        return refusal
    if request.htmx:
        return annotations_page(request, fetch_own(request, problem_id), part="saved")
    messages.success(request, "Saved.")
    return redirect("curation:problem_edit", problem_id=problem.pk)


def _is_stored(request: AuthenticatedRequest, problem_id: UUID) -> bool:
    stored = fetch_own(request, problem_id)
    return stored.is_editable and AnnotationsForm(request.POST).is_stored_in(stored)


def save_annotations(request: AuthenticatedRequest, problem: Problem) -> HttpResponse | None:
    """Keep what the page's form holds; an answer only if that was not possible."""
    form = AnnotationsForm(request.POST)
    if not form.is_valid():
        return annotations_page(request, problem, form, part="editor", status=422)
    try:
        version = form.cleaned_data["version"]
        authoring.annotate(problem, version=version, annotations=form.annotations())
    except WrongMomentError as error:
        return _annotations_conflict(request, problem.pk, form.annotations(), error)
    return None


def _annotations_conflict(
    request: AuthenticatedRequest, problem_id: UUID, mine: Annotations, error: WrongMomentError
) -> HttpResponse:
    """The form with what this browser chose; saving it again is then a knowing choice."""
    stored = fetch_own(request, problem_id)
    form = AnnotationsForm(initial={**asdict(mine), "version": stored.version})
    return annotations_page(
        request, stored, form, error=str(error), stored=stored, part="editor", status=409
    )


def annotations_page(
    request: AuthenticatedRequest,
    problem: Problem,
    form: AnnotationsForm | None = None,
    *,
    part: str = "",
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """The page of the six annotations, or the part of it that scripts ask for."""
    form = form or AnnotationsForm.of(problem)
    check = checked(problem)
    context |= {
        "check": check,
        "problem": problem,
        "form": form,
        "version": form.held_version(problem),
        "rows": field_rows(form, check.general),
    }
    answer = render_part(request, "curation/problem_edit.html", part, context, status=status)
    if request.htmx and part == "editor":
        answer["HX-Retarget"] = "#editor"
    return answer
