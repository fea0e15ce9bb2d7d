import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower

from evaluation.domain.statistics import (
    Discordance,
    minimum_detectable_difference,
    observed_discordance,
)
from evaluation.domain.statistics.distributions import normal_quantile


def _least(n: int, share: float, effect: float = 1.0, **more: float) -> float | None:
    return minimum_detectable_difference(n, Discordance(share=share, design_effect=effect), **more)


@given(st.integers(20, 5000), st.floats(0.01, 1.0), st.sampled_from([0.5, 0.8, 0.95]))
def test_the_difference_needs_the_number_of_items_that_connor_states(
    n: int, share: float, power: float
) -> None:
    least = _least(n, share, power=power)
    assume(least is not None)
    assert least is not None
    sure, found = normal_quantile(0.975), normal_quantile(power)

    needed = ((sure * math.sqrt(share) + found * math.sqrt(share - least**2)) / least) ** 2

    assert needed == pytest.approx(n)


def test_where_items_rarely_differ_much_it_is_about_that_of_a_t_test() -> None:
    # A paired difference of d with a share of 0.3 that differs has deviation sqrt(0.3 - d^2).
    least = _least(400, 0.3)
    assert least is not None
    effect = TTestPower().solve_power(nobs=400, alpha=0.05, power=0.8)

    assert least / math.sqrt(0.3 - least**2) == pytest.approx(effect, rel=0.02)


def test_a_comparison_as_large_as_stated_is_found_in_four_of_five_studies() -> None:
    least = _least(300, 0.3)
    assert least is not None
    dice = np.random.default_rng(0)
    chances = [(0.3 - least) / 2, 0.7, (0.3 + least) / 2]
    lost, _, gained = dice.multinomial(300, chances, 20_000).T

    is_found = np.abs(gained - lost) / np.sqrt(gained + lost) > normal_quantile(0.975)

    assert is_found.mean() == pytest.approx(0.8, abs=0.02)


def test_rows_that_are_alike_count_as_fewer() -> None:
    assert _least(240, 0.2, effect=2.4) == _least(100, 0.2)


@pytest.mark.parametrize(("n", "share"), [(0, 0.3), (5, 0.3), (100, 0.0), (1, 1.0)])
def test_of_too_few_items_no_difference_can_be_found(n: int, share: float) -> None:
    assert _least(n, share) is None


def test_what_differs_is_read_from_the_differences() -> None:
    alone = observed_discordance([1, 0, 0, -1, 1, 0, 0, 0, 0, 0], range(10))
    alike = observed_discordance([1, 1, 0, 0, -1, -1, 0, 0, 1, 1], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])

    assert alone is not None
    assert alike is not None
    assert (alone.share, alike.share) == (0.3, 0.6)
    assert alone.design_effect == pytest.approx(1)
    assert alike.design_effect == pytest.approx(2, abs=0.3)


@pytest.mark.parametrize("differences", [[0.0], [0.0, 0.0], [1.0]])
def test_where_nothing_varies_rows_count_as_they_are(differences: list[float]) -> None:
    found = observed_discordance(differences, range(len(differences)))

    assert found == Discordance(share=differences[0], design_effect=1)
    assert observed_discordance([], []) is None


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"power": 1.0}, {"share": 1.5}])
def test_what_is_no_probability_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        _least(100, **{"share": 0.3} | wrong)
