"""What the queue wakes workers for. The rows say what there is to do."""

import multiprocessing
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from evaluation import checking, judging, reporting, runs, trials

# Made before the pool forks, so that its processes see it: they are told nothing else.
_shutting_down = multiprocessing.get_context("fork").Event()


@worker_shutting_down.connect
def stop_softly(**_: Any) -> None:
    """Let the processes of this worker claim nothing more."""
    _shutting_down.set()


@shared_task
def work_run(run_id: int) -> None:
    """Work a run off for a while, and ring again if something is left."""
    if _shutting_down.is_set():
        return  # the sweep rings for the workers that stay
    is_more = runs.work_run(run_id, is_told_to_stop=_shutting_down.is_set)
    if not is_more:
        compute_report.delay(run_id)
    elif not _shutting_down.is_set():
        work_run.delay(run_id)


@shared_task
def resume_runs() -> None:
    """Call free workers to runs with something to do. The next sweep rings again if it is lost."""
    for run_id in runs.resumable_run_ids():
        work_run.apply_async((run_id,), expires=10)


@shared_task
def work_trial(trial_id: int) -> None:
    """Ask what is left of a trial."""
    trials.work_trial(trial_id)


@shared_task
def resume_trials() -> None:
    """Take up the trials that no living worker holds."""
    for trial_id in trials.resumable_trial_ids():
        work_trial.apply_async((trial_id,), expires=10)


@shared_task
def work_check(check_id: int) -> None:
    """Ask an endpoint what it can do."""
    checking.work_check(check_id)


@shared_task
def resume_checks() -> None:
    """Take up the checks that no living worker holds."""
    for check_id in checking.resumable_check_ids():
        work_check.apply_async((check_id,), expires=10)


@shared_task
def work_judging(judging_id: int) -> None:
    """Ask a judge for a while, and ring again if something is left."""
    if judging.work_judging(judging_id):
        work_judging.delay(judging_id)
    else:
        refresh_reports.delay()


@shared_task
def resume_judgings() -> None:
    """Take up the judgings that no living worker holds."""
    for judging_id in judging.resumable_judging_ids():
        work_judging.apply_async((judging_id,), expires=10)


@shared_task
def compute_report(run_id: int) -> None:
    """Compute the report of a run that ended, where what is kept is stale."""
    reporting.refresh_report(run_id)


@shared_task
def refresh_reports() -> None:
    """Compute the reports that are stale. The next sweep rings again if one is lost."""
    for run_id in reporting.stale_run_ids():
        compute_report.apply_async((run_id,), expires=30)
