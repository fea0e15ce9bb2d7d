"""Which ranks a model could have: ranges where a mere order of means would pretend to know."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from evaluation.domain.statistics.clustered import clustered_p_value
from evaluation.domain.statistics.multiplicity import holm
from evaluation.domain.statistics.problem_sums import Labels, Numbers


@dataclass(frozen=True, slots=True)
class RankRange:
    """From the best to the worst rank, 1 being the first."""

    best: int
    worst: int


def rank_ranges(
    values_by_model: ArrayLike, clusters: ArrayLike, *, confidence: float = 0.95
) -> list[RankRange]:
    """The ranks that the differences seen leave possible, in the order of the models.

    ``values_by_model`` has shape (models, n), a score where the model has one for the item and nan
    where not; ``clusters``, the items' problems, has shape (n,). Each two models are compared on
    the items both have, by :func:`clustered_p_value`, Holm over all pairs. A model's best rank
    counts those surely better, its worst those not surely worse: with the confidence stated, all
    ranges at once hold the true ranks (M. Mogstad, J. P. Romano, A. M. Shaikh, D. Wilhelm,
    "Inference for ranks with applications to mobility across neighbourhoods and academic
    achievement across countries", Review of Economic Studies 91 (2024) 476-518).
    """
    values, labels = np.asarray(values_by_model, dtype=np.float64), np.asarray(clusters)
    models = len(values)
    pairs = list(combinations(range(models), 2))
    compared = [_compared(values[one], values[other], labels) for one, other in pairs]
    adjusted = holm([p_value for p_value, _ in compared])
    better, worse = np.zeros(models, dtype=int), np.zeros(models, dtype=int)
    for (one, other), (_, gain), p_value in zip(pairs, compared, adjusted, strict=True):
        if p_value < 1 - confidence:
            first, last = (other, one) if gain > 0 else (one, other)
            better[last] += 1
            worse[first] += 1
    return [RankRange(int(b) + 1, models - int(w)) for b, w in zip(better, worse, strict=True)]


def _compared(one: Numbers, other: Numbers, clusters: Labels) -> tuple[float, float]:
    """The p-value, and what the other has more than the one; 1 and 0 where they share no item."""
    is_shared = ~np.isnan(one) & ~np.isnan(other)
    differences = (other - one)[is_shared]
    gain = float(differences.mean()) if differences.size else 0.0
    return clustered_p_value(differences, clusters[is_shared]), gain
