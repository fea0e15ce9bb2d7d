"""How large a difference a comparison on so many items would find."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluation.domain.statistics.distributions import normal_quantile
from evaluation.domain.statistics.problem_sums import problem_sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Discordance:
    """What decides how sharp a paired comparison is.

    ``share``, in [0, 1], of items on which both runs differ (of graded scores: the mean of the
    squared differences). ``design_effect``, at least 1: how many rows are worth one independent.
    """

    share: float
    design_effect: float


def observed_discordance(differences: ArrayLike, clusters: ArrayLike) -> Discordance | None:
    """Of paired differences in [-1, 1] and their problems, both of shape (n,); None of nothing.

    The design effect is the clustered variance of the mean over that of independent rows, 1 where
    the spread over problems cannot be seen.
    """
    numbers = np.asarray(differences, dtype=np.float64)
    sums = problem_sums(numbers, clusters)
    if not numbers.size:
        return None
    error = sums.standard_error()
    effect = error**2 / float(numbers.var(ddof=1) / numbers.size) if error else 1.0
    return Discordance(share=float((numbers**2).mean()), design_effect=max(1.0, effect))


def minimum_detectable_difference(
    n: int, discordance: Discordance, *, alpha: float = 0.05, power: float = 0.8
) -> float | None:
    """The least true difference that a two-sided paired test on n rows finds with the power.

    R. J. Connor, "Sample size for testing differences in proportions for the paired-sample design",
    Biometrics 43 (1987) 207-211, solved for the difference, with n divided by the design effect
    (E. Miller, "Adding error bars to evals", arXiv 2411.00640 (2024), section on power). None
    where no difference could be found: it cannot be larger than the share of items that differ.
    ValueError unless alpha and power are in (0, 1) and the share in [0, 1].
    """
    if not (0 < alpha < 1 and 0 < power < 1 and 0 <= discordance.share <= 1):
        raise ValueError("alpha, power and the share that differs lie between 0 and 1.")
    trials, share = n / discordance.design_effect, discordance.share
    if trials <= 0 or share == 0:
        return None
    sure, found = normal_quantile(1 - alpha / 2), normal_quantile(power)
    # The larger root of: d sqrt(n) = sure sqrt(share) + found sqrt(share - d^2).
    room = sure**2 * trials - (trials + found**2) * (sure**2 - found**2)
    if room < 0:
        return None
    least = math.sqrt(share) * (sure * math.sqrt(trials) + math.sqrt(room)) / (trials + found**2)
    return least if least <= share else None
