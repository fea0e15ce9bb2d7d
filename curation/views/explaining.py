"""Why a warning is all right, kept as it is typed like every other field."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from curation import saving
from curation.domain.versions import Merged
from curation.errors import InvalidContentError
from curation.forms.writing import ExplanationForm
from curation.http import AuthenticatedRequest, allowed_to
from curation.permissions import can_author
from curation.views.consistency import back
from curation.views.overview import overview_page
from curation.views.problems import fetch_own
from curation.views.showing import checked


@require_POST
@allowed_to(can_author)
def warning_explain(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Keep why a warning is all right."""
    problem, sent = fetch_own(request, problem_id), ExplanationForm.sent(request.POST)
    if not sent.is_valid():
        error = "This explanation cannot be kept: at most 1,000 letters are taken."
        return _refused(request, problem_id, error)
    code = sent.cleaned_data["code"]
    try:
        merged = saving.save_explanation(problem, code, sent.typed())
    except InvalidContentError as error:
        return _refused(request, problem_id, str(error))
    if merged.conflicts:
        return _both(request, problem_id, merged, sent)
    if request.htmx:
        return _said(request, problem_id, code, _words(sent))
    messages.success(request, f"{_words(sent)}.", extra_tags="findings")
    return back(request, problem, part="findings")


def _words(sent: ExplanationForm) -> str:
    is_kept = bool(sent.cleaned_data["text"])
    return "Kept for the reviewers" if is_kept else "The explanation is gone"


def _said(
    request: AuthenticatedRequest, problem_id: UUID, code: str, words: str, *, status: int = 200
) -> HttpResponse:
    """What scripts ask for: the words beside the button, what the field starts from, the count."""
    problem = fetch_own(request, problem_id)
    form = ExplanationForm.of(code, problem.explanations.get(code, ""))
    context = {"check": checked(problem), "code": code, "words": words}
    if status == 200:
        context["field"] = form["text"]
    return render(request, "components/findings.html#explained", context, status=status)


def _refused(request: AuthenticatedRequest, problem_id: UUID, error: str) -> HttpResponse:
    """What was typed stays in its field, with why it was not kept."""
    code, text = request.POST.get("code", ""), request.POST.get("text", "")
    if request.htmx:
        return _said(request, problem_id, code, error, status=422)
    problem = fetch_own(request, problem_id)
    problem.explanations = {**problem.explanations, code: text}
    return overview_page(request, problem, error=error, explaining=code, status=422)


def _both(
    request: AuthenticatedRequest, problem_id: UUID, merged: Merged, sent: ExplanationForm
) -> HttpResponse:
    """Both texts, and the choice."""
    code = sent.cleaned_data["code"]
    form = ExplanationForm.of(code, sent.cleaned_data["text"])
    form.show(merged, sent.typed())
    check = checked(fetch_own(request, problem_id), explaining=form)
    words = "Not kept: another window explained it too."
    if request.htmx:
        context = {"check": check, "code": code, "words": words, "field": form["text"]}
        return render(request, "components/findings.html#explained", context, status=409)
    problem = check.problem
    return overview_page(request, problem, error=words, explaining=code, unkept=form, status=409)
