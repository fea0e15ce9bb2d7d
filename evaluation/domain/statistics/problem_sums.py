"""Rows summed up by problem, and problems drawn again: what all clustered numbers stand on."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

type Numbers = NDArray[np.float64]
type Labels = NDArray[np.int64]

MOST_GROUPS = 1000
"""Problems that differ are drawn as at most so many groups; more would only cost time."""

_AT_ONCE = 2_000_000  # numbers held in memory while drawing
_COST_OF_A_GROUP = 6  # drawing how often a group comes takes as long as drawing so many problems
_NEARLY = 1e-12


class Weighting(StrEnum):
    """What weighs the same in a mean."""

    MICRO = "micro"  # each prediction
    PROBLEM = "problem"  # each problem, whatever the number of its predictions


@dataclass(frozen=True, slots=True, eq=False)
class ProblemSums:
    """Groups of problems alike: sum and number of rows of each, and how many problems it has.

    All of shape (groups,), in the order of their content.
    """

    sums: Numbers
    counts: Numbers
    times: Labels

    @property
    def problems(self) -> int:
        """How many problems have a row."""
        return int(self.times.sum())

    @property
    def mean(self) -> float:
        """The ratio of all sums to all counts; ZeroDivisionError without rows."""
        return float(self.times @ self.sums) / float(self.times @ self.counts)

    @property
    def influences(self) -> Numbers:
        """By how much a problem of each group moves the mean, to the first order."""
        return (self.sums - self.mean * self.counts) / float(self.times @ self.counts)

    @property
    def has_spread(self) -> bool:
        """Whether problems differ, so that their spread can be estimated at all."""
        return self.problems > 1 and float(np.abs(self.influences).max()) * self.problems > _NEARLY

    def standard_error(self) -> float | None:
        """Of the mean, by the spread over problems; None where that cannot be seen."""
        if not self.has_spread:
            return None
        squares = float(self.times @ self.influences**2)
        return math.sqrt(self.problems / (self.problems - 1) * squares)

    def means_without_one(self) -> Numbers:
        """The mean without one problem of each group (jackknife); needs two problems."""
        total, count = float(self.times @ self.sums), float(self.times @ self.counts)
        return (total - self.sums) / (count - self.counts)

    def resampled_means(self, seed: int, resamples: int) -> Numbers:
        """Means of as many problems, drawn with replacement, of shape (resamples,)."""
        dice = np.random.default_rng(seed)
        is_grouped = _COST_OF_A_GROUP * min(len(self.times), MOST_GROUPS) < self.problems
        draw = self._merged().drawn_by_group if is_grouped else self.drawn_by_problem
        return np.concatenate(list(draw(dice, resamples)))

    def drawn_by_group(self, dice: np.random.Generator, resamples: int) -> Iterator[Numbers]:
        """How often each group comes is multinomial."""
        for size in _blocks(resamples, len(self.times)):
            times = dice.multinomial(self.problems, self.times / self.problems, size)
            yield (times @ self.sums) / (times @ self.counts)

    def drawn_by_problem(self, dice: np.random.Generator, resamples: int) -> Iterator[Numbers]:
        """Cheaper where few problems are alike."""
        sums, counts = np.repeat(self.sums, self.times), np.repeat(self.counts, self.times)
        for size in _blocks(resamples, self.problems):
            places = dice.integers(self.problems, size=(size, self.problems), dtype=np.uint32)
            yield sums[places].sum(axis=1) / counts[places].sum(axis=1)

    def _merged(self) -> "ProblemSums":
        """Neighbors in content as one group with their mean, where there are very many.

        This loses the spread within a group, a millionth of the whole.
        """
        if len(self.times) <= MOST_GROUPS:
            return self
        edges = np.cumsum(self.times) * MOST_GROUPS // (self.problems + 1)
        starts = np.flatnonzero(np.diff(edges, prepend=-1))
        times = np.add.reduceat(self.times, starts)
        return ProblemSums(
            np.add.reduceat(self.times * self.sums, starts) / times,
            np.add.reduceat(self.times * self.counts, starts) / times,
            times,
        )


def problem_sums(
    values: ArrayLike, clusters: ArrayLike, weighting: Weighting = Weighting.MICRO
) -> ProblemSums:
    """Values in [-1, 1] and the numbers of their problems, both of shape (n,), by problem.

    The same for any order of rows and any numbers of problems. ValueError for other shapes, for
    values beyond, and for what is not a number: rows without a score are left out by the caller.
    """
    numbers, labels = np.asarray(values, dtype=np.float64), np.asarray(clusters)
    _check(numbers, labels)
    places = _places(labels)
    counts = np.bincount(places).astype(np.float64)
    sums = np.bincount(places, weights=_in_steps(numbers))
    sums, counts = sums[counts > 0], counts[counts > 0]
    if weighting is Weighting.PROBLEM:
        sums, counts = sums / counts, np.ones(len(counts))
    return _grouped(sums, counts)


def _check(values: Numbers, clusters: NDArray[np.integer]) -> None:
    if values.ndim != 1 or values.shape != clusters.shape:
        raise ValueError(f"{values.shape} values need a problem each, not {clusters.shape}.")
    # Not a number fails the comparison, too.
    if not (np.abs(values) <= 1).all():
        raise ValueError("Scores lie between -1 and 1; leave out rows that have none.")
    if clusters.size and not np.issubdtype(clusters.dtype, np.integer):
        raise ValueError("The problem of each row is told by a whole number.")


def _places(labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """Small numbers instead of any; those that are small already stay, for sorting is slow."""
    if not labels.size:
        return np.zeros(0, dtype=np.int64)
    lowest = int(labels.min())
    if int(labels.max()) - lowest <= 2 * labels.size:
        return (labels - lowest).astype(np.int64)
    return np.asarray(np.unique(labels, return_inverse=True)[1], dtype=np.int64)


def _in_steps(values: Numbers) -> Numbers:
    """Values as multiples of a power of two so small that sums of all of them are exact.

    Otherwise sums would differ in their last digits with the order of rows.
    """
    step = 2.0 ** (values.size.bit_length() - 52)
    return np.rint(values / step) * step


def _grouped(sums: Numbers, counts: Numbers) -> ProblemSums:
    order = np.lexsort((sums, counts))
    sums, counts = sums[order], counts[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (np.diff(sums) != 0) | (np.diff(counts) != 0)
    starts = np.flatnonzero(is_new)
    times = np.diff(starts, append=len(order))
    return ProblemSums(sums[starts], counts[starts], times)


def _blocks(resamples: int, width: int) -> Iterator[int]:
    step = max(1, _AT_ONCE // max(1, width))
    yield from (min(step, resamples - start) for start in range(0, resamples, step))
