"""An author's problems: list, annotations, overview, submitting."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from curation import saving
from curation.domain.versions import Merged
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
    saved = _save(request, problem, part="saved")
    if isinstance(saved, HttpResponse):
        return saved
    if request.htmx:
        return _merged_page(request, problem_id, saved, AnnotationsForm(request.POST), part="saved")
    messages.success(request, "Saved.")
    return redirect("curation:problem_edit", problem_id=problem.pk)


def save_annotations(request: AuthenticatedRequest, problem: Problem) -> HttpResponse | None:
    """Keep what the page's form holds; an answer only if not all of it could be kept."""
    saved = _save(request, problem, part="editor")
    return saved if isinstance(saved, HttpResponse) else None


def _save(request: AuthenticatedRequest, problem: Problem, *, part: str) -> HttpResponse | Merged:
    sent = AnnotationsForm(request.POST)
    if not sent.is_valid():
        return annotations_page(request, problem, sent, part=part, status=422)
    try:
        merged = saving.save_annotations(problem, sent.typed())
    except WrongMomentError as error:
        stored = fetch_own(request, problem.pk)
        return annotations_page(request, stored, sent, error=str(error), part=part, status=409)
    if merged.conflicts:
        return _merged_page(request, problem.pk, merged, sent, part=part, status=409)
    return merged


def _merged_page(
    request: AuthenticatedRequest,
    problem_id: UUID,
    merged: Merged,
    sent: AnnotationsForm,
    *,
    part: str,
    status: int = 200,
) -> HttpResponse:
    """What is stored now; both choices beside a field where two windows chose."""
    sent.is_valid()
    stored = fetch_own(request, problem_id)
    form = AnnotationsForm.of(stored)
    form.show(merged, sent.typed())
    words = conflict_words(merged)
    return annotations_page(
        request,
        stored,
        form,
        error=words,
        conflicts=len(merged.conflicts),
        is_merged=True,
        part=part,
        status=status,
    )


def conflict_words(merged: Merged) -> str:
    """What is said of a save that could not keep everything; nothing of one that could."""
    if not merged.conflicts:
        return ""
    number = len(merged.conflicts)
    fields = "One field was" if number == 1 else f"{number} fields were"
    return (
        f"{fields} changed in another window too. Nothing was overwritten: "
        "both texts stand at each, choose there. Everything else is saved."
    )


def _is_touched(problem: Problem) -> bool:
    """Whether anything was chosen yet."""
    return any(asdict(problem.annotations()).values())


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
        "rows": field_rows(form, check.general if _is_touched(problem) else ()),
        "saved_at": timezone.now() if part == "saved" else problem.updated_at,
    }
    answer = render_part(request, "curation/problem_edit.html", part, context, status=status)
    if request.htmx and part == "editor":
        answer["HX-Retarget"] = answer["HX-Reselect"] = "#editor"
    return answer
