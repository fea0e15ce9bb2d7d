import numpy as np
import pytest

from evaluation.domain.statistics import (
    Corrected,
    clustered_standard_error,
    prediction_powered_mean,
)
from evaluation.domain.statistics.distributions import student_quantile
from evaluation.domain.statistics.problem_sums import Labels, Numbers

BIAS = 0.15


def _judged(seed: int, problems: int = 300, orders: int = 3) -> tuple[Numbers, Numbers, Labels]:
    """Verdicts of experts and of a judge who is mild on some wrong answers, and their problems."""
    dice = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(problems), orders)
    expert = dice.random(len(clusters)) < np.repeat(dice.beta(2, 3, problems), orders)
    is_mild = dice.random(len(clusters)) < BIAS / 0.6
    return expert.astype(float), (expert | is_mild).astype(float), clusters


def _corrected(expert: Numbers, judged: Numbers, clusters: Labels, at: Labels) -> Corrected:
    return prediction_powered_mean(judged, clusters, judged[at], expert[at], clusters[at])


def test_a_mild_judge_is_corrected_and_the_interval_shorter_than_without_him() -> None:
    expert, judged, clusters = _judged(0)
    at = np.random.default_rng(1).choice(len(expert), 200, replace=False)

    found = _corrected(expert, judged, clusters, at)

    alone = clustered_standard_error(expert[at], clusters[at])
    assert alone is not None
    assert judged.mean() > expert.mean() + 0.1
    assert found.value == pytest.approx(expert.mean(), abs=0.06)
    assert found.low < expert.mean() < found.high < judged.mean() + 0.05
    assert found.high - found.low < 0.9 * 2 * 1.96 * alone
    assert (found.n, found.checked, found.problems) == (900, 200, len(set(clusters[at])))


def test_of_a_hundred_intervals_about_ninety_five_hold_the_truth() -> None:
    held = 0
    for seed in range(100):
        expert, judged, clusters = _judged(seed)
        at = np.random.default_rng(seed).choice(len(expert), 100, replace=False)
        found = _corrected(expert, judged, clusters, at)
        held += found.low <= 0.4 <= found.high
    assert held >= 89


def test_all_checked_is_what_the_experts_say() -> None:
    expert, judged, clusters = _judged(3)

    found = _corrected(expert, judged, clusters, np.arange(len(expert)))

    error = clustered_standard_error(expert, clusters)
    assert error is not None
    assert found.value == pytest.approx(expert.mean())
    assert found.high - found.low == pytest.approx(2 * error * student_quantile(0.975, 299))


def test_a_judge_who_knows_nothing_is_not_listened_to() -> None:
    expert, _, clusters = _judged(4)
    judged = np.random.default_rng(4).integers(0, 2, len(expert)).astype(float)
    at = np.arange(0, len(expert), 9)

    assert _corrected(expert, judged, clusters, at).value == pytest.approx(
        expert[at].mean(), abs=0.02
    )


def test_a_few_that_agree_do_not_make_the_judge_sure() -> None:
    expert, _, clusters = _judged(5)
    few, many = (_corrected(expert, expert, clusters, np.arange(0, 900, step)) for step in (90, 3))

    assert few.high - few.low > 0.3
    assert many.high - many.low < 0.12


@pytest.mark.parametrize("verdict", [0.0, 1.0])
def test_verdicts_all_alike_are_no_certainty(verdict: float) -> None:
    alike = np.full(40, verdict)
    found = _corrected(alike, alike, np.arange(40), np.arange(10))

    assert found.value == verdict
    assert found.high - found.low > 0.2


def test_where_nothing_or_one_problem_is_checked_nothing_is_known() -> None:
    expert, judged, clusters = _judged(6)
    nothing = _corrected(expert, judged, clusters, np.zeros(0, dtype=int))
    one = _corrected(expert, judged, clusters, np.arange(3))

    assert (nothing.value, nothing.low, nothing.high) == (None, 0, 1)
    assert (one.low, one.high, one.problems) == (0, 1, 1)
    assert prediction_powered_mean([], [], [], [], []).value is None


def test_neither_the_order_of_rows_nor_the_numbers_of_problems_matter() -> None:
    expert, judged, clusters = _judged(7)
    at = np.arange(0, 900, 5)
    turned = np.random.default_rng(0).permutation(900)
    names = 10**12 - 7 * clusters

    one = _corrected(expert, judged, clusters, at)
    other = prediction_powered_mean(
        judged[turned], names[turned], judged[at][::-1], expert[at][::-1], names[at][::-1]
    )

    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


@pytest.mark.parametrize(
    "columns",
    [
        ([1.0], [1, 2], [1.0], [1.0], [1]),
        ([1.0], [1], [1.0], [1.0, 0.0], [1, 1]),
        ([], [], [1.0], [1.0], [1]),
    ],
)
def test_columns_that_do_not_fit_are_refused(columns: tuple[list[float], ...]) -> None:
    with pytest.raises(ValueError, match=r"needs its problem|among what was judged"):
        prediction_powered_mean(*columns)
