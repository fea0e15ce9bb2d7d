import numpy as np
import pytest

from evaluation.domain.statistics import RankRange, rank_ranges
from evaluation.domain.statistics.problem_sums import Numbers


def _right(*shares: float, items: int = 100) -> Numbers:
    """A row for each model: the first items right, so many of a hundred."""
    return np.array([np.arange(items) < share * items for share in shares], dtype=float)


def test_models_far_apart_have_one_rank_each() -> None:
    found = rank_ranges(_right(0.2, 0.9, 0.5), np.arange(100))

    assert found == [RankRange(3, 3), RankRange(1, 1), RankRange(2, 2)]


def test_models_alike_share_all_ranks() -> None:
    found = rank_ranges(_right(0.50, 0.51, 0.52), np.arange(100))

    assert found == [RankRange(1, 3)] * 3


def test_one_that_is_surely_worse_stands_below_those_that_tie() -> None:
    found = rank_ranges(_right(0.70, 0.72, 0.2), np.arange(100))

    assert found == [RankRange(1, 2), RankRange(1, 2), RankRange(3, 3)]


def test_orders_of_the_same_few_problems_part_no_models() -> None:
    values = _right(0.2, 0.5)

    assert rank_ranges(values, np.arange(100) // 25) == [RankRange(1, 2)] * 2
    assert rank_ranges(values, np.arange(100)) != [RankRange(1, 2)] * 2


def test_models_are_compared_on_the_items_both_have() -> None:
    values = _right(0.9, 0.1, 0.5)
    values[2] = np.nan
    values[1, 50:] = np.nan

    # Of the first 50 items the second model has 10 right, the first all.
    assert rank_ranges(values, np.arange(100)) == [
        RankRange(1, 2),
        RankRange(2, 3),
        RankRange(1, 3),
    ]


def test_more_confidence_is_a_wider_range() -> None:
    values = _right(0.50, 0.58)
    sure, surer = (rank_ranges(values, np.arange(100), confidence=c) for c in (0.95, 0.9999))

    assert sure == [RankRange(2, 2), RankRange(1, 1)]
    assert surer == [RankRange(1, 2)] * 2


@pytest.mark.parametrize("models", [0, 1])
def test_a_model_alone_is_the_first(models: int) -> None:
    assert rank_ranges(np.ones((models, 5)), np.arange(5)) == [RankRange(1, 1)] * models
