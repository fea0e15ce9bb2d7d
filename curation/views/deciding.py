"""An editor's decision where reviewers disagree; what is left of a problem that is given up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from curation import workflow
from curation.claiming import can_assign
from curation.errors import InvalidContentError, WrongMomentError
from curation.forms.deciding import DecisionForm
from curation.http import AuthenticatedRequest, allowed_to, require
from curation.models import (
    AnswerSeen,
    Move,
    Problem,
    Release,
    Review,
    Status,
    StatusChange,
    User,
)
from curation.permissions import can_decide_problem, can_edit_collection, can_retire_problem
from curation.views.problems import fetch_problem
from curation.views.showing import shown_revision

# An editor's moves, with the words on their buttons.
_DECISIONS: Mapping[Move, tuple[Callable[..., None], str]] = {
    Move.OVERRULE: (workflow.overrule, "Approve it over the rejection"),
    Move.RETURN: (workflow.send_back, "Return it to its author for changes"),
    Move.REJECT: (workflow.reject, "Reject it for good"),
    Move.RETIRE: (workflow.retire, "Retire it: no later release has it"),
}
_GONE = {
    Status.WITHDRAWN: "Its author withdrew it. It can be reopened as a draft.",
    Status.REJECTED: "It was rejected and goes no further.",
    Status.RETIRED: "It was retired: it stays in the releases that have it and comes into no "
    "later one.",
}


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def problem_decide(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """What the reviewers said, and the editor's decision, signed with a reason."""
    problem = fetch_problem(request, problem_id)
    require(can_retire_problem(request.user, problem))
    AnswerSeen.objects.note(problem, request.user)
    if request.method != "POST":
        form = DecisionForm(initial={"revision": problem.current_revision_id})
        return _page(request, problem, form)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, problem, form, status=422)
    move = Move(form.cleaned_data["move"])
    require(move == Move.RETIRE or can_decide_problem(request.user, problem))
    try:
        _decide(problem, move, form, request.user)
    except InvalidContentError as error:
        form.add_error(None, str(error))
        return _page(request, problem, form, status=422)
    messages.success(request, "Your decision is recorded, with your name and your reason.")
    return redirect("curation:problem_overview", problem_id=problem.pk)


def _decide(problem: Problem, move: Move, form: DecisionForm, by: User) -> None:
    if form.cleaned_data["revision"] != problem.current_revision_id:
        raise WrongMomentError("The author submitted a newer revision. Read that one first.")
    verb, _ = _DECISIONS[move]
    verb(problem, by=by, comment=form.cleaned_data["comment"])


def _page(
    request: AuthenticatedRequest, problem: Problem, form: DecisionForm, *, status: int = 200
) -> HttpResponse:
    revision = problem.current_revision
    form.offer(decisions(request.user, problem))
    context = {
        "problem": problem,
        "revision": revision,
        "shown": shown_revision(revision) if revision else None,
        "reviews": Review.objects.of_problem(problem).with_parts(),
        "signed": signed(problem),
        "form": form,
        "is_disputed": is_disputed(problem),
        "is_involved": not can_decide_problem(request.user, problem),
        "can_ask": can_decide_problem(request.user, problem) and can_assign(problem),
    }
    return render(request, "curation/problem_decide.html", context, status=status)


def is_disputed(problem: Problem) -> bool:
    """Whether it waits for an editor now."""
    return problem.status == Status.SUBMITTED and workflow.is_disputed(problem)


def decisions(person: User, problem: Problem) -> list[tuple[str, str]]:
    """The moves that this editor may make now, with the words on their buttons."""
    if not can_retire_problem(person, problem):
        return []
    legal = {move for move in _DECISIONS if workflow.can_move(problem, move)}
    if not can_decide_problem(person, problem):
        legal &= {Move.RETIRE}
    if not _can_overrule(problem):
        legal.discard(Move.OVERRULE)
    return [(move.value, words) for move, (_, words) in _DECISIONS.items() if move in legal]


def deciding_words(problem: Problem) -> str:
    """What an editor can do about it by a decision: only what waits is still to be decided."""
    if problem.status == Status.PUBLISHED:
        return "Retire it"
    last = problem.status_changes.signed().newest_first().first()
    is_decided = last is not None and last.revision_id == problem.current_revision_id
    return "Change the decision" if is_decided else "Decide"


def _can_overrule(problem: Problem) -> bool:
    revision = problem.current_revision
    if revision is None or not is_disputed(problem):
        return False
    return workflow.has_enough_approvals(revision)


def signed(problem: Problem) -> Sequence[StatusChange]:
    """What editors decided about it so far, the last decision first."""
    return list(problem.status_changes.signed().newest_first())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What is said at the address of a problem that was given up."""

    words: str
    change: StatusChange
    releases: Sequence[Release]


def tombstone_of(problem: Problem) -> Tombstone | None:
    """Since when and why it is gone and which releases have it; none for what still stands."""
    words = _GONE.get(Status(problem.status))
    change = problem.status_changes.newest_first().first()
    if words is None or change is None:
        return None
    releases = list(Release.objects.listing(problem))
    return Tombstone(words=words, change=change, releases=releases)
