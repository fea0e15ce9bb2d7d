"""Judging a revision: two answers given blind, then the truth beside them and the verdict."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from curation import blind
from curation.blind import Given, Skipped
from curation.errors import InvalidContentError, WrongMomentError
from curation.forms.blind import BlindAnswerForm, SkipForm
from curation.forms.deciding import VerdictForms
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, require
from curation.models import Problem, Revision, Stage, StageShown
from curation.permissions import can_review, can_review_problem
from curation.reviewing import record_review
from curation.views.blinding import options_of
from curation.views.judging import blind_context, truth_context


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_review)
def review_detail(request: AuthenticatedRequest, revision_id: int) -> HttpResponseBase:
    """What this reviewer answers next, or the truth beside the form for the verdict."""
    revision = _fetch(request, revision_id)
    if request.method != "POST":
        return _page(request, revision)
    if blind.stages_left(request.user, revision):
        said = request.POST.get("comment", "")
        return _not_now(request, revision, "Answer it blind first: the verdict follows.", said)
    return _judge(request, revision)


@require_POST
@allowed_to(can_review)
def blind_answer(request: AuthenticatedRequest, revision_id: int, stage: str) -> HttpResponseBase:
    """Keep the answer of one stage and go on to the next."""
    revision, asked = _fetch(request, revision_id), _stage(stage)
    if not _is_next(request, revision, asked):
        return _not_now(request, revision, _DONE, request.POST.get("answer", ""))
    options = options_of(revision, asked)
    form = BlindAnswerForm(request.POST, options=options)
    if not form.is_valid():
        return _page(request, revision, status=422, form=form)
    seconds = blind.seconds_since_shown(revision, asked, request.user)
    if seconds is None:
        return _not_now(request, revision, _UNREAD, form=form)
    cleaned = form.cleaned_data
    given = Given(answer=cleaned["answer"], confidence=cleaned["confidence"], seconds=seconds)
    try:
        blind.answer_blind(revision, asked, given, by=request.user)
    except WrongMomentError as error:
        kept = {"form": form} if _is_next(request, revision, asked) else {}
        return _not_now(request, revision, str(error), given.answer, **kept)
    return redirect("curation:review_detail", revision_id=revision.pk)


@require_POST
@allowed_to(can_review)
def blind_skip(request: AuthenticatedRequest, revision_id: int, stage: str) -> HttpResponseBase:
    """Go on without an answer, for a reason; with `rest` to the truth."""
    revision, asked = _fetch(request, revision_id), _stage(stage)
    if not _is_next(request, revision, asked):
        return _not_now(request, revision, _DONE, request.POST.get("reason", ""))
    form = SkipForm(request.POST)
    if not form.is_valid():
        return _page(request, revision, status=422, skip=form)
    seconds = blind.seconds_since_shown(revision, asked, request.user)
    if seconds is None:
        return _not_now(request, revision, _UNREAD, skip=form)
    why = Skipped(reason=form.cleaned_data["reason"], seconds=seconds)
    try:
        is_rest_too = "rest" in request.POST
        blind.skip_blind(revision, asked, why, by=request.user, is_rest_too=is_rest_too)
    except WrongMomentError as error:
        kept = {"skip": form} if _is_next(request, revision, asked) else {}
        return _not_now(request, revision, str(error), why.reason, **kept)
    return redirect("curation:review_detail", revision_id=revision.pk)


_UNREAD = "You were not shown this step before. Read it now, and send what you wrote again."
_DONE = "This step is done already. What you answered then stays; go on below."


def _fetch(request: AuthenticatedRequest, revision_id: int) -> Revision:
    visible = Revision.objects.of_problems(Problem.objects.visible_to(request.user))
    revision = fetch_visible(visible.select_related("problem__author"), pk=revision_id)
    require(can_review_problem(request.user, revision.problem))
    return revision


def _stage(name: str) -> Stage:
    if name not in Stage.values:
        raise Http404
    return Stage(name)


def _judge(request: AuthenticatedRequest, revision: Revision) -> HttpResponseBase:
    forms = VerdictForms.of(revision.content(), request.POST)
    if not forms.is_valid():
        return _page(request, revision, status=422, forms=forms)
    try:
        record_review(revision, by=request.user, **forms.review())
    except InvalidContentError as error:
        forms.verdict.add_error(None, str(error))
        return _page(request, revision, status=422, forms=forms)
    except WrongMomentError as error:
        return _page(request, revision, status=409, error=str(error), forms=forms)
    messages.success(request, "Your verdict is recorded. Thank you.")
    return redirect("curation:review_queue")


def _is_next(request: AuthenticatedRequest, revision: Revision, stage: Stage) -> bool:
    return stage in blind.stages_left(request.user, revision)[:1]


def _not_now(
    request: AuthenticatedRequest, revision: Revision, error: str, unkept: str = "", **forms: Any
) -> HttpResponse:
    """The step that is to be done now, with what was typed and cannot be kept."""
    return _page(request, revision, status=409, error=error, unkept=unkept, **forms)


def _page(
    request: AuthenticatedRequest,
    revision: Revision,
    *,
    status: int = 200,
    error: str = "",
    unkept: str = "",
    **forms: Any,
) -> HttpResponse:
    """The step that this reviewer has reached, with the forms of it that were refused."""
    left = blind.stages_left(request.user, revision)
    if left:
        shown = blind_context(revision, left, request.user, **forms)
        if request.method != "HEAD":  # which shows nothing
            StageShown.objects.note(revision, left[0], request.user)
    else:
        at = request.GET.get("at", "")
        shown = truth_context(revision, request.user, at=at, **forms)
    context = {
        "revision": revision,
        "problem": revision.problem,
        "is_open": revision.is_under_review,
        "error": error,
        "unkept": unkept,
        **shown,
    }
    return render(request, "curation/review_detail.html", context, status=status)
