"""Numbers with their intervals, from values and the problems they are of."""

from dataclasses import dataclass, replace

import numpy as np

from evaluation.domain.reporting.report import Group, Grouping, Measured
from evaluation.domain.reporting.rows import UNKNOWN, Categories, Codes, Flags, Numbers
from evaluation.domain.statistics import (
    ClusteredEstimate,
    Weighting,
    clustered_difference,
    clustered_mean,
    wilson_interval,
)

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Measures over the problems of one release, with the seed of everything that is drawn.

    Groups are many, so each may be drawn less often than the whole.
    """

    is_held_out: Flags
    seed: int
    resamples: int
    group_resamples: int

    def share(self, values: Numbers, problem: Codes) -> Measured:
        """The mean of values in [0, 1]; each answer weighs the same.

        Wilson's interval where every problem was asked once and each value is 0 or 1; else a
        bootstrap that draws whole problems.
        """
        n, problems = len(values), _count(problem)
        is_plain = bool(np.isin(values, (0.0, 1.0)).all())
        k = int(values.sum()) if is_plain else None
        if not is_plain or n != problems:
            return self._clustered(values, problem, Weighting.MICRO, k)
        low, high = wilson_interval(float(values.sum()), n, CONFIDENCE)
        return Measured(
            value=float(values.mean()) if n else None,
            low=low,
            high=high,
            confidence=CONFIDENCE,
            k=k,
            n=n,
            problems=problems,
            held_out=self._held_out(problem),
            method="wilson",
        )

    def share_by_problem(self, values: Numbers, problem: Codes) -> Measured | None:
        """The mean over problems of their means; None where every problem was asked once."""
        if len(values) == _count(problem):
            return None
        return self._clustered(values, problem, Weighting.PROBLEM, None)

    def difference(self, differences: Numbers, problem: Codes) -> Measured:
        """The mean of paired differences in [-1, 1], drawn by problem."""
        found = clustered_difference(
            differences,
            problem,
            seed=self.seed,
            confidence=CONFIDENCE,
            resamples=self.resamples,
        )
        return self._measured(found, problem, None)

    def grouping(
        self, categories: Categories, codes: Codes, values: Numbers, problem: Codes
    ) -> Grouping:
        """The values in groups, those that nobody is in left out; ``codes`` are of the values."""
        meter = replace(self, resamples=self.group_resamples)
        groups = []
        for code, (name, label) in enumerate(zip(categories.names, categories.labels, strict=True)):
            inside = codes == code
            if inside.any():
                measured = meter.share(values[inside], problem[inside])
                groups.append(Group(name=name, label=label, measured=measured))
        return Grouping(name=categories.name, label=categories.label, groups=tuple(groups))

    def _clustered(
        self, values: Numbers, problem: Codes, weighting: Weighting, k: int | None
    ) -> Measured:
        found = clustered_mean(
            values,
            problem,
            seed=self.seed,
            weighting=weighting,
            confidence=CONFIDENCE,
            resamples=self.resamples,
        )
        return self._measured(found, problem, k)

    def _measured(self, found: ClusteredEstimate, problem: Codes, k: int | None) -> Measured:
        return Measured(
            value=found.value,
            low=found.low,
            high=found.high,
            confidence=found.confidence,
            k=k,
            n=found.n,
            problems=found.problems,
            held_out=self._held_out(problem),
            method=found.method.value,
            standard_error=found.standard_error,
        )

    def _held_out(self, problem: Codes) -> int:
        return int(self.is_held_out[np.unique(problem)].sum())


def numbered(name: str, label: str, codes: Codes) -> Categories:
    """Groups by a whole number from 1, named by it; what is not positive is in none."""
    most = int(codes.max(initial=0))
    names = tuple(str(number) for number in range(1, most + 1))
    moved = np.where(codes > 0, codes - 1, UNKNOWN)
    return Categories(name=name, label=label, names=names, labels=names, codes=moved)


def _count(problem: Codes) -> int:
    return len(np.unique(problem))
