"""What awaits this reviewer; taking and giving back places; whom editors ask to review."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from curation import claiming, queueing
from curation.errors import InvalidContentError
from curation.forms.assigning import AssignmentForm
from curation.http import (
    PAGE_SIZE,
    AuthenticatedRequest,
    allowed_to,
    fetch_visible,
    require,
    way_back,
)
from curation.models import AnswerSeen, Assignment, Image, Problem, Revision, Specialty
from curation.permissions import (
    can_decide_problem,
    can_edit_collection,
    can_review,
    can_review_problem,
)
from curation.queueing import Queue, Waiting
from curation.views.overview import overview_page
from curation.views.problems import fetch_problem

_SHOWS = {"": "All", "mine": "Mine", "assigned": "Asked of me"}


@require_safe
@allowed_to(can_review)
def review_queue(request: AuthenticatedRequest) -> HttpResponseBase:
    """My places on top; then what awaits me, what is asked of me first, else oldest first."""
    person, now = request.user, timezone.now()
    chosen = _specialty(request.GET.get("specialty", ""))
    show = request.GET.get("show", "")
    show = show if show in _SHOWS else ""
    queue = _queue(request, show, chosen)
    page = Paginator(queue, PAGE_SIZE).get_page(request.GET.get("page"))
    held = queueing.held_by(person, now) if show != "mine" else Queue()
    mine, waiting = queueing.lines(person, now, held[:PAGE_SIZE], list(page))
    context = {
        "page": page,
        "mine": mine,
        "waiting": waiting,
        "next_image": _next_image([*mine, *waiting]),
        "can_take_next": any(line.is_free and not line.claim for line in waiting),
        "specialties": Specialty.objects.all(),
        "chosen": chosen,
        "shows": _SHOWS.items(),
        "show": show,
        "hours": claiming.hours_kept(),
    }
    return render(request, "curation/review_queue.html", context)


def _specialty(slug: str) -> str:
    """The slug of a specialty that exists, or all of them."""
    return slug if Specialty.objects.contains(Specialty(slug=slug)) else ""


def _queue(request: AuthenticatedRequest, show: str, specialty: str) -> Queue:
    if show == "mine":
        return queueing.held_by(request.user, timezone.now())
    if show == "assigned":
        return queueing.asked_of(request.user, specialty=specialty)
    return queueing.queue_of(request.user, timezone.now(), specialty=specialty)


def _next_image(lines: list[Waiting]) -> Image | None:
    """What the next page shows first and takes longest to come: the query's image.

    Not the page itself: no page is kept by the browser, and its time would begin too early.
    """
    for line in lines:
        if line.is_free:
            return next((one.image for one in line.problem.panels.all() if one.is_query), None)
    return None


@require_POST
@allowed_to(can_review)
def review_next(request: AuthenticatedRequest) -> HttpResponseBase:
    """Take the first place there is, in the order of the queue."""
    show, specialty = request.POST.get("show", ""), _specialty(request.POST.get("specialty", ""))
    queue = _queue(request, show if show == "assigned" else "", specialty)
    free = queueing.claimable(queue, request.user, timezone.now())
    claim = claiming.take_first(free, request.user)
    if claim is None:
        messages.info(request, "No place is free just now: others hold what waits.")
        return redirect("curation:review_queue")
    return redirect("curation:review_detail", revision_id=claim.revision_id)


@require_POST
@allowed_to(can_review)
def claim_create(request: AuthenticatedRequest, revision_id: int) -> HttpResponseBase:
    """Take a place, or go on with the one that is held: it is kept from now on."""
    revision = _fetch_reviewable(request, revision_id)
    claiming.take_place(revision, request.user, is_in_turn=True)
    return redirect("curation:review_detail", revision_id=revision.pk)


@require_POST
@allowed_to(can_review)
def claim_release(request: AuthenticatedRequest, revision_id: int) -> HttpResponseBase:
    """Give a place back for others."""
    claiming.release_claim(_fetch_reviewable(request, revision_id), request.user)
    messages.success(request, "Released: others can take it. What you answered is kept.")
    return redirect(_back_to_queue(request))


@require_POST
@allowed_to(can_review)
def review_decline(request: AuthenticatedRequest, revision_id: int) -> HttpResponseBase:
    """Leave a revision to others."""
    claiming.decline(_fetch_reviewable(request, revision_id), request.user)
    messages.success(request, "Left to others. A newer revision of it is offered to you again.")
    return redirect(_back_to_queue(request))


def _fetch_reviewable(request: AuthenticatedRequest, revision_id: int) -> Revision:
    visible = Revision.objects.of_problems(Problem.objects.visible_to(request.user))
    revision = fetch_visible(visible.select_related("problem"), pk=revision_id)
    require(can_review_problem(request.user, revision.problem))
    return revision


def _back_to_queue(request: AuthenticatedRequest) -> str:
    """The queue with the filters that the button stood under."""
    return way_back(request, otherwise=reverse("curation:review_queue"))


@require_POST
@allowed_to(can_edit_collection)
def assignment_create(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Ask somebody to review a problem."""
    problem = fetch_problem(request, problem_id)
    require(can_decide_problem(request.user, problem))
    form = AssignmentForm(request.POST, problem=problem)
    if form.is_valid():
        reviewer, due_at = form.cleaned_data["reviewer"], form.cleaned_data["due_at"]
        try:
            claiming.assign(problem, reviewer, by=request.user, due_at=due_at)
        except InvalidContentError as error:
            form.add_error("reviewer", str(error))
        else:
            messages.success(request, f"{reviewer} is asked to review it.")
            return redirect("curation:problem_overview", problem_id=problem.pk)
    AnswerSeen.objects.note(problem, request.user)  # the page shows it
    return overview_page(request, problem, assignment_form=form, status=422)


@require_POST
@allowed_to(can_edit_collection)
def assignment_remove(
    request: AuthenticatedRequest, problem_id: UUID, assignment_id: int
) -> HttpResponseBase:
    """Ask no longer."""
    problem = fetch_problem(request, problem_id)
    require(can_decide_problem(request.user, problem))
    assignment = fetch_visible(Assignment.objects.of_problems([problem]), pk=assignment_id)
    claiming.unassign(assignment, by=request.user)
    messages.success(request, f"{assignment.reviewer} is not asked any more.")
    return redirect("curation:problem_overview", problem_id=problem.pk)
