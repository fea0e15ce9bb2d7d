"""What the database refuses whatever the code does."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils import timezone

from curation.models import Release
from evaluation.models import EndpointKind, ModelEndpoint, Prediction, Run, Score
from tests.evaluation.cast import make_endpoint, make_run
from tests.factories import make_editor, make_release_of

pytestmark = pytest.mark.django_db

ADDRESS = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}


@pytest.fixture
def release() -> Release:
    return make_release_of(1)


@pytest.fixture
def run(release: Release) -> Run:
    return make_run(release, make_endpoint())


@pytest.mark.parametrize(
    "facts",
    [
        {"base_url": "http://127.0.0.1:9/v1"},
        {"model": "m"},
        {"kind": EndpointKind.RANDOM_EXAMPLE, **ADDRESS},
        {"kind": EndpointKind.MAJORITY_EXAMPLE, "key_variable": "MODEL_KEY_A"},
        {"kind": "telepathy", **ADDRESS},
        {**ADDRESS, "key_variable": "SECRET_KEY"},
        {**ADDRESS, "max_concurrency": 0},
        {**ADDRESS, "max_concurrency": 257},
        {**ADDRESS, "timeout_seconds": 0},
    ],
)
def test_an_endpoint_that_makes_no_sense_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        ModelEndpoint.objects.create(name="E", created_by=make_editor(), **facts)


def test_two_endpoints_of_one_name_are_refused() -> None:
    make_endpoint()
    with pytest.raises(IntegrityError):
        ModelEndpoint.objects.create(name="A model", created_by=make_editor(), **ADDRESS)


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "done"},
        {"outcome": "ok"},
        {"status": "done", "outcome": "ok"},
        {"status": "done", "outcome": "splendid", "finished_at": timezone.now()},
        {"status": "lost"},
        {"status": "leased"},
        {"lease_token": uuid.uuid4()},
        {"leased_until": timezone.now()},
    ],
)
def test_a_prediction_between_states_is_refused(run: Run, columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        Prediction.objects.of_run(run.pk).order_by().update(**columns)


def test_a_query_is_planned_once_a_run(run: Run) -> None:
    (planned,) = run.predictions.all()
    with pytest.raises(IntegrityError):
        Prediction.objects.create(
            run=run, revision=planned.revision, prompt_sha256="", image_count=0
        )


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_score_outside_its_range_is_refused(run: Run, value: float) -> None:
    with pytest.raises(IntegrityError):
        Score.objects.create(prediction=run.predictions.get(), scorer="exact_match", value=value)


def test_a_scorer_judges_a_prediction_once(run: Run) -> None:
    prediction = run.predictions.get()
    Score.objects.create(prediction=prediction, scorer="exact_match", value=1)
    with pytest.raises(IntegrityError):
        Score.objects.create(prediction=prediction, scorer="exact_match", value=0)


@pytest.mark.parametrize("columns", [{"status": "finished"}, {"status": "resting"}])
def test_a_run_in_no_state_is_refused(run: Run, columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        Run.objects.filter(pk=run.pk).update(**columns)


def test_what_a_run_was_measured_on_cannot_be_deleted(run: Run) -> None:
    with pytest.raises(ProtectedError):
        run.release.delete()
    with pytest.raises(ProtectedError):
        run.endpoint.delete()
