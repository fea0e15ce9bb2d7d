"""Shares with the interval they could as well have been."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist


def wilson_interval(k: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Lower and upper bound, in [0, 1], of the share behind k successes in n trials.

    The score interval of E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", JASA 22 (1927) 209-212, without continuity correction. It assumes independent
    trials: orders and repeats of one problem are not. With n = 0 nothing is known: (0, 1).
    Fractions of trials are taken for :func:`clustered_estimate`.
    ValueError unless 0 <= k <= n and 0 < confidence < 1.
    """
    _check(k, n)
    if not 0 < confidence < 1:
        raise ValueError(f"Confidence lies between 0 and 1, not at {confidence}.")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, weight = k / n, z * z / n
    middle = (share + weight / 2) / (1 + weight)
    half = math.sqrt(share * (1 - share) * weight + weight * weight / 4) / (1 + weight)
    # At the ends the bound is exact in the formula but not in floating point.
    return (0.0 if k == 0 else middle - half), (1.0 if k == n else middle + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its interval, k and n. ``value`` is None where n is 0: undefined, not zero."""

    value: float | None
    low: float
    high: float
    confidence: float
    k: int
    n: int


@dataclass(frozen=True, slots=True)
class Proportion:
    """k of n. ValueError unless 0 <= k <= n."""

    k: int
    n: int

    def __post_init__(self) -> None:
        _check(self.k, self.n)

    @property
    def value(self) -> float | None:
        """k / n in [0, 1]; None where n is 0: undefined, not zero."""
        return self.k / self.n if self.n else None

    def estimate(self, confidence: float = 0.95) -> Estimate:
        """The share with its Wilson interval."""
        low, high = wilson_interval(self.k, self.n, confidence)
        return Estimate(
            value=self.value, low=low, high=high, confidence=confidence, k=self.k, n=self.n
        )


def clustered_estimate(clusters: Mapping[Proportion, int], *, confidence: float = 0.95) -> Estimate:
    """The share over trials of which those of one problem are alike, with its interval.

    ``clusters`` says of how many problems there are k successes in n trials; k and n of the
    answer count all trials. Wilson's interval with the effective number of trials, n divided by
    Kish's design effect (C. Franco, R. J. A. Little, T. A. Louis, E. V. Slud, "Comparative study
    of confidence intervals for proportions in complex sample surveys", J. Survey Statistics and
    Methodology 7 (2019) 334-364); never narrower than with independent trials. Where all trials
    ended alike, or are of one problem, the effect cannot be estimated: each problem counts as one.
    """
    total = Proportion(
        sum(one.k * times for one, times in clusters.items()),
        sum(one.n * times for one, times in clusters.items()),
    )
    if all(one.n <= 1 for one in clusters):
        return total.estimate(confidence)
    share = total.k / total.n
    trials = _effective_trials(clusters, total)
    low, high = wilson_interval(share * trials, trials, confidence)
    return Estimate(value=share, low=low, high=high, confidence=confidence, k=total.k, n=total.n)


def _effective_trials(clusters: Mapping[Proportion, int], total: Proportion) -> float:
    problems = sum(times for one, times in clusters.items() if one.n)
    if problems == 1 or total.k in {0, total.n}:
        return problems
    share = total.k / total.n
    squares = sum((one.k - share * one.n) ** 2 * times for one, times in clusters.items())
    variance = problems / (problems - 1) * squares / total.n**2
    design_effect = variance / (share * (1 - share) / total.n)
    return total.n / max(1.0, design_effect)


def _check(k: float, n: float) -> None:
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no proportion: k lies between 0 and n.")
