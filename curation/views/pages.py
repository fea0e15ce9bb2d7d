"""Home, the editors' view of the collection."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curation.http import AuthenticatedRequest, allowed_to, page_of
from curation.models import Problem, Release, Status
from curation.permissions import can_author, can_edit_collection, can_review, is_member

_SHOWN = 5


@require_safe
@allowed_to(is_member)
def home(request: AuthenticatedRequest) -> HttpResponseBase:
    """What waits for me."""
    person = request.user
    mine = Problem.objects.written_by(person).with_panels()
    waiting = Problem.objects.awaiting_review_by(person).with_panels()
    context = {
        "can_author": can_author(person),
        "can_review": can_review(person),
        "returned": mine.in_status(Status.CHANGES_REQUESTED)[:_SHOWN],
        "drafts": mine.in_status(Status.DRAFT)[:_SHOWN],
        "under_way": mine.in_status(Status.SUBMITTED, Status.APPROVED)[:_SHOWN],
        "reviews": waiting[:_SHOWN] if can_review(person) else [],
        "approved_count": Problem.objects.in_status(Status.APPROVED).count()
        if can_edit_collection(person)
        else 0,
        "latest_release": Release.objects.ready().with_size().first(),
    }
    return render(request, "curation/home.html", context)


@require_safe
@allowed_to(can_edit_collection)
def collection(request: AuthenticatedRequest) -> HttpResponseBase:
    """Every problem, by status."""
    problems = Problem.objects.with_panels()
    status = request.GET.get("status", "")
    if status in Status.values:
        problems = problems.in_status(Status(status))
    page = page_of(request, problems)
    counts = Problem.objects.count_by_status()
    statuses = [(value, label, counts.get(value, 0)) for value, label in Status.choices]
    context = {"page": page, "statuses": statuses, "status": status}
    return render(request, "curation/collection.html", context)
