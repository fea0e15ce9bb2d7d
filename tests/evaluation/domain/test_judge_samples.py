from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.judge_samples import JudgedAnswer, draw, suggested_sizes


def _judged(right: int, wrong: int, per_problem: int = 1) -> list[JudgedAnswer]:
    return [
        JudgedAnswer(key=number, problem=f"p{number // per_problem}", is_right=number < right)
        for number in range(right + wrong)
    ]


def test_each_kind_of_verdict_is_drawn_by_its_share() -> None:
    drawn = draw(_judged(120, 80), 50, seed=1)
    assert Counter(one.is_right for one in drawn) == {True: 30, False: 20}
    assert {one.weight for one in drawn} == {4.0}


def test_a_rare_verdict_is_drawn_five_times_and_weighs_less() -> None:
    drawn = draw(_judged(10, 190), 40, seed=1)
    kinds = {kind: [one.weight for one in drawn if one.is_right is kind] for kind in (True, False)}
    assert (len(kinds[True]), len(kinds[False])) == (5, 35)
    assert [sum(kinds[kind]) for kind in (True, False)] == pytest.approx([10, 190])


def test_one_answer_of_a_problem_stands_for_all_of_them() -> None:
    judged = _judged(60, 60, per_problem=6)
    drawn = draw(judged, 100, seed=3)
    problem_of = {one.key: one.problem for one in judged}
    assert len(drawn) == 20
    assert len({problem_of[one.key] for one in drawn}) == 20
    assert {one.weight for one in drawn} == {6.0}
    assert len(draw(judged, 100, seed=3, is_once_a_problem=False)) == 100


def test_a_seed_draws_the_same_whatever_the_order_of_rows() -> None:
    judged = _judged(40, 40)
    assert draw(judged, 20, seed=7) == draw(judged[::-1], 20, seed=7)
    assert draw(judged, 20, seed=7) != draw(judged, 20, seed=8)


def test_the_order_of_checking_tells_no_verdict() -> None:
    said = [one.is_right for one in draw(_judged(100, 100), 60, seed=2)]
    assert said != sorted(said)
    assert said != sorted(said, reverse=True)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 70), st.integers(1, 4))
def test_as_many_are_drawn_as_are_asked_for_or_there_and_weights_make_up_the_rest(
    right: int, wrong: int, size: int, per_problem: int
) -> None:
    judged = _judged(right, wrong, per_problem)
    drawn = draw(judged, size, seed=5, is_once_a_problem=False)
    assert len(drawn) == min(size, right + wrong)
    assert len({one.key for one in drawn}) == len(drawn)
    if size >= 10 and drawn:
        assert sum(one.weight for one in drawn) == pytest.approx(right + wrong)
    once = draw(judged, size, seed=5)
    assert len(once) == min(size, len({one.problem for one in judged}))


def test_a_larger_sample_gives_a_narrower_interval() -> None:
    suggested = suggested_sizes(111)
    assert [one.size for one in suggested] == [30, 60, 100, 111]
    assert [one.points for one in suggested] == [11, 8, 6, 6]
    assert suggested_sizes(0) == []
