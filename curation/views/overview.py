"""A whole problem on one page, and the moves that start from it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from curation import workflow
from curation.errors import InvalidContentError
from curation.forms.assigning import AssignmentForm
from curation.forms.deciding import ReasonForm
from curation.forms.fields import VersionForm
from curation.forms.writing import ExplanationForm
from curation.http import AuthenticatedRequest, allowed_to, require
from curation.models import Move, Problem, Review, User
from curation.permissions import (
    can_author,
    can_decide_problem,
    can_edit_collection,
    can_see_draft,
    can_see_reviews,
    can_withdraw_problem,
    can_write_problem,
    is_member,
)
from curation.views.assigning import assigning
from curation.views.problems import fetch_own, fetch_problem
from curation.views.showing import checked, shown_draft, shown_revision

# An editor's moves, with the words on their buttons.
_DECISIONS = {
    Move.APPROVE: (workflow.approve_over_rejection, "Approve"),
    Move.REQUEST_CHANGES: (workflow.request_changes, "Return for changes"),
    Move.REJECT: (workflow.reject, "Reject"),
    Move.RETIRE: (workflow.retire, "Retire"),
}


@require_safe
@allowed_to(is_member)
def problem_overview(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """The whole problem as a model receives it, and what still blocks submitting."""
    return overview_page(request, fetch_problem(request, problem_id))


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
        "reviews": _visible_reviews(person, problem),
        "can_write": can_write and problem.is_editable,
        "can_withdraw": can_withdraw_problem(person, problem)
        and workflow.can_move(problem, Move.WITHDRAW),
        "can_reopen": can_write and workflow.can_move(problem, Move.REOPEN),
        "decisions": _decisions(person, problem),
        "reason_form": ReasonForm(),
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


def _visible_reviews(person: User, problem: Problem) -> list[Review]:
    """The verdicts on all revisions that this person may read, the newest revision's first."""
    reviews = Review.objects.of_problem(problem).with_parts()
    return [review for review in reviews if can_see_reviews(person, review.revision)]


def _decisions(person: User, problem: Problem) -> list[tuple[str, str]]:
    if not can_decide_problem(person, problem):
        return []
    legal = {move for move in _DECISIONS if workflow.can_move(problem, move)}
    revision = problem.current_revision
    if revision is None or not workflow.has_enough_approvals(revision):
        legal.discard(Move.APPROVE)
    return [(move.value, words) for move, (_, words) in _DECISIONS.items() if move in legal]


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
    messages.success(
        request, "Submitted. Reviewers see it now; this page and your problems show how it goes."
    )
    return redirect("curation:problem_overview", problem_id=problem.pk)


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


@require_POST
@allowed_to(can_edit_collection)
def problem_decide(request: AuthenticatedRequest, problem_id: UUID, move: str) -> HttpResponseBase:
    """An editor's decision, with its reason."""
    problem = fetch_problem(request, problem_id)
    require(can_decide_problem(request.user, problem))
    if move not in _DECISIONS:
        raise Http404
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return overview_page(request, problem, error=_unreadable(form), status=422)
    decide, _ = _DECISIONS[Move(move)]
    try:
        decide(problem, by=request.user, comment=form.cleaned_data["comment"])
    except InvalidContentError as error:
        return overview_page(request, problem, error=str(error), status=422)
    return redirect("curation:problem_overview", problem_id=problem.pk)


@require_safe
@allowed_to(is_member)
def problem_history(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Moves and verdicts on all revisions, newest first."""
    problem = fetch_problem(request, problem_id)
    context = {
        "problem": problem,
        "changes": problem.status_changes.select_related("changed_by", "revision").reverse(),
        "reviews": _visible_reviews(request.user, problem),
    }
    return render(request, "curation/problem_history.html", context)
