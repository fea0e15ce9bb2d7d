"""How far experts agree with a judge and with each other, and what the judge's number should be.

What experts checked is a sample of the judge's verdicts, stratified by them and weighted: see
:mod:`evaluation.domain.judge_samples`. All sums are over problems, as answers of one problem are
not independent. An expert who could not tell says nothing here.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from curation.domain.agreement import fleiss_kappa
from curation.domain.proportions import wilson_interval
from evaluation.domain.statistics.distributions import student_quantile

_RESAMPLES = 2_000
_NEARLY = 1e-12
_CONFIDENCE = 0.95

type Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAnswer:
    """One sampled answer: what the judge said of it, and what each expert said who could tell."""

    problem: str
    weight: float
    is_judged_right: bool
    experts: tuple[bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedProblem:
    """How many answers to one problem the judge found right and wrong, and could not be asked of.

    The last are those in which nothing could be read: wrong, and no judge was needed for it.
    """

    problem: str
    right: int
    wrong: int
    unread: int = 0

    @property
    def n(self) -> int:
        """All of them."""
        return self.right + self.wrong + self.unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """A number with its 95 % interval; None where it is undefined."""

    value: float | None
    low: float
    high: float

    @property
    def percent(self) -> int | None:
        """The value in hundredths."""
        return None if self.value is None else round(100 * self.value)

    @property
    def low_percent(self) -> int:
        """The lower end in hundredths."""
        return round(100 * self.low)

    @property
    def high_percent(self) -> int:
        """The upper end in hundredths."""
        return round(100 * self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertFindings:
    """What experts found of a judge.

    ``checked`` answers of ``problems`` problems have ``verdicts`` of experts who could tell;
    ``twice`` of them two or more. ``agreement`` is the weighted share of verdicts that are the
    judge's, ``kappa`` the same beyond chance, ``experts`` Fleiss' kappa among the experts over the
    sample as drawn, and ``corrected`` the share of all ``n`` judged answers that experts would
    find right.
    """

    n: int
    checked: int
    problems: int
    verdicts: int
    twice: int
    agreement: Bounded
    kappa: Bounded
    experts: Bounded
    corrected: Bounded

    def to_json(self) -> dict[str, Any]:
        """Plain values; what :meth:`from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read :meth:`to_json` back."""
        bounded = {
            name: Bounded(**value) for name, value in document.items() if isinstance(value, dict)
        }
        return cls(**{**document, **bounded})


def expert_findings(
    sample: Sequence[CheckedAnswer], judged: Sequence[JudgedProblem], *, seed: int
) -> ExpertFindings:
    """What the experts' verdicts so far say of all that the judge judged."""
    checked = sorted((one for one in sample if one.experts), key=lambda one: one.problem)
    agreement, kappa = _with_the_judge(checked, seed)
    return ExpertFindings(
        n=sum(one.n for one in judged),
        checked=len(checked),
        problems=len({one.problem for one in checked}),
        verdicts=sum(len(one.experts) for one in checked),
        twice=sum(len(one.experts) > 1 for one in checked),
        agreement=agreement,
        kappa=kappa,
        experts=_among_experts(checked, seed),
        corrected=_corrected(checked, judged),
    )


def _among_experts(checked: Sequence[CheckedAnswer], seed: int) -> Bounded:
    of_problem: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for one in checked:
        of_problem[one.problem].append(tuple(map(str, one.experts)))
    rated = Counter(tuple(items) for items in of_problem.values())
    kappa = fleiss_kappa(rated, seed=seed)
    return Bounded(value=kappa.value, low=kappa.low, high=kappa.high)


def _with_the_judge(checked: Sequence[CheckedAnswer], seed: int) -> tuple[Bounded, Bounded]:
    """The weighted share of agreement and Cohen's kappa.

    J. Cohen, Educational and Psychological Measurement 20 (1960) 37-46, of weighted shares. The
    intervals are those of :mod:`curation.domain.agreement`: Wilson's with as many trials as the
    spread over problems is worth; of kappa a bootstrap of whole problems, never narrower than that.
    """
    sums = _sums(checked)
    if not len(sums):
        return Bounded(value=None, low=0, high=1), Bounded(value=None, low=-1, high=1)
    total = sums.sum(axis=0)
    share = min(1.0, float(total[1] / total[0]))
    trials = _trials(sums, share)
    low, high = wilson_interval(share * trials, trials, _CONFIDENCE)
    agreement = Bounded(value=share, low=low, high=high)
    return agreement, _kappa(sums, agreement, seed)


def _sums(checked: Sequence[CheckedAnswer]) -> Numbers:
    """Of each problem: weight, weight agreed on, judged right, found right by experts."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * 4)
    for one in checked:
        found = sum(one.experts) / len(one.experts)
        judged = float(one.is_judged_right)
        agreed = found if one.is_judged_right else 1 - found
        row = sums[one.problem]
        for place, value in enumerate((1.0, agreed, judged, found)):
            row[place] += one.weight * value
    return np.array(list(sums.values()), dtype=np.float64)


def _trials(sums: Numbers, share: float) -> float:
    """How many independent trials vary as much."""
    total, problems = float(sums[:, 0].sum()), len(sums)
    squares = float(((sums[:, 1] - share * sums[:, 0]) ** 2).sum())
    if problems == 1 or squares < _NEARLY * total**2:
        return total**2 / float((sums[:, 0] ** 2).sum())
    return share * (1 - share) / (problems / (problems - 1) * squares / total**2)


def _kappa(sums: Numbers, agreement: Bounded, seed: int) -> Bounded:
    value, chance = _beyond_chance(sums.sum(axis=0))
    if np.isnan(value):
        return Bounded(value=None, low=-1, high=1)
    dice = np.random.default_rng(seed)
    problems = len(sums)
    times = dice.multinomial(problems, np.full(problems, 1 / problems), _RESAMPLES)
    draws, _ = _beyond_chance(times @ sums)
    tails = np.quantile(draws[~np.isnan(draws)], [(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2])
    least, most = ((end - chance) / (1 - chance) for end in (agreement.low, agreement.high))
    low, high = min(tails[0], least), max(tails[1], most)
    return Bounded(value=float(value), low=max(-1.0, float(low)), high=min(1.0, float(high)))


def _beyond_chance(sums: Numbers) -> tuple[Numbers, Numbers]:
    """Kappas of sums, not a number where one of the two always said the same; chance agreement."""
    agreed, judge, experts = (sums[..., place] / sums[..., 0] for place in (1, 2, 3))
    chance = judge * experts + (1 - judge) * (1 - experts)
    is_constant = (np.minimum(judge, 1 - judge) < _NEARLY) | (
        np.minimum(experts, 1 - experts) < _NEARLY
    )
    room = np.where(is_constant | (1 - chance < _NEARLY), np.nan, 1 - chance)
    return np.asarray((agreed - chance) / room), np.asarray(chance)


def _corrected(checked: Sequence[CheckedAnswer], judged: Sequence[JudgedProblem]) -> Bounded:
    """The judge's mean corrected by what experts found of each of its two verdicts.

    Prediction-powered inference (A. N. Angelopoulos et al., Science 382 (2023) 669-674) where the
    prediction is a verdict of two kinds and the sample is stratified by it: of each kind the
    weighted share that experts find right, times how many there are of it. The variance is that of
    its influences summed over problems, with Student's t of the checked problems. Where experts all
    said the same of one kind, the interval is widened by as many of the others as could differ
    (Wilson's).
    """
    sizes = {True: sum(one.right for one in judged), False: sum(one.wrong for one in judged)}
    n = sum(one.n for one in judged)
    kinds = {kind: _Kind.of(checked, kind, sizes[kind], n) for kind in (True, False) if sizes[kind]}
    problems = len({one.problem for one in checked})
    if not kinds or any(kind is None for kind in kinds.values()):
        return Bounded(value=None, low=0, high=1)
    found = {name: kind for name, kind in kinds.items() if kind is not None}
    value = sum(kind.part * kind.share for kind in found.values())
    if problems < 2:
        return Bounded(value=value, low=0, high=1)
    influences = _influences(found, checked, judged, value)
    error = math.sqrt(problems / (problems - 1) * float((influences**2).sum()))
    half = error * student_quantile((1 + _CONFIDENCE) / 2, problems - 1)
    half = math.hypot(half, sum(kind.part * kind.unseen for kind in found.values()))
    return Bounded(value=value, low=max(0.0, value - half), high=min(1.0, value + half))


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the judge's verdicts: its part of all, the share of it that experts find right.

    ``unseen`` is how large the share of the others could be, among those that nobody checked, where
    experts all said the same.
    """

    part: float
    share: float
    weight: float
    unseen: float

    @classmethod
    def of(cls, checked: Sequence[CheckedAnswer], kind: bool, size: int, n: int) -> "_Kind | None":  # noqa: FBT001 - it is a verdict
        rows = [one for one in checked if one.is_judged_right is kind]
        weight = sum(one.weight for one in rows)
        if not rows:
            return None
        share = sum(one.weight * sum(one.experts) / len(one.experts) for one in rows) / weight
        is_one = min(share, 1 - share) < _NEARLY
        trials = weight**2 / sum(one.weight**2 for one in rows)
        unseen = wilson_interval(0, trials)[1] * (1 - len(rows) / size) if is_one else 0.0
        return cls(size / n, share, weight, unseen)


def _influences(
    kinds: dict[bool, _Kind],
    checked: Sequence[CheckedAnswer],
    judged: Sequence[JudgedProblem],
    value: float,
) -> Numbers:
    """How far each problem moves the corrected share: by what was judged, and what was checked."""
    shares = {kind: found.share for kind, found in kinds.items()}
    n = sum(one.n for one in judged)
    moved: dict[str, float] = defaultdict(float)
    for one in judged:
        told = one.right * shares.get(True, 0.0) + one.wrong * shares.get(False, 0.0)
        moved[one.problem] += (told - value * one.n) / n
    for each in checked:
        kind = kinds[each.is_judged_right]
        strays = sum(each.experts) / len(each.experts) - kind.share
        moved[each.problem] += kind.part * each.weight * strays / kind.weight
    return np.array(list(moved.values()), dtype=np.float64)
