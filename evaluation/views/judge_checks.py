"""Experts check a judge: an editor draws a sample, experts say blind what is right."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.errors import InvalidContentError, WrongMomentError
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible
from curation.models import Image
from curation.permissions import can_edit_collection
from evaluation.domain.judge_samples import suggested_sizes
from evaluation.expert_agreeing import checked_judges
from evaluation.expert_checks import (
    can_give_verdict,
    discard_sample,
    draw_sample,
    give_verdict,
    open_answers,
)
from evaluation.forms import ExpertVerdictForm, JudgeSampleForm
from evaluation.models import ExpertSaid, ExpertVerdict, JudgeSample, Run, SampledAnswer, Score
from evaluation.permissions import can_check_judge


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def judge_sample_list(request: AuthenticatedRequest, run_id: int) -> HttpResponseBase:
    """The samples of a run's judges with what experts found, and the form that draws one."""
    run = fetch_visible(Run.objects.with_parts(), pk=run_id)
    sent = request.POST if request.method == "POST" else None
    form = JudgeSampleForm(Score.objects.judges_of(run), sent)
    if form.is_valid():
        try:
            draw_sample(run, **form.cleaned_data, by=request.user)
        except (InvalidContentError, WrongMomentError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Drawn. Experts find it under “Check the judge”.")
            return redirect("evaluation:judge_sample_list", run_id=run_id)
    context = {
        "run": run,
        "form": form,
        "samples": checked_judges(run),
        "sizes": suggested_sizes(run.release.items.count()),
    }
    status = 422 if form.is_bound else 200
    return render(request, "evaluation/judge_sample_list.html", context, status=status)


@require_POST
@allowed_to(can_edit_collection)
def judge_sample_discard(
    request: AuthenticatedRequest, run_id: int, sample_id: int
) -> HttpResponseBase:
    """Throw away a sample that nobody checked."""
    run = fetch_visible(Run.objects.all(), pk=run_id)
    sample = fetch_visible(JudgeSample.objects.of_run(run), pk=sample_id)
    discard_sample(sample, by=request.user)
    messages.success(request, "Discarded.")
    return redirect("evaluation:judge_sample_list", run_id=run_id)


@require_safe
@allowed_to(can_check_judge)
def judge_check(request: AuthenticatedRequest) -> HttpResponseBase:
    """What it is about, and how many responses wait for this expert."""
    waiting = open_answers(request.user)
    context = {
        "next": waiting[0] if waiting else None,
        "waiting": len(waiting),
        "given": ExpertVerdict.objects.by(request.user).count(),
    }
    return render(request, "evaluation/judge_check.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_check_judge)
def expert_verdict(request: AuthenticatedRequest, answer_id: int) -> HttpResponseBase:
    """One response beside what is right: is it right? Nothing says who gave it or judged it."""
    answer = fetch_visible(SampledAnswer.objects.with_parts(), pk=answer_id)
    if not can_give_verdict(request.user, answer):
        raise Http404
    form = ExpertVerdictForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = ExpertSaid(form.cleaned_data["said"])
        try:
            give_verdict(answer, said, reason=form.cleaned_data["reason"], by=request.user)
        except InvalidContentError as error:
            form.add_error("reason", str(error))
        else:
            return _go_on(request)
    return _verdict_page(request, answer, form)


def _go_on(request: AuthenticatedRequest) -> HttpResponseBase:
    waiting = open_answers(request.user)
    if waiting:
        return redirect("evaluation:expert_verdict", answer_id=waiting[0])
    messages.success(request, "Recorded. That was the last one that waited for you; thank you.")
    return redirect("evaluation:judge_check")


def _verdict_page(
    request: AuthenticatedRequest, answer: SampledAnswer, form: ExpertVerdictForm
) -> HttpResponse:
    revision = answer.prediction.revision
    query = revision.content().query
    sha256 = query.image.sha256 if query.image else ""
    given = ExpertVerdict.objects.by(request.user)
    context = {
        "query": query,
        "image": Image.objects.filter(revision_links__revision=revision, sha256=sha256).first(),
        "response": answer.prediction.parsed,
        "form": form,
        "given": given.count(),
        "waiting": len(open_answers(request.user)),
        "own": given.on([answer]).first(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "evaluation/expert_verdict.html", context, status=status)
