"""Tasks through a queue's message, run at once."""

import pytest
from celery import current_app

from evaluation.models import EndpointKind, RunStatus
from evaluation.tasks import resume_runs, work_run
from tests.evaluation.cast import make_endpoint, make_run
from tests.factories import make_release_of

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
    names = {"curation.tasks.tick", "curation.tasks.write_release", resume_runs.name}
    for name, queue in [(work_run.name, "runs"), *((name, "default") for name in names)]:
        assert current_app.amqp.router.route({}, name)["queue"].name == queue


def test_a_task_for_a_run_that_is_gone_does_nothing() -> None:
    work_run.delay(10**9)
