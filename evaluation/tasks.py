"""What the queue wakes workers for. The rows say what there is to do."""

from celery import shared_task

from evaluation import runs


@shared_task
def work_run(run_id: int) -> None:
    """Work a run off for a while, and ring again if something is left."""
    if runs.work_run(run_id):
        work_run.delay(run_id)


@shared_task
def resume_runs() -> None:
    """Take up what no living worker holds. The next sweep rings again, so a ring may be lost."""
    for run_id in runs.resumable_run_ids():
        work_run.apply_async((run_id,), expires=10)
