"""Throwing a draft away, after a look at what is lost."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from curation import discarding
from curation.errors import WrongMomentError
from curation.http import AuthenticatedRequest, allowed_to
from curation.permissions import can_author
from curation.views.problems import fetch_own
from curation.views.showing import shown_draft


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_author)
def problem_discard(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Say what is lost; then throw the draft away."""
    problem = fetch_own(request, problem_id)
    if reason := discarding.why_not(problem):
        raise WrongMomentError(reason)
    if request.method == "POST":
        discarding.discard(problem, by=request.user)
        messages.success(request, "The draft is thrown away.")
        return redirect("curation:problem_list")
    was_tried = problem.draft_revisions.exists()
    context = {"problem": problem, "shown": shown_draft(problem), "was_tried": was_tried}
    return render(request, "curation/problem_discard.html", context)
