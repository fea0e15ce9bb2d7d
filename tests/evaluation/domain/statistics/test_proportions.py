"""Wilson's interval against scipy and statsmodels; its own laws are with curation's tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from evaluation.domain.statistics import wilson_interval


@given(
    st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.sampled_from([0.8, 0.95, 0.99]),
)
def test_wilsons_interval_is_that_of_scipy_and_of_statsmodels(
    counts: tuple[int, int], confidence: float
) -> None:
    k, n = counts
    scipys = binomtest(k, n).proportion_ci(confidence, method="wilson")
    statsmodels = proportion_confint(k, n, alpha=1 - confidence, method="wilson")

    ours = wilson_interval(k, n, confidence)

    assert ours == pytest.approx((scipys.low, scipys.high), abs=1e-6)
    assert ours == pytest.approx(statsmodels, abs=1e-6)
