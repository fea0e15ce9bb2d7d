"""Judging a revision."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from curation.domain.rules import findings
from curation.errors import InvalidContentError
from curation.forms.deciding import ReviewForm
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, require
from curation.models import AnswerSeen, Problem, Revision, Verdict
from curation.permissions import can_review, can_review_problem, can_see_reviews
from curation.reviewing import record_review
from curation.views.showing import explained, shown_revision


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_review)
def review_detail(request: AuthenticatedRequest, revision_id: int) -> HttpResponseBase:
    """One revision beside the form for the verdict."""
    visible = Revision.objects.of_problems(Problem.objects.visible_to(request.user))
    revision = fetch_visible(visible.select_related("problem__author"), pk=revision_id)
    require(can_review_problem(request.user, revision.problem))
    if request.method != "POST":
        return _page(request, revision, ReviewForm())
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, revision, form, status=422)
    try:
        _record(request, revision, form)
    except InvalidContentError as error:
        form.add_error("comment", str(error))
        return _page(request, revision, form, status=422)
    messages.success(request, "Your verdict is recorded. Thank you.")
    return redirect("curation:review_queue")


def _record(request: AuthenticatedRequest, revision: Revision, form: ReviewForm) -> None:
    # The page shows the answer beside the form.
    AnswerSeen.objects.get_or_create(problem=revision.problem, person=request.user)
    record_review(
        revision,
        by=request.user,
        verdict=Verdict(form.cleaned_data["verdict"]),
        comment=form.cleaned_data["comment"],
        checklist=dict.fromkeys(form.cleaned_data["checklist"], True),
        annotations=asdict(revision.content().annotations),
    )


def _page(
    request: AuthenticatedRequest, revision: Revision, form: ReviewForm, *, status: int = 200
) -> HttpResponse:
    mine = revision.reviews.by(request.user).first()
    reviews = revision.reviews.with_parts() if can_see_reviews(request.user, revision) else []
    context = {
        "revision": revision,
        "problem": revision.problem,
        "shown": shown_revision(revision),
        "explained": explained(findings(revision.draft()), revision.explanations),
        "mine": mine,
        "reviews": reviews,
        "form": form,
        "is_open": mine is None and revision.is_under_review,
    }
    return render(request, "curation/review_detail.html", context, status=status)
