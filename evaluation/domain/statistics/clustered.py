"""Means of scores with intervals that know which of them belong to one problem.

- Bootstrap: whole problems are drawn again with replacement (A. C. Davison, D. V. Hinkley,
  "Bootstrap methods and their application" (1997), section 3.8). Percentile and BCa: B. Efron,
  "Better bootstrap confidence intervals", JASA 82 (1987) 171-185; the bias from the share of draws
  below the estimate, ties by half, the acceleration from the jackknife over problems.
- Analytic standard error: E. Miller, "Adding error bars to evals", arXiv 2411.00640 (2024),
  equation for clustered questions, here with the small-sample factor G / (G - 1) (CR1).

Where all problems have the same mean, or there is only one, the bootstrap collapses to a point and
the standard error to 0, which would claim certainty. Then the share of problems that might differ
is bounded by Wilson's interval of none in G, and those could have any score: of 0 and 1 right
this is exactly Wilson's interval with each problem as one trial.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from curation.domain.proportions import wilson_interval
from evaluation.domain.statistics.distributions import (
    normal_quantile,
    normal_share,
    student_two_sided,
)
from evaluation.domain.statistics.problem_sums import (
    Numbers,
    ProblemSums,
    Weighting,
    problem_sums,
)

RESAMPLES = 10_000

type Range = tuple[float, float]
"""The least and the most that a value can be."""

_SHARE: Range = (0.0, 1.0)
_DIFFERENCE: Range = (-1.0, 1.0)


class Method(StrEnum):
    """How the ends of an interval are read from the draws."""

    PERCENTILE = "percentile"
    BCA = "bca"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredEstimate:
    """A mean with its interval, over ``n`` rows of so many ``problems``.

    ``value`` is None where n is 0: undefined, not zero. ``standard_error`` is the analytic one;
    None where the spread over problems cannot be seen: of no or one problem, or all alike.
    """

    value: float | None
    low: float
    high: float
    confidence: float
    n: int
    problems: int
    standard_error: float | None
    weighting: Weighting
    method: Method


def clustered_mean(
    values: ArrayLike,
    clusters: ArrayLike,
    *,
    seed: int,
    weighting: Weighting = Weighting.MICRO,
    method: Method = Method.BCA,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> ClusteredEstimate:
    """The mean of scores in [0, 1]. ``values`` and ``clusters``, their problems: shape (n,).

    The interval holds the estimate, lies in [0, 1], is never a point, and is the same for the same
    seed and rows in any order. Of nothing nothing is known: (0, 1). ValueError for scores beyond.
    """
    if (np.asarray(values) < 0).any():
        raise ValueError("Scores lie between 0 and 1; for differences use clustered_difference.")
    sums = problem_sums(values, clusters, weighting)
    plan = _Plan(seed, weighting, method, confidence, resamples)
    return _estimate(sums, np.size(values), plan, _SHARE)


def clustered_difference(
    differences: ArrayLike,
    clusters: ArrayLike,
    *,
    seed: int,
    weighting: Weighting = Weighting.MICRO,
    method: Method = Method.BCA,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> ClusteredEstimate:
    """The mean of paired differences, second less first of the same item, in [-1, 1].

    Both of shape (n,). As :func:`clustered_mean` otherwise; of nothing it is (-1, 1).
    """
    sums = problem_sums(differences, clusters, weighting)
    plan = _Plan(seed, weighting, method, confidence, resamples)
    return _estimate(sums, np.size(differences), plan, _DIFFERENCE)


def clustered_standard_error(
    values: ArrayLike, clusters: ArrayLike, weighting: Weighting = Weighting.MICRO
) -> float | None:
    """The analytic standard error of the mean, by the spread over problems (CR1).

    What statsmodels' ``cov_cluster`` gives of a regression on a constant. None where the spread
    over problems cannot be seen: of no or one problem, or where all are alike.
    """
    return _standard_error(problem_sums(values, clusters, weighting))


def clustered_p_value(
    differences: ArrayLike, clusters: ArrayLike, weighting: Weighting = Weighting.MICRO
) -> float:
    """Two-sided, of no difference on average: Student's t of the clustered standard error.

    With one degree of freedom less than problems, and never below 2 ** (1 - G), the least that
    flipping the signs of G problems can give: a few problems prove nothing, though all agree.
    For one item a problem that is right or wrong, :func:`mcnemar` is exact.
    """
    sums = problem_sums(differences, clusters, weighting)
    if not sums.problems or math.isclose(sums.mean, 0, abs_tol=1e-12):
        return 1.0
    least = 2.0 ** (1 - sums.problems)
    error = sums.standard_error()
    if error is None:
        return least
    return max(least, student_two_sided(sums.mean / error, sums.problems - 1))


@dataclass(frozen=True, slots=True)
class _Plan:
    seed: int
    weighting: Weighting
    method: Method
    confidence: float
    resamples: int


def _standard_error(sums: ProblemSums) -> float | None:
    return sums.standard_error() if sums.problems else None


def _estimate(sums: ProblemSums, n: int, plan: _Plan, within: Range) -> ClusteredEstimate:
    low, high = _bounds(sums, plan, within) if n else within
    return ClusteredEstimate(
        value=sums.mean if n else None,
        low=low,
        high=high,
        confidence=plan.confidence,
        n=n,
        problems=sums.problems,
        standard_error=_standard_error(sums),
        weighting=plan.weighting,
        method=plan.method,
    )


def _bounds(sums: ProblemSums, plan: _Plan, within: Range) -> Range:
    if not sums.has_spread:
        return bounds_without_spread(sums.mean, sums.problems, plan.confidence, within)
    draws = sums.resampled_means(plan.seed, plan.resamples)
    tails = np.array([(1 - plan.confidence) / 2, (1 + plan.confidence) / 2])
    if plan.method is Method.BCA:
        tails = _corrected_tails(tails, draws, sums)
    low, high = (float(end) for end in np.quantile(draws, tails))
    return max(within[0], min(low, sums.mean)), min(within[1], max(high, sums.mean))


def bounds_without_spread(mean: float, problems: int, confidence: float, within: Range) -> Range:
    """An interval where all problems seen have one mean: some unseen could have any."""
    unseen = wilson_interval(0, problems, confidence)[1]
    return (1 - unseen) * mean + unseen * within[0], (1 - unseen) * mean + unseen * within[1]


def _corrected_tails(tails: Numbers, draws: Numbers, sums: ProblemSums) -> Numbers:
    """The shares of draws below the ends, corrected for bias and acceleration."""
    below = (np.count_nonzero(draws < sums.mean) + np.count_nonzero(draws <= sums.mean)) / 2
    # Were all draws on one side, the bias would be infinite.
    bias = normal_quantile(min(max(below, 0.5), len(draws) - 0.5) / len(draws))
    acceleration = _acceleration(sums)
    shifted = [bias + normal_quantile(float(tail)) for tail in tails]
    return np.array([normal_share(bias + z / (1 - acceleration * z)) for z in shifted])


def _acceleration(sums: ProblemSums) -> float:
    without = sums.means_without_one()
    strays = float(sums.times @ without) / sums.problems - without
    squares = float(sums.times @ strays**2)
    return float(sums.times @ strays**3) / (6 * math.sqrt(squares) ** 3)
