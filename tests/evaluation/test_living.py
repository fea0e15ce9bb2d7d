"""Whether somebody asks models, as pages tell it."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from curation.models import Heartbeat
from curation.models.heartbeat import WORKER
from evaluation import leasing
from evaluation.living import RUNNER, is_runner_alive
from evaluation.models import Prediction, Run, RunStatus
from evaluation.tasks import tick
from tests.evaluation.cast import make_endpoint, make_run
from tests.factories import make_release_of

pytestmark = pytest.mark.django_db


def test_a_worker_of_another_queue_asks_no_models() -> None:
    Heartbeat.objects.create(name=WORKER, beat_at=timezone.now())
    assert not is_runner_alive(timezone.now())


def test_a_worker_of_the_queue_of_runs_is_alive_for_a_while_after_each_beat() -> None:
    tick()
    assert is_runner_alive(timezone.now())
    tick()
    assert not is_runner_alive(timezone.now() + timedelta(minutes=1))
    assert Heartbeat.objects.get().name == RUNNER


def test_a_worker_that_is_busy_asking_is_alive_though_it_does_not_beat() -> None:
    run = make_run(make_release_of(1), make_endpoint())
    Run.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING)
    leasing.lease(run.pk, uuid.uuid4(), 1)
    assert is_runner_alive(timezone.now())
    Prediction.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert not is_runner_alive(timezone.now())
