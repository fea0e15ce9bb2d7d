"""Two runs on the same items, right or wrong each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluation.domain.statistics.distributions import fair_coin_at_most


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """How many items the second run ``gained`` and ``lost``, both got right, and neither did."""

    gained: int
    lost: int
    both: int
    neither: int
    p_value: float


def mcnemar(first: ArrayLike, second: ArrayLike) -> McNemar:
    """McNemar's exact test, two-sided. ``first`` and ``second``: whether right, shape (n,).

    Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
    percentages", Psychometrika 12 (1947) 153-157; exact by the binomial distribution of the items
    gained among those that changed. It assumes independent items, one for each problem: for more
    use :func:`clustered_p_value`. Without an item that changed p is 1. ValueError for other shapes.
    """
    one, other = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"{one.shape} and {other.shape} are not the same items.")
    gained, lost = int((other & ~one).sum()), int((one & ~other).sum())
    return McNemar(
        gained=gained,
        lost=lost,
        both=int((one & other).sum()),
        neither=int((~one & ~other).sum()),
        p_value=min(1.0, 2 * fair_coin_at_most(min(gained, lost), gained + lost)),
    )
