"""Permuted sets drawn again and again, of which the truth is known.

Each problem has a chance of its own to be answered right, from a beta distribution with the mean
that is to be found, and is asked in as many orders as its examples have, at most 24.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from curation.domain.proportions import clustered_estimate
from evaluation.domain.statistics import Method, Proportion, clustered_mean, wilson_interval
from evaluation.domain.statistics.distributions import student_quantile
from evaluation.domain.statistics.problem_sums import Labels, Numbers, problem_sums

ORDERS = (2,) * 27 + (6,) * 24 + (24,) * 35
"""Of SMMILE's 86 problems that may be permuted."""

type Interval = Callable[[Numbers, Labels], tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """``likeness`` is the correlation of two answers to one problem in different orders."""

    problems: int
    mean: float
    likeness: float = 0.5
    orders: tuple[int, ...] = ORDERS

    def drawn(self, times: int, seed: int) -> Iterator[tuple[Numbers, Labels]]:
        """Right or wrong, and the problem, of each row; so many sets."""
        dice = np.random.default_rng(seed)
        spread = 1 / self.likeness - 1
        for _ in range(times):
            counts = dice.choice(self.orders, self.problems)
            chances = dice.beta(self.mean * spread, (1 - self.mean) * spread, self.problems)
            problem = np.repeat(np.arange(self.problems), counts)
            yield (dice.random(len(problem)) < chances[problem]).astype(float), problem


def naive(values: Numbers, _problem: Labels) -> tuple[float, float]:
    """Wilson's, as if all rows were independent."""
    return wilson_interval(float(values.sum()), len(values))


def effective(values: Numbers, problem: Labels) -> tuple[float, float]:
    """Wilson's of the effective number of rows."""
    rights, counts = np.bincount(problem, values).astype(int), np.bincount(problem)
    clusters = Counter(Proportion(int(k), int(n)) for k, n in zip(rights, counts, strict=True) if n)
    found = clustered_estimate(clusters)
    return found.low, found.high


def analytic(values: Numbers, problem: Labels) -> tuple[float, float]:
    """Student's t times the clustered standard error."""
    sums = problem_sums(values, problem)
    error = sums.standard_error()
    if error is None:
        return sums.mean, sums.mean
    half = error * student_quantile(0.975, sums.problems - 1)
    return sums.mean - half, sums.mean + half


def bootstrapped(method: Method) -> Interval:
    """By drawing problems, fewer times than in use."""

    def interval(values: Numbers, problem: Labels) -> tuple[float, float]:
        found = clustered_mean(values, problem, seed=0, method=method, resamples=1000)
        return found.low, found.high

    return interval


INTERVALS: Mapping[str, Interval] = {
    "naive Wilson": naive,
    "percentile": bootstrapped(Method.PERCENTILE),
    "BCa": bootstrapped(Method.BCA),
    "analytic t": analytic,
    "effective Wilson": effective,
}


def coverage(setting: Setting, times: int, seed: int = 0) -> dict[str, tuple[float, float]]:
    """Of each interval: how often it holds the truth, and its mean length."""
    held = Counter[str]()
    lengths: dict[str, list[float]] = {name: [] for name in INTERVALS}
    for values, problem in setting.drawn(times, seed):
        for name, interval in INTERVALS.items():
            low, high = interval(values, problem)
            held[name] += low <= setting.mean <= high
            lengths[name].append(high - low)
    return {name: (held[name] / times, float(np.mean(lengths[name]))) for name in INTERVALS}
