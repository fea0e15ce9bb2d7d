"""Runs: starting, watching, steering."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.errors import InvalidContentError, WrongMomentError
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, page_of, render_part
from curation.models import Release
from curation.permissions import can_edit_collection, is_member
from evaluation.agreeing import judges_agreements
from evaluation.browsing import shown_predictions
from evaluation.domain.arms import AnswerForm
from evaluation.domain.reporting import ScorerReport
from evaluation.domain.reporting.words import headline
from evaluation.domain.wording import in_words
from evaluation.expert_agreeing import shown_numbers
from evaluation.expert_checks import open_answers
from evaluation.forecasting import Forecast, forecast
from evaluation.forms import JudgeForm
from evaluation.judging import judge_run
from evaluation.living import is_runner_alive
from evaluation.models import Judging, JudgingStatus, ModelEndpoint, Prediction, Run
from evaluation.permissions import can_check_judge
from evaluation.planning import plan_run
from evaluation.progress import progress, tallies
from evaluation.reporting import KeptReport, kept_report
from evaluation.run_form import RunForm
from evaluation.runs import cancel_run, retry_failed
from evaluation.tasks import work_judging, work_run

_CREATE = "evaluation/run_create.html"
_SHOWN = 10  # predictions on the page of a run; the others are on their own page


@require_safe
@allowed_to(is_member)
def run_list(request: AuthenticatedRequest) -> HttpResponseBase:
    """Every run, the newest first."""
    page = page_of(request, Run.objects.with_parts())
    tally_of = tallies(page.object_list)
    context = {
        "page": page,
        "rows": [(run, tally_of[run.pk]) for run in page.object_list],
        "to_check": len(open_answers(request.user)) if can_check_judge(request.user) else None,
        "can_start": can_edit_collection(request.user),
    }
    return render(request, "evaluation/run_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def run_create(request: AuthenticatedRequest) -> HttpResponseBase:
    """Plan a run and wake a worker for it."""
    if request.method != "POST":
        initial = {"protocol": "in_context_open", **request.GET.dict()}
        return _create_page(request, RunForm(initial=initial))
    form = RunForm(request.POST)
    if "forecast" in request.POST:
        return _forecast_page(request, form)
    if not form.is_valid():
        return _create_page(request, form)
    release, endpoint = form.cleaned_data["release"], form.cleaned_data["endpoint"]
    try:
        run = plan_run(release, endpoint, form.asked, by=request.user)
    except (InvalidContentError, WrongMomentError) as error:
        form.add_error(None, str(error))
        return _create_page(request, form)
    _wake(run)
    return redirect("evaluation:run_detail", run_id=run.pk)


def _create_page(request: AuthenticatedRequest, form: RunForm) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, _CREATE, _create_context(form), status=status)


def _create_context(form: RunForm) -> dict[str, Any]:
    return {
        "form": form,
        "has_release": Release.objects.published().exists(),
        "has_endpoint": ModelEndpoint.objects.active().exists(),
    }


def _forecast_page(request: AuthenticatedRequest, form: RunForm) -> HttpResponse:
    """What the run would take: a part of the page for scripts, the whole page without them."""
    told: Forecast | None = None
    if form.is_valid():
        release, endpoint = form.cleaned_data["release"], form.cleaned_data["endpoint"]
        try:
            told = forecast(release, endpoint, form.asked)
        except (InvalidContentError, WrongMomentError) as error:
            form.add_error(None, str(error))
    context = {**_create_context(form), "forecast": told}
    if told:
        context |= {"words": in_words(form.asked), "is_baseline": endpoint.is_baseline}
    status = 200 if told or request.htmx else 422
    return render_part(request, _CREATE, "forecast", context, status=status)


def _wake(run: Run) -> None:
    transaction.on_commit(lambda: work_run.delay(run.pk))


def _fetch(run_id: int) -> Run:
    return fetch_visible(Run.objects.with_parts(), pk=run_id)


@require_safe
@allowed_to(is_member)
def run_detail(request: AuthenticatedRequest, run_id: int) -> HttpResponseBase:
    """How far it is, what it measured so far, and its first predictions."""
    return _run_page(request, _fetch(run_id))


def _run_page(
    request: AuthenticatedRequest, run: Run, judge_form: JudgeForm | None = None
) -> HttpResponse:
    tally = progress(run)
    numbers = shown_numbers(run, tally)
    predictions = Prediction.objects.of_run(run.pk).with_parts()[:_SHOWN]
    context = {
        "run": run,
        "tally": tally,
        "numbers": numbers,
        "has_verdicts": run.is_settled and any(each.is_judged for each in numbers),
        "outcomes": [(kind.value, count) for kind, count in tally.outcomes.items() if count],
        "rows": shown_predictions(predictions, run.protocol, request.user),
        "is_hiding": not can_edit_collection(request.user)
        and run.release.items.held_out().exists(),
        "words": in_words(run.protocol),
        "summary": _summary(run),
        "is_worker_alive": is_runner_alive(timezone.now()),
        "can_steer": can_edit_collection(request.user),
        **_judges(run, judge_form),
    }
    status = 422 if judge_form else 200
    return render_part(request, "evaluation/run_detail.html", "state", context, status=status)


def _summary(run: Run) -> list[tuple[ScorerReport, str]]:
    """What its report says in short; nothing before it is computed."""
    kept = kept_report(run) if run.is_settled else KeptReport()
    if kept.report is None or not kept.is_current:
        return []
    outcomes = kept.report.outcomes
    return [(each, headline(each, outcomes)) for each in kept.report.scorers]


def _judges(run: Run, form: JudgeForm | None) -> dict[str, object]:
    """Who judges it, how far they are and agree, and whether it can be judged."""
    if run.protocol.answer_form is not AnswerForm.OPEN:
        return {"judge_form": form}
    judgings = list(Judging.objects.of_run(run))
    is_judging = any(each.status == JudgingStatus.RUNNING for each in judgings)
    return {
        "judgings": judgings,
        "is_judging": is_judging,
        "agreements": [] if is_judging else judges_agreements(run),
        "judge_form": form or JudgeForm(),
        "has_judge": run.is_settled and ModelEndpoint.objects.able_to_judge().exists(),
    }


@require_POST
@allowed_to(can_edit_collection)
def run_cancel(request: AuthenticatedRequest, run_id: int) -> HttpResponseBase:
    """Stop a run; what was answered stays."""
    cancel_run(_fetch(run_id))
    messages.success(request, "Cancelled. What was answered is kept.")
    return redirect("evaluation:run_detail", run_id=run_id)


@require_POST
@allowed_to(can_edit_collection)
def run_retry(request: AuthenticatedRequest, run_id: int) -> HttpResponseBase:
    """Ask again what failed or was never asked."""
    run = _fetch(run_id)
    retry_failed(run)
    _wake(run)
    messages.success(request, "What failed is asked again.")
    return redirect("evaluation:run_detail", run_id=run_id)


@require_POST
@allowed_to(can_edit_collection)
def run_judge(request: AuthenticatedRequest, run_id: int) -> HttpResponseBase:
    """Let a model judge the answers."""
    run = _fetch(run_id)
    form = JudgeForm(request.POST)
    if not form.is_valid():
        return _run_page(request, run, form)
    try:
        judging = judge_run(run, form.cleaned_data["endpoint"], by=request.user)
    except InvalidContentError as error:
        form.add_error("endpoint", str(error))
        return _run_page(request, run, form)
    transaction.on_commit(lambda: work_judging.delay(judging.pk))
    messages.success(request, f"{judging.endpoint} judges the answers now.")
    return redirect("evaluation:run_detail", run_id=run_id)
