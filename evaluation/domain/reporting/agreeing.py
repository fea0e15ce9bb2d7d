"""How far the scorers of a run say the same of the same answers."""

from collections import Counter
from collections.abc import Mapping
from itertools import combinations

import numpy as np

from curation.domain.agreement import Paired, cohens_kappa, percent_agreement
from evaluation.domain.reporting.report import ScorersAgreement
from evaluation.domain.reporting.rows import Codes, Numbers, Scored

MOST_IN_PAIRS = 5

_SAID = (("right", "right"), ("right", "wrong"), ("wrong", "right"), ("wrong", "wrong"))


def agreements(
    scored: Scored, labels: Mapping[str, str], seed: int
) -> tuple[ScorersAgreement, ...]:
    """Every two scorers that judged answers in common; the full score counts as right.

    Of more than ``MOST_IN_PAIRS`` scorers each beside the first alone: pairs would be too many.
    """
    names = list(scored.scores)
    pairs = list(combinations(names, 2))
    if len(names) > MOST_IN_PAIRS:
        pairs = [pair for pair in pairs if pair[0] == names[0]]
    found = (_agreement(first, second, scored, labels, seed) for first, second in pairs)
    return tuple(each for each in found if each is not None)


def _agreement(
    first: str, second: str, scored: Scored, labels: Mapping[str, str], seed: int
) -> ScorersAgreement | None:
    one, other = scored.scores[first], scored.scores[second]
    is_both = ~np.isnan(one) & ~np.isnan(other)
    if not is_both.any():
        return None
    cells = _cells(one[is_both], other[is_both])
    tables = _tables(cells, scored.problem[is_both])
    share = percent_agreement(_rated(tables))
    kappa = cohens_kappa(tables, seed=seed)
    return ScorersAgreement(
        first=first,
        second=second,
        first_label=labels[first],
        second_label=labels[second],
        share=share.value,
        share_low=share.low,
        share_high=share.high,
        kappa=kappa.value,
        kappa_low=kappa.low,
        kappa_high=kappa.high,
        n=kappa.items,
        problems=kappa.problems,
        first_only=int((cells == 1).sum()),
        second_only=int((cells == 2).sum()),
    )


def _cells(one: Numbers, other: Numbers) -> Codes:
    """The number in ``_SAID`` of what both say of each answer."""
    cells: Codes = 2 * (one != 1).astype(np.int64) + (other != 1)
    return cells


def _tables(cells: Codes, problem: Codes) -> Counter[Paired]:
    """How many problems have the same table of what both say: few, however many problems."""
    _, place = np.unique(problem, return_inverse=True)
    counts = np.bincount(place * 4 + cells, minlength=4 * (int(place.max()) + 1)).reshape(-1, 4)
    alike, times = np.unique(counts, axis=0, return_counts=True)
    found: Counter[Paired] = Counter()
    for table, often in zip(alike.tolist(), times.tolist(), strict=True):
        said = (pair for pair, n in zip(_SAID, table, strict=True) for pair in [pair] * n)
        found[tuple(said)] += often
    return found


def _rated(tables: Counter[Paired]) -> dict[tuple[tuple[str, ...], ...], int]:
    return {tuple(tuple(pair) for pair in pairs): times for pairs, times in tables.items()}
