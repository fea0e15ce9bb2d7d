"""How far people agree when they judge the same, beyond what chance would give.

What is compared is an item: the ratings that one revision got, those that are missing left out. An
item with fewer than two ratings says nothing of agreement and does not count. Items of one problem
are not independent, so every interval is a bootstrap that draws whole problems, with a seed (B.
Efron, R. J. Tibshirani, "An introduction to the bootstrap" (1993), chapters 8 and 13: percentiles).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.domain.proportions import wilson_interval

type Rated = tuple[tuple[str, ...], ...]
"""One problem: the ratings of each of its items."""

type Paired = tuple[tuple[str, str], ...]
"""One problem: what two raters said of each of its items, always in the same order."""

RESAMPLES = 1000
_AT_ONCE = 2_000_000  # numbers held in memory while drawing
_NEARLY = 1e-12  # shares that sum to one do so only nearly

type _Numbers = NDArray[np.float64]
type _Split = Callable[[_Numbers], tuple[_Numbers, _Numbers]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A coefficient with its interval.

    ``value`` is None where it is undefined: nothing was rated twice, or, of a kappa, everybody
    always said the same one thing, so that chance alone explains it. ``items`` of ``problems``
    carry it, with so many ``ratings``.
    """

    value: float | None
    low: float
    high: float
    confidence: float
    problems: int
    items: int
    ratings: int


def comparable(items: Iterable[Iterable[str]]) -> Rated:
    """A problem's items that two or more rated, the same whatever the order of raters and items."""
    rated = (tuple(sorted(ratings)) for ratings in items)
    return tuple(sorted(ratings for ratings in rated if len(ratings) > 1))


def percent_agreement(
    problems: Mapping[Rated, int], *, seed: int = 0, confidence: float = 0.95
) -> Agreement:
    """The share of pairs of raters who agree, the mean over items, in [0, 1].

    ``problems`` says how many problems were rated so.
    """
    rated = _comparable(problems)
    return _estimated(
        rated,
        [_fleiss_features(problem, ()) for problem in rated],
        lambda sums: (sums[..., 1] / sums[..., 0], np.zeros(sums.shape[:-1])),
        ratings=_ratings(rated),
        lowest=0.0,
        seed=seed,
        confidence=confidence,
    )


def fleiss_kappa(
    problems: Mapping[Rated, int], *, seed: int = 0, confidence: float = 0.95
) -> Agreement:
    """Fleiss' kappa of any number of raters, others for each item if need be; at most 1.

    J. L. Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin 76
    (1971) 378-382. Where items have different numbers of ratings, each item weighs the same in
    agreement and in the shares of categories, as in K. L. Gwet, "Handbook of inter-rater
    reliability" (4th edition, 2014), chapter 2. ``problems`` says how many problems were rated so.
    """
    rated = _comparable(problems)
    categories = tuple(sorted({name for problem in rated for item in problem for name in item}))
    return _estimated(
        rated,
        [_fleiss_features(problem, categories) for problem in rated],
        _fleiss_split,
        ratings=_ratings(rated),
        lowest=-1.0,
        seed=seed,
        confidence=confidence,
    )


def cohens_kappa(
    problems: Mapping[Paired, int], *, seed: int = 0, confidence: float = 0.95
) -> Agreement:
    """Cohen's kappa of two raters, each with their own shares of categories, in [-1, 1].

    J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological
    Measurement 20 (1960) 37-46. Where one of the two always said the same it is 0 whatever the
    other said: that tells nothing, and counts as undefined. ``problems`` says how many problems
    were rated so.
    """
    paired = Counter({pairs: times for pairs, times in sorted(problems.items()) if pairs})
    categories = sorted({name for pairs in paired for pair in pairs for name in pair})
    places = {name: place for place, name in enumerate(categories)}
    return _estimated(
        paired,
        [_table(pairs, places) for pairs in paired],
        lambda sums: _cohen_split(sums, len(places)),
        ratings=2 * sum(len(pairs) * times for pairs, times in paired.items()),
        lowest=-1.0,
        seed=seed,
        confidence=confidence,
    )


def _comparable(problems: Mapping[Rated, int]) -> Counter[Rated]:
    found: Counter[Rated] = Counter()
    for problem, times in problems.items():
        found[comparable(problem)] += times
    found.pop((), None)
    # In one order, for the draws of a seed go to the problems in the order they stand in.
    return Counter(dict(sorted(found.items())))


def _ratings(rated: Mapping[Rated, int]) -> int:
    return sum(times * sum(map(len, problem)) for problem, times in rated.items())


def _fleiss_features(problem: Rated, categories: tuple[str, ...]) -> list[float]:
    """Number of items, sum of their agreements, sum of the share of each category."""
    counts = [Counter(item) for item in problem]
    agreements = [
        sum(n * (n - 1) for n in count.values()) / (len(item) * (len(item) - 1))
        for count, item in zip(counts, problem, strict=True)
    ]
    shares = [
        sum(count[name] / len(item) for count, item in zip(counts, problem, strict=True))
        for name in categories
    ]
    return [len(problem), sum(agreements), *shares]


def _fleiss_split(sums: _Numbers) -> tuple[_Numbers, _Numbers]:
    shares = sums[..., 1:] / sums[..., :1]
    return shares[..., 0], (shares[..., 1:] ** 2).sum(axis=-1)


def _table(pairs: Paired, places: Mapping[str, int]) -> list[float]:
    """Number of items, then the square table of both raters, row by row."""
    table = np.zeros((len(places), len(places)))
    for one, other in pairs:
        table[places[one], places[other]] += 1
    return [len(pairs), *table.ravel().tolist()]


def _cohen_split(sums: _Numbers, size: int) -> tuple[_Numbers, _Numbers]:
    table = (sums[..., 1:] / sums[..., :1]).reshape(*sums.shape[:-1], size, size)
    observed = np.trace(table, axis1=-2, axis2=-1)
    one, other = table.sum(axis=-1), table.sum(axis=-2)
    is_constant = np.maximum(one, other).max(axis=-1) > 1 - _NEARLY
    return observed, np.where(is_constant, 1.0, (one * other).sum(axis=-1))


def _estimated[P: (Rated, Paired)](
    problems: Mapping[P, int],
    features: list[list[float]],
    split: _Split,
    *,
    ratings: int,
    lowest: float,
    seed: int,
    confidence: float,
) -> Agreement:
    """`split` makes observed and expected agreement of the features' sum over all problems."""
    value, low, high, items = None, lowest, 1.0, 0
    weights = np.array(list(problems.values()))
    if problems:
        numbers = np.array(features)
        total = weights @ numbers
        items = round(float(total[0]))
        observed, expected = split(total)
        coefficient = float(_beyond_chance(observed, expected))
        if not np.isnan(coefficient):
            draws = _beyond_chance(*split(_drawn(numbers, weights, seed)))
            value = coefficient
            low, high = _bounds(
                draws,
                float(observed),
                float(expected),
                weights,
                lowest=lowest,
                confidence=confidence,
            )
    return Agreement(
        value=value,
        low=low,
        high=high,
        confidence=confidence,
        problems=int(weights.sum()),
        items=items,
        ratings=ratings,
    )


def _beyond_chance(observed: _Numbers, expected: _Numbers) -> _Numbers:
    """0 is what chance gives, 1 is full agreement; not a number where chance explains it all."""
    room = 1 - np.asarray(expected)
    is_defined = room > _NEARLY
    beyond = (observed - expected) / np.where(is_defined, room, 1)
    return np.where(is_defined, beyond, np.nan)


def _drawn(numbers: _Numbers, weights: NDArray[np.int64], seed: int) -> _Numbers:
    """The features' sums of as many problems as there are, drawn again and again."""
    dice = np.random.default_rng(seed)
    count = int(weights.sum())
    step = max(1, _AT_ONCE // len(weights))
    sizes = [min(step, RESAMPLES - start) for start in range(0, RESAMPLES, step)]
    shares = weights / count
    return np.concatenate([dice.multinomial(count, shares, size) @ numbers for size in sizes])


def _bounds(
    draws: _Numbers,
    observed: float,
    expected: float,
    weights: NDArray[np.int64],
    *,
    lowest: float,
    confidence: float,
) -> tuple[float, float]:
    """Percentiles; those draws in which everybody said one same thing have no coefficient.

    Draws that are all alike, as where all agree or there is one problem, are no certainty: then
    Wilson's bounds of the observed agreement are taken, each problem one trial, chance as it is.
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws[~np.isnan(draws)], [tail, 1 - tail])
    if high - low < _NEARLY:
        count = int(weights.sum())
        bounds = wilson_interval(min(1.0, observed) * count, count, confidence)
        low, high = _beyond_chance(np.array(bounds), np.array(expected))
    return max(lowest, float(low)), min(1.0, float(high))
