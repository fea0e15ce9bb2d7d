import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from evaluation.domain.statistics import holm


@settings(max_examples=15)  # statsmodels takes a tenth of a second for each
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_adjusts_as_statsmodels_does(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-9)


def test_nothing_tested_is_nothing_to_adjust() -> None:
    assert holm([]) == []


@pytest.mark.parametrize("p_value", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(p_value: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, p_value])
