import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from evaluation import leasing
from evaluation.asking import Ending, ending_of_failure
from evaluation.clients.contract import Failure
from evaluation.leasing import Result
from evaluation.models import EndpointKind, Prediction, Run, RunStatus
from tests.evaluation.cast import make_endpoint, make_run
from tests.factories import make_release_of

pytestmark = pytest.mark.usefixtures("committed_db")

ENDED = ending_of_failure(Failure(reason="Ended."))


def running(count: int) -> Run:
    run = make_run(make_release_of(count), make_endpoint(kind=EndpointKind.MAJORITY_EXAMPLE))
    Run.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING)
    return run


@pytest.mark.parametrize("attempt", range(5))
def test_workers_that_claim_at_the_same_moment_never_share_a_row(attempt: int) -> None:
    run = running(12)
    barrier = threading.Barrier(4)

    def claim(_: int) -> list[int]:
        barrier.wait()
        try:
            leased = leasing.lease(run.pk, uuid.uuid4(), 5)
            return [one.prediction_id for one in leased]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        claimed = [pk for ids in pool.map(claim, range(4)) for pk in ids]
    assert len(claimed) == len(set(claimed))
    leased = run.predictions.filter(status="leased").values_list("pk", flat=True)
    assert sorted(leased) == sorted(claimed)


def test_a_worker_thought_dead_changes_nothing_when_it_comes_back() -> None:
    run, dead, living = running(1), uuid.uuid4(), uuid.uuid4()
    (leased,) = leasing.lease(run.pk, dead, 1)
    Prediction.objects.update(status="pending", lease_token=None, leased_until=None)
    leasing.lease(run.pk, living, 1)
    leasing.record(dead, [Result(leased=leased, became=ENDED)])
    leasing.put_back(dead, [leased.prediction_id])
    leasing.renew(dead)
    row = run.predictions.get()
    assert (row.status, row.lease_token) == ("leased", living)


def test_what_is_recorded_twice_counts_once() -> None:
    run, token = running(1), uuid.uuid4()
    (leased,) = leasing.lease(run.pk, token, 1)
    for _ in range(2):
        leasing.record(token, [Result(leased=leased, became=ENDED)])
    assert run.predictions.get().outcome == "error"


def test_nothing_of_a_cancelled_run_is_claimed() -> None:
    run = running(2)
    Run.objects.filter(pk=run.pk).update(status="cancelled", finished_at=run.created_at)
    assert leasing.lease(run.pk, uuid.uuid4(), 2) == []


def test_what_was_never_asked_goes_back_as_if_untouched() -> None:
    run, token = running(2), uuid.uuid4()
    asked, unasked = leasing.lease(run.pk, token, 2)
    leasing.put_back(token, [unasked.prediction_id])
    rows = run.predictions.values_list("pk", "status", "attempts", "lease_token")
    assert set(rows) == {
        (asked.prediction_id, "leased", 1, token),
        (unasked.prediction_id, "pending", 0, None),
    }


def test_an_answer_the_database_refuses_costs_no_other_its_answer() -> None:
    run, token = running(3), uuid.uuid4()
    odd, *others = leasing.lease(run.pk, token, 3)
    refused = Ending(columns={**ENDED.columns, "http_status": -1})
    results = [Result(leased=odd, became=refused)]
    leasing.record(token, [*results, *(Result(leased=one, became=ENDED) for one in others)])
    errors = dict(run.predictions.values_list("pk", "error"))
    assert errors == {
        odd.prediction_id: "The answer could not be stored (IntegrityError).",
        **{one.prediction_id: "Ended." for one in others},
    }
