"""Who asks what: rows are claimed for a time, and what becomes of them is written once.

Every write is conditional on still holding the row, so that a worker that was thought dead and
comes back changes nothing.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from curation.domain.content import ProblemContent
from evaluation.asking import Ending, ending_of_failure
from evaluation.clients.contract import Failure
from evaluation.clients.retrying import MAX_ATTEMPTS, seconds_until_retry
from evaluation.domain.showing import Variant
from evaluation.models import Prediction, PredictionStatus, Score
from evaluation.variants import variants_of_rows

LEASE = timedelta(seconds=60)
_REFUSED = (DataError, IntegrityError, ValueError)
_FREE = {"lease_token": None, "leased_until": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """One prediction that this worker holds."""

    prediction_id: int
    attempts: int
    prompt_sha256: str
    content: ProblemContent
    variant: Variant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one leased prediction: its ending, or why it is to be asked again."""

    leased: Leased
    became: Ending | Failure


@transaction.atomic
def lease(run_id: int, token: uuid.UUID, limit: int) -> list[Leased]:
    """Claim up to `limit` due predictions of a running run, in the order of the release."""
    now = timezone.now()
    due = Prediction.objects.of_running_run(run_id).due_at(now)
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    ids = list(due.values_list("pk", flat=True)[:limit])
    # On SQLite the transaction is the only one writing; elsewhere the rows are locked.
    Prediction.objects.due_at(now).filter(pk__in=ids).update(
        status=PredictionStatus.LEASED,
        lease_token=token,
        leased_until=now + LEASE,
        attempts=F("attempts") + 1,
    )
    held = Prediction.objects.held_by(token).filter(pk__in=ids).select_related("revision")
    claimed = list(held.order_by("pk"))
    variants = variants_of_rows(run_id, claimed)
    return [_leased(row, variants[row.pk]) for row in claimed]


def renew(token: uuid.UUID) -> None:
    """Go on holding what this worker holds."""
    Prediction.objects.held_by(token).update(leased_until=timezone.now() + LEASE)


def put_back(token: uuid.UUID, prediction_ids: Collection[int]) -> None:
    """Free what this worker holds and never asked, as if it had not been claimed."""
    Prediction.objects.held_by(token).filter(pk__in=prediction_ids).update(
        status=PredictionStatus.PENDING, attempts=F("attempts") - 1, **_FREE
    )


def return_expired(run_id: int) -> None:
    """Free what dead workers of a run held; end what was tried too often."""
    now = timezone.now()
    expired = Prediction.objects.of_run(run_id).leased_before(now).order_by()
    reason = f"Its worker died {MAX_ATTEMPTS} times while asking."
    expired.filter(attempts__gte=MAX_ATTEMPTS).update(
        **_ended(ending_of_failure(Failure(reason=reason)))
    )
    expired.update(status=PredictionStatus.PENDING, due_at=now, **_FREE)


def record(token: uuid.UUID, results: Sequence[Result]) -> None:
    """Write what became of rows this worker still holds; leave the others alone.

    An answer that the database refuses ends its own prediction, and costs no other its answer.
    """
    try:
        _record_all(token, results)
    except _REFUSED:
        for result in results:
            _record_alone(token, result)


@transaction.atomic
def _record_all(token: uuid.UUID, results: Sequence[Result]) -> None:
    for result in results:
        _record(token, result.leased, result.became)


def _record_alone(token: uuid.UUID, result: Result) -> None:
    try:
        _record_all(token, [result])
    except _REFUSED as error:
        failure = Failure(reason=f"The answer could not be stored ({type(error).__name__}).")
        _record_all(token, [replace(result, became=failure)])


def _record(token: uuid.UUID, leased: Leased, became: Ending | Failure) -> None:
    held = Prediction.objects.held_by(token).filter(pk=leased.prediction_id)
    if isinstance(became, Failure):
        if became.is_retryable and leased.attempts < MAX_ATTEMPTS:
            _postpone(token, leased, became)
            return
        became = ending_of_failure(became)
    if held.update(**_ended(became)):
        Score.objects.bulk_create(
            Score(
                prediction_id=leased.prediction_id,
                scorer=scorer,
                value=score.value,
                explanation=score.explanation,
            )
            for scorer, score in became.scores.items()
        )


def _postpone(token: uuid.UUID, leased: Leased, failure: Failure) -> None:
    seconds = seconds_until_retry(leased.attempts, failure.retry_after, key=leased.prediction_id)
    columns = {**ending_of_failure(failure).columns, "outcome": ""}
    Prediction.objects.held_by(token).filter(pk=leased.prediction_id).update(
        status=PredictionStatus.PENDING,
        due_at=timezone.now() + timedelta(seconds=seconds),
        **columns,
        **_FREE,
    )


def _ended(ending: Ending) -> dict[str, object]:
    return {
        "status": PredictionStatus.DONE,
        "finished_at": timezone.now(),
        **ending.columns,
        **_FREE,
    }


def _leased(row: Prediction, variant: Variant | None) -> Leased:
    return Leased(
        prediction_id=row.pk,
        attempts=row.attempts,
        prompt_sha256=row.prompt_sha256,
        content=row.revision.content(),
        variant=variant,
    )
