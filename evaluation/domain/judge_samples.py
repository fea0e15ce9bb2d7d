"""A sample of a judge's verdicts for experts to check blind: which to draw, and how many."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curation.domain.proportions import wilson_interval
from evaluation.domain.randomness import drawn

SIZES = (30, 60, 100, 200, 400)
"""What is suggested."""

_FEWEST = 5
"""Of each kind of verdict so many at least, or what there is of it."""

_LIKELY_AGREEMENT = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAnswer:
    """One answer on which the judge gave its verdict, and the problem that it answers."""

    key: int
    problem: str
    is_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnAnswer:
    """One that experts are to check. ``weight`` is how many of its kind it stands for."""

    key: int
    is_right: bool
    weight: float


def draw(
    judged: Iterable[JudgedAnswer], size: int, *, seed: int, is_once_a_problem: bool = True
) -> list[DrawnAnswer]:
    """So many answers, or all there are, in a random order; the same for the same seed.

    Stratified by the judge's verdict: each kind gets its share, and at least five, so that its
    rarer verdict is checked too. With ``is_once_a_problem`` first one answer of each problem is
    drawn, as the orders and repeats of one problem tell less. Weights undo both: the inverse of the
    chance to be drawn (D. G. Horvitz, D. J. Thompson, JASA 47 (1952) 663-685).
    """
    ranked = sorted(judged, key=lambda one: drawn(seed, "judge sample", one.problem, str(one.key)))
    among = _once_a_problem(ranked) if is_once_a_problem else [(one, 1) for one in ranked]
    kinds = {is_right: [one for one in among if one[0].is_right is is_right] for is_right in _KINDS}
    sizes = _sizes({kind: len(found) for kind, found in kinds.items()}, size)
    taken = [
        DrawnAnswer(
            key=one.key, is_right=one.is_right, weight=stands_for * len(found) / sizes[kind]
        )
        for kind, found in kinds.items()
        for one, stands_for in found[: sizes[kind]]
    ]
    return sorted(taken, key=lambda one: drawn(seed, "order of checking", str(one.key)))


_KINDS = (True, False)


def _once_a_problem(ranked: Sequence[JudgedAnswer]) -> list[tuple[JudgedAnswer, int]]:
    """The first of each problem, and how many that problem has."""
    of_problem: dict[str, list[JudgedAnswer]] = defaultdict(list)
    for one in ranked:
        of_problem[one.problem].append(one)
    return [(found[0], len(found)) for found in of_problem.values()]


def _sizes(there: dict[bool, int], size: int) -> dict[bool, int]:
    """How many of each kind: its share, rounded, but at least a few where it has them."""
    size = min(size, sum(there.values()))
    fewest = {kind: min(_FEWEST, count, (size + 1) // 2) for kind, count in there.items()}
    right = round(size * there[True] / sum(there.values())) if size else 0
    right = max(fewest[True], min(right, size - fewest[False]))
    right = min(there[True], max(right, size - there[False]))
    return {True: right, False: size - right}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A size, and how far the agreement might be off: half of the interval, in [0, 1]."""

    size: int
    half_width: float

    @property
    def points(self) -> int:
        """The same in hundredths."""
        return round(100 * self.half_width)


def suggested_sizes(problems: int) -> list[Suggestion]:
    """Sizes for a run of so many problems, with the interval if nine of ten verdicts are agreed on.

    Wilson's, at 95 %.
    """
    sizes = sorted({min(size, problems) for size in SIZES} - {0})
    bounds = [(size, wilson_interval(_LIKELY_AGREEMENT * size, size)) for size in sizes]
    return [Suggestion(size, (high - low) / 2) for size, (low, high) in bounds]
