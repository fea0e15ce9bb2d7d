"""A run beside another that differs in one thing, over the items that both answered."""

from dataclasses import dataclass

import numpy as np

from evaluation.domain.reporting.measuring import Meter
from evaluation.domain.reporting.report import Comparison, Flips, OrderSpread
from evaluation.domain.reporting.rows import Codes, Numbers, Scored, TwinRows
from evaluation.domain.statistics import (
    clustered_p_value,
    mcnemar,
    minimum_detectable_difference,
    observed_discordance,
)

MCNEMAR = "McNemar, exact"
STUDENT = "Student's t, clustered"

_MOST_VARIANTS = 1 << 16  # orders and repeats are small; both fit beside a problem in one number


@dataclass(frozen=True, slots=True)
class _Paired:
    """The values of the items that both runs answered, and what only one of them did."""

    here: Numbers
    there: Numbers
    problem: Codes
    only_here: int
    only_there: int


def comparison(meter: Meter, scorer: str, here: Scored, twin: TwinRows) -> Comparison | None:
    """The two by one scorer; None where they share no item, or the other was not scored so.

    An item is a problem in one order and repeat where both runs ask the same of these; else a
    problem, with the mean of its answers.
    """
    if scorer not in twin.scored.scores:
        return None
    paired = _paired(scorer, here, twin)
    if not len(paired.problem):
        return None
    differences = paired.here - paired.there
    p_value, test = _tested(paired, differences)
    return Comparison(
        name=twin.name,
        label=twin.label,
        run_id=twin.run_id,
        protocol_label=twin.protocol_label,
        here=float(paired.here.mean()),
        there=float(paired.there.mean()),
        difference=meter.difference(differences, paired.problem),
        flips=_flips(paired),
        p_value=p_value,
        test=test,
        smallest_difference=_smallest_difference(differences, paired.problem),
        only_here=paired.only_here,
        only_there=paired.only_there,
        is_by_problem=not twin.is_same_variants,
    )


def order_spread(values: Numbers, scored: Scored) -> OrderSpread | None:
    """What the order did, over problems answered in two orders or more; None without such."""
    is_answered = ~np.isnan(values)
    keys = scored.problem * _MOST_VARIANTS + scored.order
    items, means = _means(keys[is_answered], values[is_answered])
    problem = items // _MOST_VARIANTS
    _, place, counts = np.unique(problem, return_inverse=True, return_counts=True)
    is_several = counts > 1
    if not is_several.any():
        return None
    mean = np.bincount(place, means) / counts
    variance = np.bincount(place, (means - mean[place]) ** 2) / counts
    mean, variance = mean[is_several], variance[is_several]
    always, never = int((mean == 1).sum()), int((mean == 0).sum())
    return OrderSpread(
        problems=len(mean),
        always=always,
        sometimes=len(mean) - always - never,
        never=never,
        deviation=float(np.sqrt(variance).mean()),
    )


def _paired(scorer: str, here: Scored, twin: TwinRows) -> _Paired:
    items_here, values_here = _items(scorer, here, twin)
    items_there, values_there = _items(scorer, twin.scored, twin)
    common, at_here, at_there = np.intersect1d(
        items_here, items_there, assume_unique=True, return_indices=True
    )
    return _Paired(
        here=values_here[at_here],
        there=values_there[at_there],
        problem=common // _MOST_VARIANTS**2,
        only_here=len(items_here) - len(common),
        only_there=len(items_there) - len(common),
    )


def _items(scorer: str, scored: Scored, twin: TwinRows) -> tuple[Codes, Numbers]:
    """A number for each item, sorted, and its value."""
    values = scored.scores[scorer]
    keys = scored.problem * _MOST_VARIANTS**2
    if twin.is_same_variants:
        keys = keys + scored.order * _MOST_VARIANTS + scored.repeat
    is_answered = ~np.isnan(values)
    return _means(keys[is_answered], values[is_answered])


def _means(keys: Codes, values: Numbers) -> tuple[Codes, Numbers]:
    items, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return items, np.bincount(place, values, minlength=len(items)) / np.maximum(1, counts)


def _is_yes_or_no(paired: _Paired) -> bool:
    values = np.concatenate([paired.here, paired.there])
    return bool(np.isin(values, (0.0, 1.0)).all())


def _flips(paired: _Paired) -> Flips | None:
    if not _is_yes_or_no(paired):
        return None
    here, there = paired.here == 1, paired.there == 1
    return Flips(
        gained=int((here & ~there).sum()),
        lost=int((there & ~here).sum()),
        both=int((here & there).sum()),
        neither=int((~here & ~there).sum()),
    )


def _tested(paired: _Paired, differences: Numbers) -> tuple[float, str]:
    """The p-value of no difference, and by which test: the exact one takes items as independent."""
    is_once = len(np.unique(paired.problem)) == len(paired.problem)
    if is_once and _is_yes_or_no(paired):
        return mcnemar(paired.there == 1, paired.here == 1).p_value, MCNEMAR
    return clustered_p_value(differences, paired.problem), STUDENT


def _smallest_difference(differences: Numbers, problem: Codes) -> float | None:
    discordance = observed_discordance(differences, problem)
    if discordance is None:
        return None
    return minimum_detectable_difference(len(differences), discordance)
