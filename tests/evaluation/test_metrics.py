"""What a monitoring system reads at /metrics."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from evaluation import leasing
from evaluation.domain.allowance import Report
from evaluation.limiting import exchange_in_database, limits_of
from evaluation.metrics import metrics_text
from evaluation.models import ModelEndpoint, Prediction, PredictionStatus, Run, RunStatus
from tests.evaluation.cast import make_endpoint, make_run
from tests.factories import make_release_of

pytestmark = pytest.mark.django_db


def _read() -> dict[tuple[str, ...], float]:
    """Values by name and the values of labels but for the run's number."""
    return {
        (
            family.name.removeprefix("icl_bench_"),
            *(value for name, value in sample.labels.items() if name != "run"),
        ): sample.value
        for family in text_string_to_metric_families(metrics_text(timezone.now()).decode())
        for sample in family.samples
    }


def _at_work(count: int) -> Run:
    ModelEndpoint.objects.all().delete()
    run = make_run(make_release_of(count), make_endpoint(input_price_per_million=2))
    Run.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING)
    return run


def test_rows_of_runs_at_work_are_told_by_what_became_of_them() -> None:
    run = _at_work(5)
    rows = list(run.predictions.order_by("position"))
    done = {"status": PredictionStatus.DONE, "finished_at": timezone.now()}
    Prediction.objects.filter(pk=rows[0].pk).update(outcome="ok", input_tokens=1_000_000, **done)
    Prediction.objects.filter(pk=rows[1].pk).update(outcome="error", **done)
    Prediction.objects.filter(pk=rows[2].pk).update(attempts=1, http_status=429)
    leasing.lease(run.pk, uuid.uuid4(), 1)
    told = _read()
    assert told["runs", "running"] == 1
    counts = {key[2]: value for key, value in told.items() if key[0] == "predictions"}
    assert counts == {"ok": 1, "error": 1, "pending": 2, "leased": 1}
    assert told["predictions_ended_last_minute", "A model"] == 2
    assert told["predictions_due", "A model"] == 2
    assert told["run_spent", "A model"] == 2
    assert told["runner_alive",] == 1
    assert told["oldest_lease_seconds",] < 60


def test_what_is_to_be_asked_again_is_told_by_the_last_status() -> None:
    run = _at_work(3)
    first, second, _ = run.predictions.order_by("position")
    Prediction.objects.filter(pk=first.pk).update(attempts=2, http_status=429)
    Prediction.objects.filter(pk=second.pk).update(attempts=1)
    told = _read()
    assert told["predictions_retrying", "A model", "429"] == 1
    assert told["predictions_retrying", "A model", "none"] == 1


def test_a_lease_that_nobody_renews_grows_old() -> None:
    run = _at_work(1)
    leasing.lease(run.pk, uuid.uuid4(), 1)
    Prediction.objects.update(leased_until=timezone.now() - timedelta(minutes=5))
    assert _read()["oldest_lease_seconds",] > 300


def test_an_endpoint_s_allowance_is_told(settings: Settings) -> None:
    settings.REDIS_URL = ""
    endpoint = make_endpoint(max_concurrency=8)
    assert _read()["endpoint_slots_held", "A model"] == 0
    report = Report(worker="a", wanted=5)
    exchange_in_database(endpoint.pk, report, limits_of(endpoint))
    told = _read()
    assert told["endpoint_slots_held", "A model"] == 5
    assert told["endpoint_slots_limit", "A model"] == 8
    assert told["endpoint_down", "A model"] == 0


@pytest.mark.parametrize(
    ("token", "given"),
    [("", "Bearer "), ("", ""), ("a-token", ""), ("a-token", "Bearer b"), ("a-token", "a-token")],
)
def test_without_the_token_there_is_no_such_page(
    client: Client, settings: Settings, token: str, given: str
) -> None:
    settings.METRICS_TOKEN = token
    assert client.get("/metrics", headers={"Authorization": given}).status_code == 404


def test_with_the_token_it_is_read(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-token"
    answer = client.get("/metrics", headers={"Authorization": "Bearer a-token"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert b"icl_bench_runner_alive 0.0" in answer.content
