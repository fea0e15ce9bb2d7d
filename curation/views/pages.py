"""Home, instructions, the editors' view of the collection, health."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from curation import workflow
from curation.domain.rules import MAX_EXAMPLES, MIN_EXAMPLES
from curation.errors import InvalidContentError
from curation.forms import ReasonForm
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, open_to_all, require
from curation.models import Move, Problem, Release, Status
from curation.permissions import can_decide_problem, can_edit_collection, can_review, is_member
from curation.views.problems import PAGE_SIZE

_SHOWN = 5


@require_GET
@allowed_to(is_member)
def home(request: AuthenticatedRequest) -> HttpResponseBase:
    """What waits for me."""
    person = request.user
    mine = Problem.objects.written_by(person).with_panels()
    waiting = Problem.objects.awaiting_review_by(person).with_panels()
    context = {
        "returned": mine.in_status(Status.CHANGES_REQUESTED)[:_SHOWN],
        "drafts": mine.in_status(Status.DRAFT)[:_SHOWN],
        "reviews": waiting[:_SHOWN] if can_review(person) else [],
        "approved_count": Problem.objects.in_status(Status.APPROVED).count()
        if can_edit_collection(person)
        else 0,
        "latest_release": Release.objects.ready().with_size().first(),
    }
    return render(request, "curation/home.html", context)


@require_GET
@allowed_to(is_member)
def instructions(request: AuthenticatedRequest) -> HttpResponseBase:
    """How to write a good problem."""
    context = {"min_examples": MIN_EXAMPLES, "max_examples": MAX_EXAMPLES}
    return render(request, "curation/instructions.html", context)


@require_GET
@allowed_to(can_edit_collection)
def collection(request: AuthenticatedRequest) -> HttpResponseBase:
    """Every problem, by status."""
    problems = Problem.objects.with_panels()
    status = request.GET.get("status", "")
    if status in Status.values:
        problems = problems.in_status(Status(status))
    page = Paginator(problems, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = Problem.objects.count_by_status()
    statuses = [(value, label, counts.get(value, 0)) for value, label in Status.choices]
    context = {"page": page, "statuses": statuses, "status": status}
    return render(request, "curation/collection.html", context)


_DECISIONS = {
    Move.REQUEST_CHANGES: workflow.request_changes,
    Move.REJECT: workflow.reject,
    Move.RETIRE: workflow.retire,
}


@require_POST
@allowed_to(can_edit_collection)
def problem_decide(request: AuthenticatedRequest, problem_id: str, move: str) -> HttpResponseBase:
    """An editor's decision, with its reason."""
    problem = fetch_visible(Problem.objects.visible_to(request.user), pk=problem_id)
    require(can_decide_problem(request.user, problem) and move in _DECISIONS)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["comment"] if form.is_valid() else ""
    try:
        _DECISIONS[Move(move)](problem, by=request.user, comment=reason)
    except InvalidContentError as error:
        messages.error(request, str(error))
    return redirect("curation:problem_overview", problem_id=problem.pk)


@require_GET
@open_to_all
def health_live(request: HttpRequest) -> HttpResponseBase:
    """The process answers."""
    return HttpResponse("live", content_type="text/plain")


@require_GET
@open_to_all
def health_ready(request: HttpRequest) -> HttpResponseBase:
    """The process can do its work: the database answers."""
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("the database does not answer", status=503, content_type="text/plain")
    return HttpResponse("ready", content_type="text/plain")
