"""Runs: starting, watching, steering."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.domain.content import PanelContent
from curation.errors import InvalidContentError, WrongMomentError
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, page_of, render_part
from curation.models import Heartbeat, Release
from curation.permissions import answers_hidden_from, can_edit_collection, is_member
from evaluation.agreeing import judges_agreements
from evaluation.domain.arms import AnswerForm, Order
from evaluation.domain.outcomes import Outcome
from evaluation.domain.protocol import Protocol
from evaluation.domain.reporting import ScorerReport
from evaluation.domain.reporting.words import headline
from evaluation.domain.wording import in_words
from evaluation.forecasting import Forecast, forecast
from evaluation.forms import JudgeForm
from evaluation.judging import judge_run
from evaluation.models import Judging, JudgingStatus, ModelEndpoint, Prediction, Run
from evaluation.planning import plan_run
from evaluation.progress import progress, tallies
from evaluation.reporting import KeptReport, kept_report
from evaluation.run_form import RunForm
from evaluation.runs import cancel_run, retry_failed
from evaluation.tasks import work_judging, work_run

_CREATE = "evaluation/run_create.html"


@require_safe
@allowed_to(is_member)
def run_list(request: AuthenticatedRequest) -> HttpResponseBase:
    """Every run, the newest first."""
    page = page_of(request, Run.objects.with_parts())
    tally_of = tallies(page.object_list)
    context = {
        "page": page,
        "rows": [(run, tally_of[run.pk]) for run in page.object_list],
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
    """How far it is, what it measured so far, and its predictions."""
    return _run_page(request, _fetch(run_id))


def _run_page(
    request: AuthenticatedRequest, run: Run, judge_form: JudgeForm | None = None
) -> HttpResponse:
    tally = progress(run)
    predictions = run.predictions.order_by("id").with_parts()
    outcome = request.GET.get("outcome", "")
    if outcome in set(Outcome):
        predictions = predictions.with_outcome(Outcome(outcome))
    page = page_of(request, predictions)
    context = {
        "run": run,
        "tally": tally,
        "outcomes": [(kind.value, count) for kind, count in tally.outcomes.items()],
        "outcome": outcome,
        "page": page,
        "rows": _rows(request, page, run.protocol),
        "is_hiding": not can_edit_collection(request.user)
        and run.release.items.held_out().exists(),
        "words": in_words(run.protocol),
        "summary": _summary(run),
        "is_worker_alive": Heartbeat.objects.is_worker_alive(timezone.now()),
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


@dataclass(frozen=True, slots=True)
class ShownPrediction:
    """A prediction in the table; of what is held out neither what is right nor what was said.

    A score would tell, too: what a baseline answers is known.
    """

    prediction: Prediction
    query: PanelContent
    is_hidden: bool
    which: str = ""


def _rows(
    request: AuthenticatedRequest, page: Page[Prediction], protocol: Protocol
) -> list[ShownPrediction]:
    hidden = answers_hidden_from(request.user, [each.revision.problem for each in page])
    return [
        ShownPrediction(
            prediction,
            prediction.revision.content().query,
            prediction.revision.problem_id in hidden,
            _which(prediction, protocol),
        )
        for prediction in page
    ]


def _which(prediction: Prediction, protocol: Protocol) -> str:
    """What tells the prediction from the others of its problem, where there are some."""
    words = []
    if protocol.order is Order.PERMUTATIONS:
        words.append(f"order {prediction.order + 1}")
    if protocol.repeats > 1:
        words.append(f"time {prediction.repeat + 1}")
    return ", ".join(words)


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
