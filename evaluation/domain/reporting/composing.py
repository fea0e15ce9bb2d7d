"""A whole report from the columns of a run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from evaluation.domain.outcomes import Outcome
from evaluation.domain.reporting.agreeing import agreements
from evaluation.domain.reporting.comparing_twins import comparison, order_spread
from evaluation.domain.reporting.guesses import expectation
from evaluation.domain.reporting.measuring import CONFIDENCE, Meter
from evaluation.domain.reporting.report import (
    VERSION,
    About,
    Copying,
    FailureKind,
    Grouping,
    Outcomes,
    Resources,
    RunReport,
    ScorerReport,
)
from evaluation.domain.reporting.rows import (
    UNKNOWN,
    Categories,
    Codes,
    Flags,
    Numbers,
    Problems,
    Rows,
    TwinRows,
)
from evaluation.domain.reporting.strata import (
    positions_from_end,
    positions_from_start,
    strata_of,
    when_copied,
)
from evaluation.domain.statistics import (
    Discordance,
    clustered_standard_error,
    minimum_detectable_difference,
)

SEED = 20
"""Of every bootstrap: the same answers give the same intervals."""

RESAMPLES = 10_000

GROUP_RESAMPLES = 2_000
"""An end of an interval then strays by some 6 % of the standard error from draw to draw."""

type PriceOf = Callable[[int, int], Decimal | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What columns do not say. ``scorer_labels`` are by name, in the order of pages.

    ``price_of`` says what tokens in and out cost, None where nobody knows.
    """

    about: About
    failures: tuple[FailureKind, ...]
    price_of: PriceOf
    scorer_labels: Mapping[str, str]


def run_report(
    rows: Rows, problems: Problems, twins: Sequence[TwinRows], known: Known
) -> RunReport:
    """Everything that is known of a run; the same for the same answers in any order."""
    meter = Meter(
        is_held_out=problems.is_held_out,
        seed=SEED,
        resamples=RESAMPLES,
        group_resamples=GROUP_RESAMPLES,
    )
    composer = _Composer(rows, problems, twins, meter)
    return RunReport(
        version=VERSION,
        about=known.about,
        outcomes=_outcomes(rows, problems),
        failures=known.failures,
        scorers=tuple(
            composer.scorer(name, label)
            for name, label in known.scorer_labels.items()
            if name in rows.scored.scores
        ),
        agreements=agreements(rows.scored, known.scorer_labels, SEED),
        copying=_copying(rows, meter),
        resources=_resources(rows, known.price_of),
        seed=SEED,
        resamples=RESAMPLES,
        group_resamples=GROUP_RESAMPLES,
        confidence=CONFIDENCE,
    )


class _Composer:
    """Makes the report of each scorer of one run."""

    def __init__(
        self, rows: Rows, problems: Problems, twins: Sequence[TwinRows], meter: Meter
    ) -> None:
        self._rows = rows
        self._problems = problems
        self._twins = twins
        self._meter = meter
        self._strata = tuple(strata_of(rows, problems))

    def scorer(self, name: str, label: str) -> ScorerReport:
        """What one scorer says."""
        values = self._rows.scored.scores[name]
        is_scored = ~np.isnan(values)
        scored, problem = values[is_scored], self._rows.scored.problem[is_scored]
        groupings = (self._grouped(each, values, is_scored) for each in self._strata)
        found = (comparison(self._meter, name, self._rows.scored, each) for each in self._twins)
        return ScorerReport(
            scorer=name,
            label=label,
            overall=self._meter.share(scored, problem),
            by_problem=self._meter.share_by_problem(scored, problem),
            groupings=tuple(each for each in groupings if each is not None),
            positions_from_end=self._grouped(positions_from_end(self._rows), values, is_scored),
            positions_from_start=self._grouped(positions_from_start(self._rows), values, is_scored),
            when_copied=self._grouped(when_copied(self._rows), values, is_scored),
            comparisons=tuple(each for each in found if each is not None),
            order_spread=order_spread(values, self._rows.scored),
            expectations=tuple(
                expectation(guess, self._rows, is_scored) for guess in self._problems.guesses
            ),
            smallest_difference=_smallest_difference(scored, problem),
        )

    def _grouped(
        self, categories: Categories, values: Numbers, is_scored: Flags
    ) -> Grouping | None:
        """None where nothing is known of any."""
        codes = categories.codes[is_scored]
        problem = self._rows.scored.problem[is_scored]
        grouping = self._meter.grouping(categories, codes, values[is_scored], problem)
        return grouping if grouping.groups else None


def _outcomes(rows: Rows, problems: Problems) -> Outcomes:
    counts = {kind: int((rows.outcome == code).sum()) for code, kind in enumerate(Outcome)}
    asked = np.unique(rows.scored.problem)
    return Outcomes(
        planned=rows.n,
        problems=len(asked),
        held_out=int(problems.is_held_out[asked].sum()),
        ok=counts[Outcome.OK],
        refused=counts[Outcome.REFUSED],
        unparsable=counts[Outcome.UNPARSABLE],
        error=counts[Outcome.ERROR],
        pending=int((rows.outcome == UNKNOWN).sum()),
    )


def _copying(rows: Rows, meter: Meter) -> Copying | None:
    is_known = rows.copied_any != UNKNOWN
    if not is_known.any():
        return None
    problem = rows.scored.problem[is_known]
    of_any, of_last = (
        meter.share(copied[is_known].astype(np.float64), problem)
        for copied in (rows.copied_any, rows.copied_last)
    )
    return Copying(any=of_any, last=of_last)


def _resources(rows: Rows, price_of: PriceOf) -> Resources:
    waited = rows.latency_ms[rows.latency_ms > 0]  # none is said of what was asked nowhere
    p50, p95 = np.quantile(waited, [0.5, 0.95]).tolist() if len(waited) else (None, None)
    columns = (rows.input_tokens, rows.output_tokens, rows.cached_tokens)
    tokens_in, tokens_out, cached = (int(np.nansum(column)) for column in columns)
    price = price_of(tokens_in, tokens_out)
    return Resources(
        latency_p50=p50,
        latency_p95=p95,
        latency_n=len(waited),
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        cached_tokens=cached,
        tokens_n=int((~np.isnan(rows.input_tokens)).sum()),
        price=None if price is None else str(price),
    )


def _smallest_difference(values: Numbers, problem: Codes) -> float | None:
    """What a comparison would probably find with a run as right as this that errs elsewhere.

    Of two that err independently, 2 p (1 - p) of the items differ: more than of most, so most
    comparisons are sharper. Orders and repeats of a problem are worth as much as they vary.
    """
    if not len(values):
        return None
    mean = float(values.mean())
    error, plain = clustered_standard_error(values, problem), mean * (1 - mean) / len(values)
    effect = error**2 / plain if error is not None and plain > 0 else 1.0
    discordance = Discordance(share=2 * mean * (1 - mean), design_effect=max(1.0, effect))
    return minimum_detectable_difference(len(values), discordance)
