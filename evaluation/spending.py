"""What a run has cost, and how much more it may ask."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, Sum

from evaluation.models import ModelEndpoint, Prediction, PredictionStatus, Run

_MILLION = Decimal(1_000_000)
# Of a request, before one was counted: more than most, as the first must not cost too much either.
_FIRST_TOKENS_OF_TEXT = 2000
_FIRST_TOKENS_OF_IMAGE = 2000


class BudgetSpentError(Exception):
    """Nothing more can be asked for what may still be spent; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """Tokens of a run so far, and their price: None where the endpoint has none."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int
    price: Decimal | None


def price_of(endpoint: ModelEndpoint, input_tokens: int, output_tokens: int) -> Decimal | None:
    """What so many tokens cost, None where the endpoint names no price."""
    price_in, price_out = endpoint.input_price_per_million, endpoint.output_price_per_million
    if price_in is None and price_out is None:
        return None
    nothing = Decimal()
    return (
        input_tokens * (price_in or nothing) + output_tokens * (price_out or nothing)
    ) / _MILLION


def spend_of(run: Run) -> Spend:
    """What a run used so far. Cached tokens are counted at the full price."""
    names = ("input_tokens", "output_tokens", "cached_tokens")
    rows = Prediction.objects.of_run(run.pk).order_by()
    sums = rows.aggregate(**{name: Sum(name, default=0) for name in names})
    price = price_of(run.endpoint, sums["input_tokens"], sums["output_tokens"])
    return Spend(**sums, price=price)


def affordable(run_id: int, wanted: int) -> int:
    """How many of `wanted` more requests the run's budget surely pays for.

    What is under way counts as the dearest there can be. Inside a transaction; workers that ask at
    once are let in one after the other. BudgetSpentError where nothing is under way either.
    """
    run = Run.objects.with_budget_locked(run_id)
    if run is None or run.budget is None:
        return wanted
    dearest = _dearest(run)
    spent = spend_of(run).price
    if not dearest or spent is None:
        return wanted
    rows = Prediction.objects.of_run(run_id).order_by()
    under_way = rows.filter(status=PredictionStatus.LEASED).count()
    count = int((run.budget - spent - under_way * dearest) / dearest)
    if count < 1 and not under_way and rows.pending().exists():
        raise BudgetSpentError(
            f"The budget of {run.budget:f} does not pay for another request: {spent:.4f} is spent, "
            f"and one may cost {dearest:.4f}. Raise the budget to go on."
        )
    return min(wanted, max(0, count))


def _dearest(run: Run) -> Decimal | None:
    """What one more request costs at most: as much as went in before, and as much out as may."""
    rows = Prediction.objects.of_run(run.pk).order_by()
    seen = rows.aggregate(tokens=Max("input_tokens"), images=Max("image_count"))
    first = _FIRST_TOKENS_OF_TEXT + _FIRST_TOKENS_OF_IMAGE * (seen["images"] or 0)
    return price_of(run.endpoint, seen["tokens"] or first, run.protocol.max_tokens)
