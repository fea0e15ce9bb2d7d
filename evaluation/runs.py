"""Working runs off and steering them. Verbs never enqueue: callers do, after commit."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import Notice, NoticeKind, User
from evaluation import engine, leasing
from evaluation.clients.address import AddressError
from evaluation.models import ModelEndpoint, Prediction, PredictionStatus, Run
from evaluation.models.run import RunStatus
from evaluation.planning import ALREADY_RUNNING
from evaluation.spending import price_of

TRANSITIONS: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.QUEUED: frozenset({RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.CANCELLED}),
    RunStatus.RUNNING: frozenset(
        {RunStatus.FINISHED, RunStatus.PAUSED, RunStatus.CANCELLED, RunStatus.FAILED}
    ),
    RunStatus.PAUSED: frozenset({RunStatus.RUNNING, RunStatus.QUEUED, RunStatus.CANCELLED}),
    RunStatus.FINISHED: frozenset({RunStatus.QUEUED}),
    RunStatus.CANCELLED: frozenset({RunStatus.QUEUED}),
    RunStatus.FAILED: frozenset({RunStatus.QUEUED}),
}
ENDED = (RunStatus.FINISHED, RunStatus.CANCELLED, RunStatus.FAILED)


def work_run(run_id: int, *, is_told_to_stop: Callable[[], bool] = lambda: False) -> bool:
    """Work a run off for a while; whether it should be taken up again at once.

    Any number of workers may do so at once, so a message delivered twice is harmless.
    """
    run = Run.objects.with_parts().workable().filter(pk=run_id).first()
    if run is None:
        return False
    if run.status != RunStatus.RUNNING:
        _start(run)
    leasing.return_expired(run_id)
    stop = _ask(run, is_told_to_stop)
    if stop.is_paused:
        _rest(run, stop)
    elif stop.reason:
        _fail(run, stop.reason)
    if stop.reason or stop.is_useless:
        return False
    return not _finish_if_done(run_id) and run_id in resumable_run_ids()


def cancel_run(run: Run) -> None:
    """Stop a run; what was answered stays, what is under way is still recorded."""
    if not _move(run.pk, RunStatus.CANCELLED, finished_at=timezone.now(), resume_at=None):
        raise WrongMomentError("This run has ended already.")


def pause_run(run: Run) -> None:
    """Let a run rest until somebody resumes it; what is under way is still recorded."""
    if not _move(run.pk, RunStatus.PAUSED, failure=""):
        raise WrongMomentError("Only a run that is at work can be paused.")


@transaction.atomic
def resume_run(run: Run) -> None:
    """Let a paused run go on."""
    if not _move(run.pk, RunStatus.QUEUED, RunStatus.PAUSED, failure="", resume_at=None):
        raise WrongMomentError("This run is not paused.")
    leasing.forgive(run.pk)


@transaction.atomic
def set_budget(run: Run, budget: Decimal | None, *, by: User) -> None:
    """Change what a run may cost, None for no limit; one that rested for it goes on.

    InvalidContentError where the budget is no money or the endpoint names no price.
    """
    _require_payable(run.endpoint, budget)
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.is_settled:
        raise WrongMomentError("This run has ended already.")
    amount = None if budget is None else str(budget)
    facts = {"at": timezone.now().isoformat(), "by": by.pk, "budget": amount}
    run.budget = budget
    run.manifest = {**run.manifest, "budgets": [*run.manifest.get("budgets", []), facts]}
    run.save(update_fields=["budget", "manifest"])
    if run.is_paused and run.failure:
        resume_run(run)


@transaction.atomic
def retry_failed(run: Run) -> None:
    """Queue an ended run again: what failed is asked anew, and what was never asked."""
    if run.is_imported:
        raise WrongMomentError("These predictions were made elsewhere; nothing is asked here.")
    rows = Prediction.objects.of_run(run.pk).order_by()
    rows.failed().update(
        status=PredictionStatus.PENDING,
        outcome="",
        finished_at=None,
        attempts=0,
        first_asked_at=None,
        due_at=Now(),
    )
    if not rows.unfinished().exists():
        raise WrongMomentError("Nothing failed in this run, so there is nothing to ask again.")
    try:
        with transaction.atomic():
            is_moved = _move(run.pk, RunStatus.QUEUED, *ENDED, finished_at=None, failure="")
    except IntegrityError:
        raise WrongMomentError(ALREADY_RUNNING) from None
    if not is_moved:
        raise WrongMomentError("This run is still at work; wait for its end or cancel it.")
    _note_retry(run.pk)


def resumable_run_ids() -> list[int]:
    """Runs with something to do now, be it for a worker beside those that are at it."""
    rows = Prediction.objects.filter(run=OuterRef("pk"))
    runs = Run.objects.workable().filter(Exists(rows.askable()) | ~Exists(rows.unfinished()))
    return list(runs.order_by("pk").values_list("pk", flat=True))


def _move(run_id: int, to: RunStatus, *only_from: RunStatus, **columns: Any) -> bool:
    """The one place where a run's status changes; False where it is not the moment."""
    sources = only_from or [source for source, targets in TRANSITIONS.items() if to in targets]
    return bool(Run.objects.filter(pk=run_id, status__in=sources).update(status=to, **columns))


def _start(run: Run) -> None:
    started_at = run.started_at or timezone.now()
    _move(run.pk, RunStatus.RUNNING, started_at=started_at, failure="", resume_at=None)


@transaction.atomic
def _rest(run: Run, stop: engine.Stop) -> None:
    """Pause, without a loss for what waits: for a time, or until somebody acts, who is told."""
    resume_at = None if stop.resume_in is None else Now() + timedelta(seconds=stop.resume_in)
    columns = {"failure": stop.reason, "resume_at": resume_at}
    if not _move(run.pk, RunStatus.PAUSED, RunStatus.RUNNING, **columns):
        return
    leasing.forgive(run.pk)
    if stop.resume_in is None:
        _tell_of_end(run, f"It rests: {stop.reason}")


def _finish_if_done(run_id: int) -> bool:
    rows = Prediction.objects.of_run(run_id)
    if rows.unfinished().exists():
        return False
    models = rows.exclude(served_model="").order_by().values_list("served_model", flat=True)
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        manifest = {**run.manifest, "reported_models": sorted(models.distinct())}
        now = timezone.now()
        is_moved = _move(run_id, RunStatus.FINISHED, finished_at=now, manifest=manifest)
        if is_moved:
            _tell_of_end(run, "It came to its end.")
        return is_moved


@transaction.atomic
def _fail(run: Run, failure: str) -> None:
    if _move(run.pk, RunStatus.FAILED, failure=failure, finished_at=timezone.now()):
        _tell_of_end(run, f"It stopped: {failure}")


def _tell_of_end(run: Run, text: str) -> None:
    Notice.objects.tell(
        [run.started_by],
        kind=NoticeKind.RUN_ENDED,
        about=str(run),
        text=text,
        address=reverse("evaluation:run_detail", args=[run.pk]),
    )


def _ask(run: Run, is_told_to_stop: Callable[[], bool]) -> engine.Stop:
    """Ask for a while, and why it ended before its time."""
    try:
        return asyncio.run(engine.work(run, is_told_to_stop=is_told_to_stop))
    except AddressError as error:
        return engine.Stop(reason=str(error))


def _note_retry(run_id: int) -> None:
    # The address may have changed since the planning: every one that was asked stays on record.
    run = Run.objects.with_parts().get(pk=run_id)
    facts = {"at": timezone.now().isoformat(), "endpoint": run.endpoint.manifest_entry()}
    run.manifest = {**run.manifest, "retries": [*run.manifest["retries"], facts]}
    run.save(update_fields=["manifest"])


def _require_payable(endpoint: ModelEndpoint, budget: Decimal | None) -> None:
    if budget is None:
        return
    if budget < 0:
        raise InvalidContentError("A budget is an amount of money, 0 or more.")
    if price_of(endpoint, 1, 1) is None:
        raise InvalidContentError(f"{endpoint} names no price, so a budget would limit nothing.")
