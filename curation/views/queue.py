"""What awaits this reviewer."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curation.http import AuthenticatedRequest, allowed_to, page_of
from curation.models import Problem, Specialty
from curation.permissions import can_review


@require_safe
@allowed_to(can_review)
def review_queue(request: AuthenticatedRequest) -> HttpResponseBase:
    """Submitted by others and not yet judged by me, oldest first."""
    problems = Problem.objects.awaiting_review_by(request.user).with_panels()
    chosen = request.GET.get("specialty", "")
    if chosen:
        problems = problems.of_specialty(chosen)
    page = page_of(request, problems)
    context = {"page": page, "specialties": Specialty.objects.all(), "chosen": chosen}
    return render(request, "curation/review_queue.html", context)
