import math
from collections import Counter
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.domain.proportions import (
    Proportion,
    clustered_estimate,
    wilson_interval,
)

COUNTS = st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_equal_those_of_newcombe_1998_table_one(
    k: int, n: int, low: float, high: float
) -> None:
    assert wilson_interval(k, n) == pytest.approx((low, high), abs=5e-5)


@given(COUNTS, st.floats(0.5, 0.999))
def test_the_bounds_solve_the_score_equation(counts: tuple[int, int], confidence: float) -> None:
    k, n = counts
    z = NormalDist().inv_cdf((1 + confidence) / 2)

    for bound in wilson_interval(k, n, confidence):
        assert abs(k / n - bound) == pytest.approx(
            z * math.sqrt(bound * (1 - bound) / n), rel=1e-6, abs=1e-9
        )


@given(COUNTS)
def test_the_interval_holds_the_share_and_lies_within_zero_and_one(
    counts: tuple[int, int],
) -> None:
    k, n = counts
    low, high = wilson_interval(k, n)

    assert 0 <= low <= k / n <= high <= 1


def test_of_nothing_nothing_is_known() -> None:
    estimate = Proportion(0, 0).estimate()

    assert estimate.value is None
    assert (estimate.low, estimate.high) == (0.0, 1.0)


def test_an_estimate_carries_its_interval_and_counts() -> None:
    estimate = Proportion(55, 111).estimate(confidence=0.9)

    assert estimate.value == 55 / 111
    assert (estimate.low, estimate.high) == wilson_interval(55, 111, 0.9)
    assert (estimate.k, estimate.n, estimate.confidence) == (55, 111, 0.9)


@pytest.mark.parametrize(("k", "n"), [(2, 1), (-1, 1), (0, -1)])
def test_impossible_counts_are_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="is no proportion"):
        Proportion(k, n)
    with pytest.raises(ValueError, match="is no proportion"):
        wilson_interval(k, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_an_impossible_confidence_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson_interval(1, 2, confidence)


@given(COUNTS)
def test_one_trial_a_problem_is_plain_wilson(counts: tuple[int, int]) -> None:
    k, n = counts
    clusters = Counter({Proportion(1, 1): k, Proportion(0, 1): n - k})
    assert clustered_estimate(clusters) == Proportion(k, n).estimate()


def test_trials_that_are_only_repeated_count_once() -> None:
    # Each problem answered four times alike: worth as much as once, but for the small-sample factor
    repeated = clustered_estimate({Proportion(4, 4): 30, Proportion(0, 4): 20})
    once = Proportion(30, 50).estimate()
    assert (repeated.k, repeated.n, repeated.value) == (120, 200, 0.6)
    assert repeated.low == pytest.approx(once.low, abs=0.002)
    assert repeated.high == pytest.approx(once.high, abs=0.002)


CLUSTERS = st.dictionaries(
    st.integers(0, 6).flatmap(lambda n: st.builds(Proportion, st.integers(0, n), st.just(n))),
    st.integers(1, 20),
    max_size=8,
)


@settings(deadline=None)
@given(CLUSTERS)
def test_clustered_trials_are_never_surer_than_independent_ones(
    clusters: dict[Proportion, int],
) -> None:
    estimate = clustered_estimate(clusters)
    plain = Proportion(estimate.k, estimate.n).estimate()
    assert estimate.low <= plain.low + 1e-9
    assert estimate.high >= plain.high - 1e-9
    assert 0 <= estimate.low <= estimate.high <= 1
    if estimate.value is not None:
        assert estimate.low - 1e-9 <= estimate.value <= estimate.high + 1e-9


@pytest.mark.parametrize(("k", "end"), [(3, 1.0), (0, 0.0)])
def test_where_all_ended_alike_each_problem_counts_once(k: int, end: float) -> None:
    estimate = clustered_estimate({Proportion(k, 3): 5})
    assert (estimate.low, estimate.high) == wilson_interval(5 * end, 5)
    assert estimate.n == 15


def test_one_problem_is_one_trial_however_often_it_was_tried() -> None:
    estimate = clustered_estimate({Proportion(3, 4): 1})
    assert (estimate.low, estimate.high) == wilson_interval(0.75, 1)


def test_no_problem_is_nothing_known() -> None:
    estimate = clustered_estimate({})
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (None, 0, 1, 0)
    assert clustered_estimate({Proportion(0, 0): 3}).value is None
