import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as of_statsmodels

from evaluation.domain.statistics import mcnemar

tables = st.tuples(*(st.integers(0, 60) for _ in range(4)))


def _answers(table: tuple[int, int, int, int]) -> tuple[list[bool], list[bool]]:
    """Of so many gained, lost, both right, both wrong."""
    kinds = [(False, True), (True, False), (True, True), (False, False)]
    pairs = [kind for kind, times in zip(kinds, table, strict=True) for _ in range(times)]
    return [first for first, _ in pairs], [second for _, second in pairs]


@given(tables)
def test_the_p_value_is_the_exact_one_of_statsmodels(table: tuple[int, int, int, int]) -> None:
    gained, lost, both, neither = table
    theirs = of_statsmodels([[both, lost], [gained, neither]], exact=True)

    found = mcnemar(*_answers(table))

    assert (found.gained, found.lost, found.both, found.neither) == table
    # statsmodels gives more than 1 where as many were gained as lost.
    assert found.p_value == pytest.approx(min(1, theirs.pvalue), abs=1e-9)


def test_without_a_change_nothing_is_shown() -> None:
    assert mcnemar([], []).p_value == mcnemar([True, False], [True, False]).p_value == 1


def test_other_items_are_refused() -> None:
    with pytest.raises(ValueError, match="not the same items"):
        mcnemar(np.zeros(3), np.zeros(4))
