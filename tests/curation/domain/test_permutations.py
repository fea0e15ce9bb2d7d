import itertools
import math
from collections import Counter

import pytest

from curation.domain.permutations import distinct_orders, seed_of


@pytest.mark.parametrize("n", range(8))
@pytest.mark.parametrize("limit", [0, 1, 24])
def test_there_are_as_many_distinct_orders_as_the_rule_says(n: int, limit: int) -> None:
    orders = distinct_orders(n, limit=limit, seed=7)

    assert len(orders) == len(set(orders)) == min(math.factorial(n), limit)
    assert all(sorted(order) == list(range(n)) for order in orders)


def test_few_things_stand_in_every_order_the_authored_one_among_them() -> None:
    assert set(distinct_orders(4, seed=1)) == set(itertools.permutations(range(4)))


def test_a_seed_gives_the_same_orders_for_ever_and_another_seed_others() -> None:
    assert distinct_orders(19, limit=2, seed=42) == distinct_orders(19, limit=24, seed=42)[:2]
    assert distinct_orders(3, seed=42)[:2] == ((1, 2, 0), (2, 0, 1))
    assert len({distinct_orders(6, seed=seed) for seed in range(50)}) == 50


def test_no_order_is_drawn_more_often_than_another() -> None:
    drawn = Counter(
        order for seed in range(4000) for order in distinct_orders(5, limit=6, seed=seed)
    )
    # 24,000 draws of 120 orders: 200 each; eight standard deviations are 113.
    assert len(drawn) == 120
    assert all(abs(count - 200) < 113 for count in drawn.values())


@pytest.mark.parametrize("wrong", [{"n": -1}, {"n": 3, "limit": -1}])
def test_fewer_than_none_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="fewer than none"):
        distinct_orders(**({"seed": 1} | wrong))


def test_the_seed_of_a_problem_depends_on_the_problem_and_the_set_and_nothing_else() -> None:
    seeds = {seed_of(problem, seed) for problem in ("a", "b", "c") for seed in (1, 2)}

    assert len(seeds) == 6
    assert all(0 <= seed < 2**63 for seed in seeds)
