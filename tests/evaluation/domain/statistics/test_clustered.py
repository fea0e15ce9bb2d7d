"""Clustered numbers against scipy and statsmodels where they compute the same, and their laws."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.api import OLS
from statsmodels.stats.sandwich_covariance import cov_cluster

from evaluation.domain.statistics import (
    ClusteredEstimate,
    Method,
    Weighting,
    clustered_difference,
    clustered_mean,
    clustered_p_value,
    clustered_standard_error,
    wilson_interval,
)
from evaluation.domain.statistics.problem_sums import Numbers, problem_sums

FEW = 400  # draws, where the law does not depend on their number

type Row = tuple[float, int]

scores = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))
rows = st.lists(st.tuples(scores, st.integers(-3, 12)), max_size=40)
weightings = st.sampled_from(Weighting)
methods = st.sampled_from(Method)
each_method = pytest.mark.parametrize("method", Method)


def _columns(pairs: list[Row]) -> tuple[list[float], list[int]]:
    return [value for value, _ in pairs], [cluster for _, cluster in pairs]


def _mean(pairs: list[Row], **more: Any) -> ClusteredEstimate:
    return clustered_mean(*_columns(pairs), **{"seed": 0, "resamples": FEW} | more)


def _problems(seed: int, problems: int, orders: int) -> tuple[Numbers, Numbers]:
    """Right or wrong, alike within a problem, of up to so many orders each; and the problems."""
    dice = np.random.default_rng(seed)
    counts = dice.integers(1, orders + 1, problems)
    chance = np.repeat(dice.beta(1, 1, problems), counts)
    return (dice.random(len(chance)) < chance).astype(float), np.repeat(range(problems), counts)


@each_method
@pytest.mark.parametrize("kind", ["right or wrong", "graded"])
def test_from_the_same_draws_scipy_reads_the_same_interval(method: Method, kind: str) -> None:
    dice = np.random.default_rng(5)
    values = (dice.random(111) < 0.3).astype(float) if kind != "graded" else dice.beta(1, 3, 111)
    draws = problem_sums(values, np.arange(111)).resampled_means(seed=7, resamples=5000)
    theirs = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=0,
        bootstrap_result=_Drawn(draws),
        method={Method.BCA: "BCa"}.get(method, method.value),
    ).confidence_interval

    ours = clustered_mean(values, np.arange(111), seed=7, resamples=5000, method=method)

    assert (ours.low, ours.high) == pytest.approx(tuple(theirs), abs=1e-6)


class _Drawn:
    """What scipy takes as the draws of an earlier bootstrap."""

    def __init__(self, draws: Numbers) -> None:
        self.bootstrap_distribution = draws


@each_method
def test_from_draws_of_its_own_scipy_finds_the_interval_of_right_and_wrong(method: Method) -> None:
    values = np.repeat([1.0, 0.0], [55, 56])
    theirs = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=10_000,
        vectorized=True,
        rng=np.random.default_rng(1),
        method={Method.BCA: "BCa"}.get(method, method.value),
    ).confidence_interval

    ours = clustered_mean(values, np.arange(111), seed=0, method=method)

    assert (ours.low, ours.high) == pytest.approx(tuple(theirs), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_the_standard_error_is_that_of_a_clustered_regression_on_a_constant(seed: int) -> None:
    values, clusters = _problems(seed, 86, 24)
    fitted = OLS(values, np.ones(len(values))).fit()

    theirs = float(np.sqrt(cov_cluster(fitted, clusters)[0, 0]))

    assert clustered_standard_error(values, clusters) == pytest.approx(theirs, abs=1e-9)


def test_with_one_row_a_problem_it_is_the_plain_standard_error() -> None:
    values = np.random.default_rng(0).random(50)

    error = clustered_standard_error(values, np.arange(50))

    assert error == pytest.approx(float(stats.sem(values)), abs=1e-12)


def test_problems_weigh_the_same_where_that_is_asked_for() -> None:
    values, clusters = [1.0, 1.0, 1.0, 0.0], [1, 1, 1, 2]

    found = [
        clustered_mean(values, clusters, seed=0, weighting=weighting) for weighting in Weighting
    ]

    assert [estimate.value for estimate in found] == [0.75, 0.5]
    assert [(estimate.n, estimate.problems) for estimate in found] == [(4, 2)] * 2


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_is_about_that_of_the_standard_error(seed: int) -> None:
    values, clusters = _problems(seed, 200, 24)
    error = clustered_standard_error(values, clusters)

    found = clustered_mean(values, clusters, seed=0)

    assert error is not None
    assert (found.high - found.low) / (2 * 1.96 * error) == pytest.approx(1, abs=0.06)


@given(rows, weightings, methods)
def test_the_interval_holds_the_estimate_and_is_never_a_point(
    pairs: list[Row], weighting: Weighting, method: Method
) -> None:
    found = _mean(pairs, weighting=weighting, method=method)

    assert 0 <= found.low < found.high <= 1
    if found.value is not None:
        assert found.low <= found.value <= found.high


@given(rows, weightings, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_numbers_of_problems_are_nothing(
    pairs: list[Row], weighting: Weighting, dice: random.Random
) -> None:
    names = dict(zip(range(-3, 13), dice.sample(range(-(10**15), 10**15), 16), strict=True))
    other = [(value, names[cluster]) for value, cluster in dice.sample(pairs, len(pairs))]

    assert _mean(pairs, weighting=weighting) == _mean(other, weighting=weighting)


@given(st.lists(scores, max_size=30), st.integers(2, 4))
def test_repeating_every_problem_alike_changes_no_bound(values: list[float], times: int) -> None:
    once = _mean([(value, place) for place, value in enumerate(values)])
    again = _mean([(value, place) for place, value in enumerate(values) for _ in range(times)])

    assert (again.low, again.high) == pytest.approx((once.low, once.high), abs=1e-9)
    assert again.problems == once.problems


@given(st.integers(2, 30), st.integers(1, 29), st.integers(4, 10))
def test_more_problems_are_a_shorter_interval(right: int, wrong: int, times: int) -> None:
    few, many = (
        _mean([(float(place < right * k), place) for place in range((right + wrong) * k)])
        for k in (1, times)
    )

    assert many.high - many.low < few.high - few.low


@given(rows)
def test_one_item_a_problem_is_no_clustering(pairs: list[Row]) -> None:
    values = [value for value, _ in pairs]
    micro, problem = (
        clustered_mean(values, range(len(values)), seed=0, resamples=FEW, weighting=weighting)
        for weighting in Weighting
    )

    assert (micro.low, micro.high) == (problem.low, problem.high)
    if len(values) > 1 and micro.standard_error is not None:
        assert micro.standard_error == pytest.approx(np.std(values, ddof=1) / len(values) ** 0.5)


def test_alike_answers_of_one_problem_make_the_interval_longer() -> None:
    values, clusters = _problems(4, 86, 24)
    together, apart = (
        clustered_mean(values, labels, seed=0) for labels in (clusters, range(len(values)))
    )

    assert together.value == apart.value
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_another_seed_gives_nearly_the_same_interval() -> None:
    values, clusters = _problems(1, 86, 24)
    one, other = (clustered_mean(values, clusters, seed=seed) for seed in (1, 2))

    assert one.low != other.low
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.004)


def test_of_nothing_nothing_is_known() -> None:
    mean, difference = clustered_mean([], [], seed=0), clustered_difference([], [], seed=0)

    assert (mean.value, mean.low, mean.high, mean.n) == (None, 0, 1, 0)
    assert (difference.value, difference.low, difference.high) == (None, -1, 1)
    assert mean.standard_error is clustered_standard_error([], []) is None
    assert clustered_p_value([], []) == 1


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_right_and_all_wrong_are_wilsons_interval_of_the_problems(value: float) -> None:
    found = clustered_mean([value] * 60, [place % 20 for place in range(60)], seed=0)

    assert (found.low, found.high) == pytest.approx(wilson_interval(20 * value, 20))
    assert (found.n, found.problems, found.standard_error) == (60, 20, None)


def test_one_problem_leaves_nearly_all_doubt() -> None:
    found = clustered_mean([1, 0, 1, 1], [7, 7, 7, 7], seed=0)

    assert (found.value, found.problems, found.standard_error) == (0.75, 1, None)
    assert found.high - found.low > 0.7


def test_runs_that_never_differ_may_differ_on_problems_unseen() -> None:
    found = clustered_difference([0.0] * 30, range(30), seed=0)

    assert found.value == 0
    assert found.high == pytest.approx(wilson_interval(0, 30)[1])
    assert found.low == -found.high


@given(st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 1.0]), st.integers(0, 9)), min_size=1))
def test_differences_the_other_way_round_are_the_negative(pairs: list[Row]) -> None:
    values, clusters = _columns(pairs)
    one, other = (
        clustered_difference(np.multiply(sign, values), clusters, seed=0, resamples=100)
        for sign in (1, -1)
    )

    assert one.value is not None
    assert one.value == pytest.approx(-(other.value or 0))
    assert clustered_p_value(values, clusters) == pytest.approx(
        clustered_p_value(np.negative(values), clusters)
    )


def test_the_interval_of_differences_the_other_way_round_is_mirrored() -> None:
    # Of many problems: between the few means that few problems can have, a percentile jumps.
    values = np.random.default_rng(5).choice([-1.0, 0.0, 1.0], 400, p=[0.1, 0.6, 0.3])
    one, other = (
        clustered_difference(
            sign * values, np.arange(400) // 2, seed=0, method=Method.PERCENTILE, resamples=4000
        )
        for sign in (1, -1)
    )
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_the_p_value_of_one_item_a_problem_is_that_of_a_paired_t_test(seed: int) -> None:
    dice = np.random.default_rng(seed)
    first, second = dice.random((2, 40))

    p_value = clustered_p_value(second - first, np.arange(40))

    assert p_value == pytest.approx(stats.ttest_rel(second, first).pvalue, abs=1e-9)


def test_a_few_problems_prove_nothing_though_all_agree() -> None:
    assert clustered_p_value([1.0] * 24, [place % 3 for place in range(24)]) == 0.25
    assert clustered_p_value([1.0, 0.99, 1.0], [0, 1, 2]) == 0.25
    assert clustered_p_value([1.0] * 24, [0] * 24) == 1
    assert clustered_p_value([0.0] * 24, range(24)) == 1


@pytest.mark.parametrize("problems", [1500, 9000])
def test_very_many_problems_that_all_differ_are_drawn_fast_and_rightly(problems: int) -> None:
    values = np.random.default_rng(2).beta(1, 2, problems)

    found = clustered_mean(values, np.arange(problems), seed=0, resamples=2000)

    assert found.standard_error is not None
    assert (found.high - found.low) / (2 * 1.96 * found.standard_error) == pytest.approx(
        1, abs=0.08
    )
    assert found.value == pytest.approx(values.mean(), abs=1e-9)


@pytest.mark.parametrize(
    ("estimate", "values", "clusters", "words"),
    [
        (clustered_mean, [0.5, -0.1], [1, 2], "clustered_difference"),
        (clustered_mean, [1.5], [1], "between -1 and 1"),
        (clustered_difference, [0.1, float("nan")], [1, 2], "leave out rows"),
        (clustered_difference, [0.1], [1, 2], "need a problem each"),
        (clustered_difference, [0.1], [0.5], "whole number"),
    ],
)
def test_what_is_no_score_is_refused(
    estimate: Callable[..., ClusteredEstimate],
    values: list[float],
    clusters: list[float],
    words: str,
) -> None:
    with pytest.raises(ValueError, match=words):
        estimate(values, clusters, seed=0)
