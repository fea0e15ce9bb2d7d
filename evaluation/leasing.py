"""Who asks what: rows are claimed for a time, and what becomes of them is written once.

Every write is conditional on still holding the row, so that a worker that was thought dead and
comes back changes nothing. All times are the database's: the clocks of workers may differ.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from curation.domain.content import ProblemContent
from evaluation.asking import Ending, ending_of_failure
from evaluation.clients.contract import Failure
from evaluation.clients.retrying import MAX_ATTEMPTS, seconds_until_retry
from evaluation.domain.showing import Variant
from evaluation.models import Prediction, PredictionStatus, Score
from evaluation.models.answered import HasAnswer
from evaluation.models.prediction import LEASE
from evaluation.spending import affordable
from evaluation.variants import variants_of_rows

LONGEST_ASKING = timedelta(hours=1)  # from the first failure of a row to its last
_REFUSED = (DataError, IntegrityError, ValueError)
_FREE = {"lease_token": None, "leased_until": None}
_WRITTEN = [
    *(field.name for field in HasAnswer._meta.get_fields()),
    *("status", "due_at", "leased_until", "lease_token", "first_asked_at", "finished_at"),
    "likelihoods_json",
]


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
    """Claim up to `limit` due predictions of a running run, in the order of asking.

    Fewer where a budget would not pay for more; BudgetSpentError where it pays for nothing.
    """
    limit = min(limit, affordable(run_id, limit))
    ids = list(
        Prediction.objects.of_running_run(run_id)
        .due()
        .locked()
        .values_list("pk", flat=True)[:limit]
    )
    Prediction.objects.due().filter(pk__in=ids).update(
        status=PredictionStatus.LEASED,
        lease_token=token,
        leased_until=Now() + LEASE,
        attempts=F("attempts") + 1,
    )
    held = Prediction.objects.held_by(token).filter(pk__in=ids).select_related("revision")
    claimed = sorted(held, key=lambda row: ids.index(row.pk))
    variants = variants_of_rows(run_id, claimed)
    return [_leased(row, variants[row.pk]) for row in claimed]


def renew(token: uuid.UUID) -> None:
    """Go on holding what this worker holds."""
    Prediction.objects.held_by(token).update(leased_until=Now() + LEASE)


def put_back(token: uuid.UUID, prediction_ids: Collection[int]) -> None:
    """Free what this worker holds and never asked, as if it had not been claimed."""
    Prediction.objects.held_by(token).filter(pk__in=prediction_ids).update(
        status=PredictionStatus.PENDING, attempts=F("attempts") - 1, **_FREE
    )


def return_expired(run_id: int) -> None:
    """Free what dead workers of a run held; end what was tried too often."""
    expired = Prediction.objects.of_run(run_id).expired().order_by()
    failure = Failure(reason=f"Its worker died {MAX_ATTEMPTS} times while asking.")
    expired.filter(attempts__gte=MAX_ATTEMPTS).update(
        status=PredictionStatus.DONE,
        finished_at=Now(),
        **ending_of_failure(failure).columns,
        **_FREE,
    )
    expired.update(status=PredictionStatus.PENDING, due_at=Now(), **_FREE)


def forgive(run_id: int) -> None:
    """Let what waits be due at once, with all its attempts: it was not to blame."""
    Prediction.objects.of_run(run_id).order_by().pending().update(
        attempts=0, first_asked_at=None, due_at=Now()
    )


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
    became = {result.leased.prediction_id: result.became for result in results}
    held = (
        Prediction.objects.held_by(token).filter(pk__in=became).order_by("pk").annotate(now=Now())
    )
    rows, scores = [], []
    # Held until the transaction ends, so that the whole batch can be written at once.
    for row in held.select_for_update(of=("self",)):
        ending = _ended(row, became[row.pk])
        rows.append(row)
        scores += [
            Score(prediction=row, scorer=name, value=score.value, explanation=score.explanation)
            for name, score in ending.scores.items()
        ]
    if rows:
        # Every row is there: each "insert" is an update, in one statement for all of them.
        Prediction.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["pk"], update_fields=_WRITTEN
        )
        Score.objects.bulk_create(scores)


def _record_alone(token: uuid.UUID, result: Result) -> None:
    try:
        _record_all(token, [result])
    except _REFUSED as error:
        failure = Failure(reason=f"The answer could not be stored ({type(error).__name__}).")
        _record_all(token, [replace(result, became=failure)])


def _ended(row: Prediction, became: Ending | Failure) -> Ending:
    """Set a row to what became of it; a failure that may pass is only put off."""
    now: datetime = row.now  # type: ignore[attr-defined]  # annotated: the database's time
    row.lease_token = row.leased_until = None
    ending = ending_of_failure(became) if isinstance(became, Failure) else became
    for name, value in ending.columns.items():
        setattr(row, name, value)
    if isinstance(became, Failure) and _is_asked_again(row, became, now):
        seconds = seconds_until_retry(row.attempts, became.retry_after, key=row.pk)
        row.due_at = now + timedelta(seconds=seconds)
        row.first_asked_at = row.first_asked_at or now
        row.status, row.outcome = PredictionStatus.PENDING, ""
    else:
        row.status, row.finished_at = PredictionStatus.DONE, now
    return ending


def _is_asked_again(row: Prediction, failure: Failure, now: datetime) -> bool:
    is_over = row.first_asked_at is not None and now - row.first_asked_at > LONGEST_ASKING
    return failure.is_retryable and row.attempts < MAX_ATTEMPTS and not is_over


def _leased(row: Prediction, variant: Variant | None) -> Leased:
    return Leased(
        prediction_id=row.pk,
        attempts=row.attempts,
        prompt_sha256=row.prompt_sha256,
        content=row.revision.content(),
        variant=variant,
    )
