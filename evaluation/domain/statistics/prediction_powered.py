"""A judge's mean, corrected by what experts found of a sample of its verdicts."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from curation.domain.proportions import wilson_interval
from evaluation.domain.statistics.distributions import student_quantile
from evaluation.domain.statistics.problem_sums import Labels, Numbers

_NEARLY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """The share experts would find right, over ``n`` judged rows of which ``checked`` were checked.

    ``problems`` is how many the checked ones are of. ``value`` is None where none is checked.
    """

    value: float | None
    low: float
    high: float
    confidence: float
    n: int
    checked: int
    problems: int


def prediction_powered_mean(
    judged_all: ArrayLike,
    clusters_all: ArrayLike,
    judged_checked: ArrayLike,
    expert_checked: ArrayLike,
    clusters_checked: ArrayLike,
    *,
    confidence: float = 0.95,
) -> Corrected:
    """The judge's mean plus what experts, on average, found it to be off.

    A. N. Angelopoulos, S. Bates, C. Fannjiang, M. I. Jordan, T. Zrnic, "Prediction-powered
    inference", Science 382 (2023) 669-674; the judge's weight, in [0, 1], is the one of least
    variance: A. N. Angelopoulos, J. C. Duchi, T. Zrnic, "PPI++", arXiv 2311.01453 (2023).
    ``judged_all`` and its problems have shape (n,): all judged rows, the checked ones among them.
    The three of the checked, drawn at random, have shape (checked,); all verdicts lie in [0, 1],
    and a problem has the same number in both. The variance is that of sums over problems, which
    also counts that the checked are part of all, with Student's t of the checked problems. Where
    no checked verdict was off, the interval is widened by as many as could be (Wilson's of none).
    """
    places_all, places = _same_places(np.asarray(clusters_all), np.asarray(clusters_checked))
    sample = _Sample(
        np.asarray(judged_all, dtype=np.float64),
        np.asarray(judged_checked, dtype=np.float64),
        np.asarray(expert_checked, dtype=np.float64),
        places_all,
        places,
    )
    value, (low, high) = (sample.value, sample.bounds(confidence)) if sample.problems else _NOTHING
    return Corrected(
        value=value,
        low=low,
        high=high,
        confidence=confidence,
        n=len(sample.judged_all),
        checked=len(sample.expert),
        problems=sample.problems,
    )


_NOTHING = (None, (0.0, 1.0))


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    judged_all: Numbers
    judged: Numbers
    expert: Numbers
    places_all: Labels
    places: Labels

    def __post_init__(self) -> None:
        shapes = {one.shape for one in (self.judged, self.expert, self.places)}
        if len(shapes) > 1 or self.judged_all.shape != self.places_all.shape:
            raise ValueError("Each verdict needs its problem, each checked one an expert's word.")
        if not len(self.judged_all) and len(self.expert):
            raise ValueError("What was checked is among what was judged; nothing was.")

    @property
    def problems(self) -> int:
        return len(np.unique(self.places))

    @property
    def value(self) -> float:
        weight = self._weight()
        found = self.expert.mean() + weight * (self.judged_all.mean() - self.judged.mean())
        return float(min(1.0, max(0.0, found)))

    def bounds(self, confidence: float) -> tuple[float, float]:
        if self.problems == 1:
            return 0.0, 1.0
        experts, judges = self._influences()
        squares = float(((experts + self._weight() * judges) ** 2).sum())
        freedom = self.problems - 1
        error = math.sqrt((freedom + 1) / freedom * squares)
        half = error * student_quantile((1 + confidence) / 2, freedom)
        if np.abs(self.expert - self.judged).max() < _NEARLY:
            half = math.hypot(half, wilson_interval(0, self.problems, confidence)[1])
        return max(0.0, self.value - half), min(1.0, self.value + half)

    def _weight(self) -> float:
        experts, judges = self._influences()
        squares = float(judges @ judges)
        return min(1.0, max(0.0, -float(experts @ judges) / squares)) if squares else 0.0

    def _influences(self) -> tuple[Numbers, Numbers]:
        """Of each problem, on the experts' mean and on what the judge adds to it."""
        size = int(self.places_all.max()) + 1
        size = max(size, int(self.places.max()) + 1)

        def summed(values: Numbers, places: Labels) -> Numbers:
            return np.bincount(places, (values - values.mean()) / len(values), size)

        judges = summed(self.judged_all, self.places_all) - summed(self.judged, self.places)
        return summed(self.expert, self.places), judges


def _same_places(one: Labels, other: Labels) -> tuple[Labels, Labels]:
    places = np.unique(np.concatenate([one, other]), return_inverse=True)[1]
    return places[: len(one)], places[len(one) :]
