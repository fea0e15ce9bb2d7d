"""A whole problem on one page, and the moves that start from it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from curation import discarding, workflow
from curation.errors import InvalidContentError, WrongMomentError
from curation.forms.assigning import AssignmentForm
from curation.forms.deciding import ReasonForm
from curation.forms.fields import VersionForm
from curation.forms.writing import ExplanationForm
from curation.http import AuthenticatedRequest, allowed_to, require
from curation.models import Move, Problem, Provenance, StatusChange
from curation.permissions import (
    can_author,
    can_edit_collection,
    can_see_draft,
    can_withdraw_problem,
    can_write_problem,
    is_member,
)
from curation.views.assigning import assigning
from curation.views.blinding import blind_first
from curation.views.deciding import deciding_words, decisions, is_disputed, tombstone_of
from curation.views.problems import fetch_own, fetch_problem
from curation.views.showing import checked, shown_draft, shown_revision
from curation.views.versions import visible_reviews


@require_safe
@allowed_to(is_member)
def problem_overview(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """The whole problem as a model receives it, and what still blocks submitting."""
    problem = fetch_problem(request, problem_id)
    return blind_first(request, problem) or overview_page(request, problem)


def overview_page(
    request: AuthenticatedRequest,
    problem: Problem,
    *,
    error: str = "",
    explaining: str = "",
    unkept: ExplanationForm | None = None,
    assignment_form: AssignmentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; `explaining` is the warning whose explanation was refused and stays open."""
    person, revision = request.user, problem.current_revision
    is_draft = revision is None or (problem.is_editable and can_see_draft(person, problem))
    can_write = can_write_problem(person, problem)
    context = {
        "problem": problem,
        "check": checked(problem, explaining=unkept),
        "shown": shown_draft(problem) if is_draft or not revision else shown_revision(revision),
        "explanations": _explanations(problem) if person == problem.author else [],
        "reviews": visible_reviews(person, problem),
        "provenances": Provenance.objects.of_revisions([revision] if revision else []),
        "can_write": can_write and problem.is_editable,
        "can_withdraw": can_withdraw_problem(person, problem)
        and workflow.can_move(problem, Move.WITHDRAW),
        "can_reopen": can_write and workflow.can_move(problem, Move.REOPEN),
        "can_discard": can_write and not discarding.why_not(problem),
        "decisions": decisions(person, problem),
        "deciding": deciding_words(problem),
        "is_disputed": can_edit_collection(person) and is_disputed(problem),
        "tombstone": tombstone_of(problem),
        "assigning": assigning(person, problem, assignment_form),
        "error": error,
        "explaining": explaining,
    }
    return render(request, "curation/problem_overview.html", context, status=status)


def _explanations(problem: Problem) -> list[tuple[str, str]]:
    """What the author said of the warnings of what is under review or was decided."""
    if problem.is_editable or problem.current_revision is None:
        return []
    said = problem.current_revision.explanations.items()
    return [(code.replace("_", " ").capitalize(), text) for code, text in said]


@require_POST
@allowed_to(can_author)
def problem_submit(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Freeze the draft and put it before the reviewers."""
    problem = fetch_own(request, problem_id)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return overview_page(
            request, problem, error="Reload the page and submit again.", status=422
        )
    try:
        workflow.submit(problem, by=request.user, version=form.cleaned_data["version"])
    except InvalidContentError as error:
        return overview_page(request, problem, error=str(error), status=422)
    except WrongMomentError:
        submitted = StatusChange.objects.that_awaits_review(problem)
        if submitted is None:
            raise
        messages.info(request, _already(submitted))
        return redirect("curation:problem_overview", problem_id=problem.pk)
    messages.success(
        request, "Submitted. Reviewers see it now; this page and your problems show how it goes."
    )
    return redirect("curation:problem_overview", problem_id=problem.pk)


def _already(submitted: StatusChange) -> SafeString:
    context = {"at": submitted.changed_at, "is_exact": True}
    at = render_to_string("components/time.html", context)
    return format_html("Already submitted: {}. Nothing was sent a second time.", at)


@require_POST
@allowed_to(is_member)
def problem_withdraw(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Take a submission back."""
    problem = fetch_problem(request, problem_id)
    require(can_withdraw_problem(request.user, problem))
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return overview_page(request, problem, error=_unreadable(form), status=422)
    workflow.withdraw(problem, by=request.user, comment=form.cleaned_data["comment"])
    messages.success(request, "Withdrawn. Reopen it whenever you want to go on.")
    return redirect("curation:problem_overview", problem_id=problem.pk)


def _unreadable(form: ReasonForm) -> str:
    return " ".join(str(error) for error in form.errors["comment"])


@require_POST
@allowed_to(can_author)
def problem_reopen(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Make a withdrawn problem a draft again."""
    problem = fetch_own(request, problem_id)
    workflow.reopen(problem, by=request.user)
    return redirect("curation:problem_edit", problem_id=problem.pk)
