"""Numbers that can be defended: plain functions of arrays, each with its source.

Rows are predictions of problems. Orders and repeats of one problem are not independent, so every
interval here draws or sums whole problems; the number of a row's problem is its cluster, any whole
number. Randomness comes from a seed and from nothing else: neither the order of the rows nor the
numbers that problems have matter.
"""

from curation.domain.proportions import Estimate, Proportion, wilson_interval
from evaluation.domain.statistics.clustered import (
    ClusteredEstimate,
    Method,
    clustered_difference,
    clustered_mean,
    clustered_p_value,
    clustered_standard_error,
)
from evaluation.domain.statistics.multiplicity import holm
from evaluation.domain.statistics.paired import McNemar, mcnemar
from evaluation.domain.statistics.power import (
    Discordance,
    minimum_detectable_difference,
    observed_discordance,
)
from evaluation.domain.statistics.prediction_powered import Corrected, prediction_powered_mean
from evaluation.domain.statistics.problem_sums import Weighting
from evaluation.domain.statistics.ranks import RankRange, rank_ranges

__all__ = [
    "ClusteredEstimate",
    "Corrected",
    "Discordance",
    "Estimate",
    "McNemar",
    "Method",
    "Proportion",
    "RankRange",
    "Weighting",
    "clustered_difference",
    "clustered_mean",
    "clustered_p_value",
    "clustered_standard_error",
    "holm",
    "mcnemar",
    "minimum_detectable_difference",
    "observed_discordance",
    "prediction_powered_mean",
    "rank_ranges",
    "wilson_interval",
]
