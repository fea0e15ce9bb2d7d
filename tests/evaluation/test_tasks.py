"""Tasks through a queue's message, run at once."""

import pytest
from celery import current_app

from evaluation.models import EndpointKind, RunStatus, TrialStatus
from evaluation.tasks import resume_runs, resume_trials, work_run, work_trial
from evaluation.trials import ask_trial
from tests.evaluation.cast import make_endpoint, make_open_endpoint, make_run
from tests.factories import make_problem, make_release_of

pytestmark = pytest.mark.usefixtures("committed_db", "eager")


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(current_app.conf, "task_always_eager", True)
    monkeypatch.setitem(current_app.conf, "task_eager_propagates", True)


def test_the_sweep_takes_up_what_nobody_holds() -> None:
    run = make_run(make_release_of(3), make_endpoint(kind=EndpointKind.MAJORITY_EXAMPLE))
    resume_runs.delay()
    run.refresh_from_db()
    assert run.status == RunStatus.FINISHED


def test_a_task_delivered_twice_does_its_work_once() -> None:
    run = make_run(make_release_of(3), make_endpoint(kind=EndpointKind.MAJORITY_EXAMPLE))
    work_run.delay(run.pk)
    before = list(run.predictions.values())
    work_run.delay(run.pk)
    assert list(run.predictions.values()) == before


def test_runs_have_workers_of_their_own() -> None:
    sweeps = {resume_runs.name, resume_trials.name}
    names = {"curation.tasks.tick", "curation.tasks.write_release", *sweeps}
    slow = [(work_run.name, "runs"), (work_trial.name, "runs")]
    for name, queue in [*slow, *((name, "default") for name in names)]:
        assert current_app.amqp.router.route({}, name)["queue"].name == queue


def test_a_task_for_a_run_that_is_gone_does_nothing() -> None:
    work_run.delay(10**9)


def test_the_sweep_takes_up_trials_that_nobody_holds() -> None:
    problem = make_problem()
    endpoint = make_open_endpoint(kind=EndpointKind.MAJORITY_EXAMPLE)
    trial = ask_trial(problem, endpoint, by=problem.author)
    resume_trials.delay()
    trial.refresh_from_db()
    assert trial.status == TrialStatus.FINISHED
    before = list(trial.answers.values())
    work_trial.delay(trial.pk)
    assert list(trial.answers.values()) == before


def test_a_task_for_a_trial_that_is_gone_does_nothing() -> None:
    work_trial.delay(10**9)
