"""Reports of small runs, whose numbers are computed by hand."""

import json
from decimal import Decimal
from typing import Any

import pytest

from evaluation.domain.arms import AnswerForm
from evaluation.domain.reporting import Grouping, RunReport
from evaluation.domain.reporting.problems import problem_columns
from evaluation.domain.statistics import wilson_interval
from tests.evaluation.domain.builders import problem
from tests.evaluation.domain.reporting.columns import (
    NAN,
    problems,
    report,
    rows,
    scored,
    twin,
)


def _shares(grouping: Grouping | None) -> dict[str, tuple[int | None, int]]:
    """k and n by the name of the group."""
    assert grouping is not None
    return {each.name: (each.measured.k, each.measured.n) for each in grouping.groups}


def _one(found: RunReport, name: str) -> Grouping:
    (grouping,) = [each for each in found.scorers[0].groupings if each.name == name]
    return grouping


def test_of_one_answer_a_problem_the_interval_is_wilsons() -> None:
    found = report(rows(scored({"exact_match": [1, 1, 0, NAN]})), problems(4))
    (scorer,) = found.scorers
    overall = scorer.overall
    assert (overall.k, overall.n, overall.problems, overall.method) == (2, 3, 3, "wilson")
    assert (overall.low, overall.high) == wilson_interval(2, 3)
    assert scorer.by_problem is None


def test_orders_of_a_problem_are_drawn_together_and_problems_can_weigh_the_same() -> None:
    answers = scored(
        {"exact_match": [1, 1, 1, 1, 0, 0, 1]},
        problem=[0, 0, 0, 0, 1, 1, 2],
        order=[0, 1, 2, 3, 0, 1, 0],
    )
    scorer = report(rows(answers), problems(3)).scorers[0]
    assert scorer.overall.value == pytest.approx(5 / 7)
    assert scorer.overall.method == "bca"
    assert scorer.by_problem is not None
    assert scorer.by_problem.value == pytest.approx(2 / 3)
    low, high = wilson_interval(5, 7)
    assert scorer.overall.high - scorer.overall.low > high - low
    assert scorer.overall.is_small


def test_what_was_not_scored_is_undefined_and_not_zero() -> None:
    found = report(rows(scored({"exact_match": [NAN, NAN]}), outcome=[3, 1]), problems(2))
    (scorer,) = found.scorers
    assert (scorer.overall.value, scorer.overall.n) == (None, 0)
    assert (scorer.overall.low, scorer.overall.high) == (0, 1)
    assert scorer.groupings == ()
    assert scorer.smallest_difference is None
    outcomes = found.outcomes
    assert (outcomes.error, outcomes.refused, outcomes.answered) == (1, 1, 0)


def test_scores_between_0_and_1_have_a_mean_and_no_k() -> None:
    scorer = report(rows(scored({"judge": [0.5, 1, 0]})), problems(3)).scorers[0]
    assert scorer.overall.value == pytest.approx(0.5)
    assert scorer.overall.k is None


def test_strata_are_counted_by_annotation_by_what_is_shown_and_where() -> None:
    found = report(
        rows(
            scored({"exact_match": [1, 0, 1, 1, NAN]}),
            shown=[3, 3, 3, 3, 3],
            matching=[3, 1, 2, 0, 3],
        ),
        problems(5, rarity=[0, 0, 1, 1, 1]),
    )
    assert _shares(_one(found, "rarity")) == {"common": (1, 2), "rare": (2, 2)}
    assert _shares(_one(found, "answer_shown")) == {"yes": (2, 3), "no": (1, 1)}
    assert _shares(_one(found, "matching_place")) == {
        "last": (1, 1),
        "between": (1, 1),
        "first": (0, 1),
        "none": (1, 1),
    }
    scorer = found.scorers[0]
    assert _shares(scorer.positions_from_end) == {"1": (1, 1), "2": (1, 1), "3": (0, 1)}
    assert _shares(scorer.positions_from_start) == {"1": (0, 1), "2": (1, 1), "3": (1, 1)}
    assert scorer.strata_count == 8
    assert all(group.measured.is_small for group in _one(found, "rarity").groups)


def test_a_single_example_that_matches_stands_last() -> None:
    found = report(rows(scored({"exact_match": [1]}), shown=[1], matching=[1]), problems(1))
    assert _shares(_one(found, "matching_place")) == {"last": (1, 1)}
    assert found.scorers[0].strata_count == 0


def test_copies_are_counted_and_how_often_they_are_right() -> None:
    found = report(
        rows(
            scored({"exact_match": [1, 0, 0, NAN]}),
            copied_any=[1, 1, 0, -1],
            copied_last=[1, 0, 0, -1],
        ),
        problems(4),
    )
    assert found.copying is not None
    assert (found.copying.any.k, found.copying.last.k, found.copying.any.n) == (2, 1, 3)
    copied = found.scorers[0].when_copied
    assert _shares(copied) == {"last": (1, 1), "other": (0, 1), "none": (0, 1)}


def test_the_gain_is_over_what_both_runs_answered() -> None:
    here = scored({"exact_match": [1, 1, 1, 0, NAN, 1]})
    there = scored({"exact_match": [0, 1, 0, 1, 1, NAN]})
    comparison = report(rows(here), problems(6), twin(there)).scorers[0].comparison("zero_shot")
    assert comparison is not None
    flips = comparison.flips
    assert flips is not None
    assert (flips.gained, flips.lost, flips.both, flips.neither) == (2, 1, 1, 0)
    assert comparison.difference.value == pytest.approx(1 / 4)
    assert (comparison.only_here, comparison.only_there) == (1, 1)
    assert (comparison.p_value, comparison.test) == (1.0, "McNemar, exact")


def test_a_twin_that_asks_in_other_orders_is_compared_problem_by_problem() -> None:
    here = scored({"exact_match": [1, 0, 1, 1]}, problem=[0, 0, 1, 1], order=[0, 1, 0, 1])
    there = scored({"exact_match": [1, 0]})
    beside = twin(there, "order_authored", is_same_variants=False)
    (comparison,) = report(rows(here), problems(2), beside).scorers[0].comparisons
    assert comparison.is_by_problem
    assert (comparison.here, comparison.there) == (0.75, 0.5)
    assert comparison.difference.n == 2
    assert comparison.flips is None
    assert comparison.test == "Student's t, clustered"


def test_a_twin_that_shares_no_item_or_scorer_says_nothing() -> None:
    here = scored({"exact_match": [1, 0]})
    elsewhere = scored({"exact_match": [1]}, problem=[2])
    otherwise = scored({"judge": [1, 0]})
    found = report(rows(here), problems(3), twin(elsewhere), twin(otherwise))
    assert found.scorers[0].comparisons == ()


def test_the_spread_over_orders_tells_who_is_moved_by_the_order() -> None:
    answers = scored(
        {"exact_match": [1, 1, 0, 0, 1, 0, 1]},
        problem=[0, 0, 1, 1, 2, 2, 3],
        order=[0, 1, 0, 1, 0, 1, 0],
    )
    spread = report(rows(answers), problems(4)).scorers[0].order_spread
    assert spread is not None
    assert (spread.problems, spread.always, spread.never, spread.sometimes) == (3, 1, 1, 1)
    assert spread.deviation == pytest.approx(0.5 / 3)


def test_scorers_are_compared_where_both_said_something() -> None:
    answers = scored({"exact_match": [1, 0, 0, NAN, 0], "judge": [1, 1, 0, 1, 0]})
    (agreement,) = report(rows(answers), problems(5)).agreements
    assert (agreement.n, agreement.problems, agreement.share) == (4, 4, 0.75)
    assert (agreement.first_only, agreement.second_only) == (0, 1)
    assert agreement.kappa == pytest.approx(0.5)


def test_of_very_many_scorers_each_is_compared_with_the_first() -> None:
    answers = scored({f"judge:{number}": [1, 0] for number in range(6)})
    agreements = report(rows(answers), problems(2)).agreements
    assert {each.first for each in agreements} == {"judge:0"}
    assert len(agreements) == 5


def test_guesses_are_weighed_as_the_answers_are() -> None:
    answers = scored({"exact_match": [1, 0, 1, NAN]}, problem=[0, 0, 1, 2], order=[0, 1, 0, 0])
    (expected,) = report(rows(answers), problems(3, guess=[0.5, 0.2, 1])).scorers[0].expectations
    assert expected.value == pytest.approx((0.5 + 0.5 + 0.2) / 3)
    assert (expected.n, expected.problems) == (3, 2)


def test_what_the_order_and_the_letters_decide_is_guessed_as_it_was_asked() -> None:
    contents = [problem("a", "b", query="a", problem_id=name) for name in ("p1", "p2", "p3")]
    over = problem_columns(contents, [False] * 3, {}, AnswerForm.MULTIPLE_CHOICE)
    asked = rows(
        scored({"multiple_choice": [1, 0, 1]}),
        shown=[2, 2, 0],
        matching=[2, 1, 0],
        options=[4, 4, 0],
        is_highest_right=[1, 1, 0],
    )
    scorer = report(asked, over).scorers[0]
    assert {each.name: each.value for each in scorer.expectations} == {
        "random_example": 0.5,
        "majority": 1,
        "last_answer": pytest.approx(1 / 3),
        "uniform_choice": pytest.approx((1 / 4 + 1 / 4 + 1 / 2) / 3),
        "highest_letter": pytest.approx((1 + 1 + 1 / 2) / 3),
        "unshown": 0,
    }


def test_a_guess_that_nobody_can_make_is_undefined() -> None:
    answers = scored({"exact_match": [1, 0]})
    (expected,) = report(rows(answers), problems(2, guess=[NAN, NAN])).scorers[0].expectations
    assert (expected.value, expected.n) == (None, 0)


def test_waiting_tokens_and_price_are_those_that_were_said() -> None:
    found = report(
        rows(
            scored({"exact_match": [1, 0, 1]}),
            latency_ms=[100, 300, NAN],
            input_tokens=[10, 20, NAN],
            output_tokens=[1, 2, NAN],
        ),
        problems(3),
        price=Decimal("0.0012"),
    )
    resources = found.resources
    assert (resources.latency_p50, resources.latency_n) == (200, 2)
    assert (resources.input_tokens, resources.output_tokens, resources.tokens_n) == (30, 3, 2)
    assert (resources.cached_tokens, resources.price) == (0, "0.0012")


def test_of_a_run_without_rows_everything_is_undefined() -> None:
    found = report(rows(scored({"exact_match": []})), problems(0))
    assert found.outcomes.planned == 0
    assert found.scorers[0].overall.value is None
    assert found.resources.latency_p50 is None


def test_a_report_survives_json_and_one_of_another_version_is_refused() -> None:
    here, there = scored({"exact_match": [1, 0, 1]}), scored({"exact_match": [0, 0, 1]})
    found = report(
        rows(
            here, shown=[2, 2, 2], matching=[1, 2, 0], copied_any=[1, 0, 0], copied_last=[0, 0, 0]
        ),
        problems(3, guess=[0.5, 0, 1]),
        twin(there),
    )
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert RunReport.from_json(document) == found
    others: list[Any] = [{**document, "version": 0}, {**document, "outcomes": {}}, [], None]
    for broken in others:
        with pytest.raises(ValueError, match=r"version|no RunReport"):
            RunReport.from_json(broken)
