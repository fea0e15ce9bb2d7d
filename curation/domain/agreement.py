"""How far people agree when they judge the same, beyond what chance would give.

What is compared is an item: the ratings that one revision got, those that are missing left out. An
item with fewer than two ratings says nothing of agreement and does not count. Items of one problem
are not independent, so all intervals go by problem.

- Of the share of agreement: Wilson's, with as many trials as the spread over problems is worth.
- Of a kappa or an alpha: a bootstrap that draws whole problems, with a seed (B. Efron, R. J.
  Tibshirani, "An introduction to the bootstrap" (1993), chapters 8 and 13: percentiles). It is too
  sure where rare categories met by chance in no item, or all agree. So the interval is never
  narrower than that of the share with chance held as it is, which is how J. Cohen (1960) reckoned
  his standard error.
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
type _Chance = Callable[[_Numbers], _Numbers]
"""The agreement that chance would give, of sums over items as :class:`_Sample` has them."""


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


def percent_agreement(problems: Mapping[Rated, int], *, confidence: float = 0.95) -> Agreement:
    """The share of pairs of raters who agree, the mean over items, in [0, 1].

    ``problems`` says how many problems were rated so.
    """
    rated = _comparable(problems)
    sample = _Sample([_fleiss_features(problem, ()) for problem in rated], rated)
    bounds = sample.bounds(confidence) if rated else (0.0, 1.0)
    return sample.agreement(sample.observed, bounds, confidence)


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
    names = _categories(rated)
    sample = _Sample([_fleiss_features(problem, names) for problem in rated], rated)
    return _kappa(sample, _fleiss_chance, seed, confidence)


def krippendorff_alpha(
    problems: Mapping[Rated, int], *, seed: int = 0, confidence: float = 0.95
) -> Agreement:
    """Krippendorff's alpha of nominal ratings, of any number of raters; at most 1.

    K. Krippendorff, "Content analysis: an introduction to its methodology" (2nd edition, 2004),
    chapter 11. Other than with Fleiss' kappa each rating weighs the same, not each item, and chance
    draws ratings without replacement, which matters in small samples. ``problems`` says how many
    problems were rated so.
    """
    rated = _comparable(problems)
    names = _categories(rated)
    sample = _Sample([_krippendorff_features(problem, names) for problem in rated], rated)
    return _kappa(sample, _krippendorff_chance, seed, confidence)


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
    sample = _Sample([_table(pairs, places) for pairs in paired], paired)
    return _kappa(sample, lambda sums: _cohen_chance(sums, len(places)), seed, confidence)


def _comparable(problems: Mapping[Rated, int]) -> Counter[Rated]:
    found: Counter[Rated] = Counter()
    for problem, times in problems.items():
        found[comparable(problem)] += times
    found.pop((), None)
    # In one order, for the draws of a seed go to the problems in the order they stand in.
    return Counter(dict(sorted(found.items())))


def _categories(rated: Iterable[Rated]) -> tuple[str, ...]:
    return tuple(sorted({name for problem in rated for item in problem for name in item}))


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


def _fleiss_chance(sums: _Numbers) -> _Numbers:
    return np.asarray((_shares(sums) ** 2).sum(axis=-1))


def _krippendorff_features(problem: Rated, categories: tuple[str, ...]) -> list[float]:
    """Number of ratings, of those that agree with the others of their item, of each category."""
    counts = [Counter(item) for item in problem]
    agreements = [
        sum(n * (n - 1) for n in count.values()) / (len(item) - 1)
        for count, item in zip(counts, problem, strict=True)
    ]
    totals = sum(counts, Counter[str]())
    return [totals.total(), sum(agreements), *(totals[name] for name in categories)]


def _krippendorff_chance(sums: _Numbers) -> _Numbers:
    ratings = sums[..., 0]
    squares = (_shares(sums) ** 2).sum(axis=-1)
    return np.asarray((ratings * squares - 1) / (ratings - 1))


def _table(pairs: Paired, places: Mapping[str, int]) -> list[float]:
    """Number of items, of those in which both agree, then the square table of both, row by row."""
    table = np.zeros((len(places), len(places)))
    for one, other in pairs:
        table[places[one], places[other]] += 1
    return [len(pairs), float(np.trace(table)), *table.ravel().tolist()]


def _shares(sums: _Numbers) -> _Numbers:
    return np.asarray(sums[..., 2:] / sums[..., :1])


def _cohen_chance(sums: _Numbers, size: int) -> _Numbers:
    shares = _shares(sums)
    table = shares.reshape(*shares.shape[:-1], size, size)
    one, other = table.sum(axis=-1), table.sum(axis=-2)
    is_constant = np.maximum(one, other).max(axis=-1) > 1 - _NEARLY
    return np.where(is_constant, 1.0, (one * other).sum(axis=-1))


class _Sample:
    """Problems as rows of sums over their items: weight, agreement by weight, then categories."""

    def __init__(
        self, features: list[list[float]], rated: Mapping[Rated, int] | Mapping[Paired, int]
    ) -> None:
        self._rated = rated
        self._numbers = np.array(features)
        self._weights = np.array(list(rated.values()))
        self.problems = int(self._weights.sum())
        self.total = self._weights @ self._numbers if features else np.zeros(2)

    @property
    def observed(self) -> float | None:
        """The mean agreement, by weight."""
        return float(self.total[1] / self.total[0]) if self.problems else None

    def bounds(self, confidence: float) -> tuple[float, float]:
        """Wilson's, of the mean agreement."""
        share = min(1.0, float(self.total[1] / self.total[0]))
        trials = self._trials(share)
        return wilson_interval(share * trials, trials, confidence)

    def _trials(self, share: float) -> float:
        """How many independent trials vary as much; a problem is one where none can be seen to."""
        strays = self._numbers[:, 1] - share * self._numbers[:, 0]
        squares = float(self._weights @ strays**2)
        if self.problems == 1 or squares < _NEARLY:
            return self.problems
        variance = self.problems / (self.problems - 1) * squares / float(self.total[0]) ** 2
        return share * (1 - share) / variance

    def draws(self, seed: int) -> _Numbers:
        """The sums of as many problems as there are, drawn again and again."""
        dice = np.random.default_rng(seed)
        step = max(1, _AT_ONCE // len(self._weights))
        sizes = [min(step, RESAMPLES - start) for start in range(0, RESAMPLES, step)]
        shares = self._weights / self.problems
        drawn = (dice.multinomial(self.problems, shares, size) for size in sizes)
        return np.concatenate([times @ self._numbers for times in drawn])

    def agreement(
        self, value: float | None, bounds: tuple[float, float], confidence: float
    ) -> Agreement:
        """The coefficient with what it stands on."""
        return Agreement(
            value=value,
            low=bounds[0],
            high=bounds[1],
            confidence=confidence,
            problems=self.problems,
            items=sum(len(problem) * times for problem, times in self._rated.items()),
            ratings=sum(sum(map(len, one)) * times for one, times in self._rated.items()),
        )


def _kappa(sample: _Sample, chance: _Chance, seed: int, confidence: float) -> Agreement:
    nothing = sample.agreement(None, (-1.0, 1.0), confidence)
    if not sample.problems:
        return nothing
    value, expected = _beyond_chance(sample.total, chance)
    if np.isnan(value):
        return nothing
    draws, _ = _beyond_chance(sample.draws(seed), chance)
    # Draws in which everybody said one same thing have no kappa.
    tails = np.quantile(draws[~np.isnan(draws)], [(1 - confidence) / 2, (1 + confidence) / 2])
    least, most = (_corrected(np.array(b), expected) for b in sample.bounds(confidence))
    low = max(-1.0, float(min(tails[0], least)))
    high = min(1.0, float(max(tails[1], most)))
    return sample.agreement(float(value), (low, high), confidence)


def _beyond_chance(sums: _Numbers, chance: _Chance) -> tuple[_Numbers, _Numbers]:
    """Kappas of sums, and the agreement that chance would give."""
    expected = chance(sums)
    return _corrected(sums[..., 1] / sums[..., 0], expected), expected


def _corrected(observed: _Numbers, expected: _Numbers) -> _Numbers:
    """0 is what chance gives, 1 is full agreement; not a number where chance explains it all."""
    room = 1 - expected
    is_defined = room > _NEARLY
    beyond = (observed - expected) / np.where(is_defined, room, 1)
    return np.where(is_defined, beyond, np.nan)
