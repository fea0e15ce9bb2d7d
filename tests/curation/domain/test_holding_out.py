"""Drawing what is held out: the right number of each stratum, the same problems every time."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.holding_out import draw_held_out, share_out

_SIZES = st.dictionaries(st.text(max_size=3), st.integers(0, 60), max_size=8)
_PERCENT = st.integers(0, 100)
_SEED = st.integers(0, 2**31 - 1)


def _problems(sizes: dict[str, int]) -> dict[str, str]:
    """So many problems of each stratum."""
    return {f"{name} {n}": name for name, size in sizes.items() for n in range(size)}


@given(sizes=_SIZES, percent=_PERCENT, seed=_SEED)
def test_the_total_is_right_and_each_stratum_gives_its_share_up_to_one(
    sizes: dict[str, int], percent: int, seed: int
) -> None:
    shares = share_out(sizes, percent=percent, seed=seed)
    assert sum(shares.values()) == (sum(sizes.values()) * percent + 50) // 100
    for stratum, size in sizes.items():
        assert abs(shares[stratum] - size * percent / 100) < 1
        assert 0 <= shares[stratum] <= size


@given(sizes=_SIZES, percent=_PERCENT, seed=_SEED)
def test_what_is_drawn_are_as_many_of_each_stratum_as_its_share(
    sizes: dict[str, int], percent: int, seed: int
) -> None:
    strata = _problems(sizes)
    drawn = draw_held_out(strata, percent=percent, seed=seed)
    shares = share_out(sizes, percent=percent, seed=seed)
    assert drawn <= strata.keys()
    assert Counter(strata[problem] for problem in drawn) == Counter(shares)


@given(sizes=_SIZES, percent=_PERCENT, seed=_SEED)
def test_the_order_of_the_problems_does_not_matter(
    sizes: dict[str, int], percent: int, seed: int
) -> None:
    strata = _problems(sizes)
    turned = dict(reversed(strata.items()))
    assert draw_held_out(strata, percent=percent, seed=seed) == draw_held_out(
        turned, percent=percent, seed=seed
    )


def test_the_stratum_that_lost_most_by_rounding_down_gives_one_more() -> None:
    assert share_out({"a": 15, "b": 18, "c": 17}, percent=10, seed=1) == {"a": 1, "b": 2, "c": 2}


def test_another_seed_draws_other_problems() -> None:
    strata = _problems({"radiology": 40, "surgery": 40})
    draws = {draw_held_out(strata, percent=25, seed=seed) for seed in range(10)}
    assert len(draws) == 10


def test_one_problem_more_leaves_most_of_the_draw_as_it_was() -> None:
    strata = _problems({"radiology": 100})
    before = draw_held_out(strata, percent=20, seed=42)
    after = draw_held_out(strata | {"one more": "radiology"}, percent=20, seed=42)
    assert len(before & after) >= len(before) - 1


def test_the_draw_is_the_same_on_every_machine() -> None:
    strata = _problems({"radiology": 6, "surgery": 4})
    drawn = {"radiology 2", "radiology 4", "surgery 2"}
    assert draw_held_out(strata, percent=30, seed=42) == drawn


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_share_beyond_all_or_nothing_is_refused(percent: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        draw_held_out({"one": "radiology"}, percent=percent, seed=1)
