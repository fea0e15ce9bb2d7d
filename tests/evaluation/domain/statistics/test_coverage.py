"""Intervals on sets whose truth is known; more sets and settings are in tests/benchmarks."""

import pytest

from evaluation.domain.statistics import Method
from tests.evaluation.domain.statistics.simulating import (
    Interval,
    Setting,
    analytic,
    bootstrapped,
    naive,
)

PERMUTED = Setting(problems=86, mean=0.4)
SETS = 200


def _held(interval: Interval, setting: Setting = PERMUTED) -> float:
    found = [interval(*one) for one in setting.drawn(SETS, seed=3)]
    return sum(low <= setting.mean <= high for low, high in found) / SETS


@pytest.mark.parametrize(
    "interval",
    [bootstrapped(Method.BCA), bootstrapped(Method.PERCENTILE), analytic],
    ids=["BCa", "percentile", "analytic"],
)
def test_intervals_that_know_of_problems_hold_the_truth(interval: Interval) -> None:
    # 95 of 100, less three standard deviations of a share of 200.
    assert _held(interval) > 0.90


def test_the_naive_interval_of_permuted_sets_misses_it_half_the_time() -> None:
    assert _held(naive) < 0.65
    assert _held(naive, Setting(problems=86, mean=0.4, orders=(1,))) > 0.90
