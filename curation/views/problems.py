"""An author's problems: list, annotations, overview, submitting."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from curation import authoring, workflow
from curation.domain.content import Annotations
from curation.errors import InvalidContentError, StaleDraftError, WrongMomentError
from curation.forms import AnnotationsForm, ExplanationForm, ReasonForm, VersionForm
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, require
from curation.models import Move, Problem, Status
from curation.permissions import (
    can_author,
    can_decide_problem,
    can_see_reviews,
    can_withdraw_problem,
    can_write_problem,
    is_member,
)
from curation.views.showing import checked, field_rows, shown_revision

PAGE_SIZE = 25


def fetch_problem(request: AuthenticatedRequest, problem_id: UUID) -> Problem:
    """A problem this person may see, with its panels, or 404."""
    return fetch_visible(Problem.objects.visible_to(request.user).with_panels(), pk=problem_id)


def fetch_own(request: AuthenticatedRequest, problem_id: UUID) -> Problem:
    """A problem this person may write in, or 403 for those who only see it."""
    problem = fetch_problem(request, problem_id)
    require(can_write_problem(request.user, problem))
    return problem


@require_GET
@allowed_to(can_author)
def problem_list(request: AuthenticatedRequest) -> HttpResponseBase:
    """My problems, the ones I changed last first."""
    problems = Problem.objects.written_by(request.user).with_panels()
    status = request.GET.get("status", "")
    if status in Status.values:
        problems = problems.in_status(Status(status))
    page = Paginator(problems, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "statuses": Status.choices, "status": status}
    return render(request, "curation/problem_list.html", context)


@require_POST
@allowed_to(can_author)
def problem_create(request: AuthenticatedRequest) -> HttpResponseBase:
    """Start a problem and go to its first panel."""
    problem = authoring.start_problem(request.user)
    first = problem.panels.in_order()[0]
    return redirect("curation:panel_edit", problem_id=problem.pk, panel_id=first.pk)


@require_http_methods(["GET", "POST"])
@allowed_to(can_author)
def problem_edit(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """The six annotations."""
    problem = fetch_own(request, problem_id)
    if request.method == "GET":
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
    page = "curation/problem_edit.html"
    answer = render(
        request, f"{page}#{part}" if request.htmx and part else page, context, status=status
    )
    if request.htmx and part == "editor":
        answer["HX-Retarget"] = "#editor"
    return answer


@require_GET
@allowed_to(is_member)
def problem_overview(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """The whole problem as a model receives it, and what still blocks submitting."""
    problem = fetch_problem(request, problem_id)
    return _overview(request, problem)


def _overview(
    request: AuthenticatedRequest, problem: Problem, *, error: str = "", status: int = 200
) -> HttpResponse:
    revision = problem.current_revision
    is_draft = problem.is_editable or revision is None
    check = checked(problem)
    person = request.user
    context = {
        "problem": problem,
        "check": check,
        "panels": check.panels if is_draft or revision is None else shown_revision(revision),
        "is_draft": is_draft,
        "reviews": revision.reviews.select_related("reviewer")
        if revision and can_see_reviews(person, revision)
        else [],
        "can_write": can_write_problem(person, problem) and problem.is_editable,
        "can_withdraw": can_withdraw_problem(person, problem)
        and workflow.can_move(problem, Move.WITHDRAW),
        "can_reopen": can_write_problem(person, problem)
        and workflow.can_move(problem, Move.REOPEN),
        "decisions": decisions(request, problem),
        "reason_form": ReasonForm(),
        "error": error,
    }
    return render(request, "curation/problem_overview.html", context, status=status)


def decisions(request: AuthenticatedRequest, problem: Problem) -> list[tuple[str, str]]:
    """The moves an editor may decide on now, with the words on their buttons."""
    if not can_decide_problem(request.user, problem):
        return []
    words = {
        Move.REQUEST_CHANGES: "Return for changes",
        Move.REJECT: "Reject",
        Move.RETIRE: "Retire",
    }
    return [(move.value, text) for move, text in words.items() if workflow.can_move(problem, move)]


@require_POST
@allowed_to(can_author)
def problem_submit(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Freeze the draft and put it before the reviewers."""
    problem = fetch_own(request, problem_id)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return _overview(request, problem, error="Reload the page and submit again.", status=422)
    try:
        workflow.submit(problem, by=request.user, version=form.cleaned_data["version"])
    except InvalidContentError as error:
        return _overview(request, problem, error=str(error), status=422)
    messages.success(request, "Submitted. Reviewers see it now; you hear of their verdict here.")
    return redirect("curation:problem_overview", problem_id=problem.pk)


@require_POST
@allowed_to(can_author)
def warning_explain(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Keep why a warning is all right."""
    problem = fetch_own(request, problem_id)
    form = ExplanationForm(request.POST)
    if not form.is_valid():
        error = "This explanation cannot be kept: at most 1,000 letters are taken."
        return _not_explained(request, problem_id, error, status=422)
    try:
        authoring.explain_warning(problem, **form.cleaned_data)
    except InvalidContentError as error:
        return _not_explained(request, problem_id, str(error), status=422)
    except StaleDraftError as error:
        return _not_explained(request, problem_id, str(error), status=409)
    messages.success(request, "Your explanation is kept for the reviewers.")
    return redirect("curation:problem_overview", problem_id=problem.pk)


def _not_explained(
    request: AuthenticatedRequest, problem_id: UUID, error: str, *, status: int
) -> HttpResponse:
    """The overview with what was typed still in its field; what is stored is said beside."""
    problem = fetch_own(request, problem_id)
    code, text = request.POST.get("code", ""), request.POST.get("text", "")
    if stored := problem.explanations.get(code):
        error = f"{error} What is stored: {stored}"
    problem.explanations = {**problem.explanations, code: text}
    return _overview(request, problem, error=error, status=status)


@require_POST
@allowed_to(is_member)
def problem_withdraw(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Take a submission back."""
    problem = fetch_problem(request, problem_id)
    require(can_withdraw_problem(request.user, problem))
    workflow.withdraw(problem, by=request.user, comment=request.POST.get("comment", ""))
    messages.success(request, "Withdrawn. Reopen it whenever you want to go on.")
    return redirect("curation:problem_overview", problem_id=problem.pk)


@require_POST
@allowed_to(can_author)
def problem_reopen(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Make a withdrawn problem a draft again."""
    problem = fetch_own(request, problem_id)
    workflow.reopen(problem, by=request.user)
    return redirect("curation:problem_edit", problem_id=problem.pk)


@require_GET
@allowed_to(is_member)
def problem_history(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Revisions and moves, newest first."""
    problem = fetch_problem(request, problem_id)
    context = {
        "problem": problem,
        "changes": problem.status_changes.select_related("changed_by", "revision").reverse(),
        "back": reverse("curation:problem_overview", args=[problem.pk]),
    }
    return render(request, "curation/problem_history.html", context)
