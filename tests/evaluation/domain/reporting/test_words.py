"""What a report says in sentences."""

from dataclasses import replace

import pytest

from evaluation.domain.reporting import words
from tests.evaluation.domain.reporting.columns import (
    NAN,
    problems,
    report,
    rows,
    scored,
    twin,
)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0 %"),
        (0.001, "under 1 %"),
        (0.509, "51 %"),
        (0.999, "over 99 %"),
        (1.0, "100 %"),
        (None, "undefined"),
    ],
)
def test_a_share_is_whole_percent_and_never_0_or_100_unless_it_is(
    share: float | None, said: str
) -> None:
    assert words.percent(share) == said


@pytest.mark.parametrize(
    ("p_value", "said"),
    [(1.0, "p = 1.00"), (0.034, "p = 0.034"), (0.00055, "p = 0.00055"), (1e-9, "p < 0.0001")],
)
def test_a_p_value_has_the_digits_that_count(p_value: float, said: str) -> None:
    assert words.p_words(p_value) == said


def test_the_headline_says_how_often_right_how_sure_and_what_failed() -> None:
    answers = scored({"exact_match": [1] * 55 + [0] * 53 + [NAN] * 3})
    found = report(rows(answers, outcome=[0] * 108 + [3] * 3), problems(111))
    assert words.headline(found.scorers[0], found.outcomes) == (
        "Right in 55 of 108 answered (51 %, 95 % interval 42 to 60); 3 calls failed."
    )


def test_the_headline_of_nothing_says_why() -> None:
    answers = scored({"exact_match": [NAN, NAN, NAN]})
    found = report(rows(answers, outcome=[3, 1, -1]), problems(3))
    assert words.headline(found.scorers[0], found.outcomes) == (
        "Nothing was scored; 1 call failed, 1 refused, 1 not asked."
    )


def test_the_headline_of_graded_scores_is_a_mean() -> None:
    found = report(rows(scored({"judge": [0.5, 0.7, 0.6]})), problems(3))
    said = words.headline(found.scorers[0], found.outcomes)
    assert said.startswith("Scored 0.60 on average over 3 answered (95 % interval 0.")


def test_a_gain_is_said_with_its_interval_flips_and_test() -> None:
    here = scored({"judge": [1] * 24 + [0] * 5 + [1] * 31 + [0] * 51})
    there = scored({"judge": [0] * 24 + [1] * 5 + [1] * 31 + [0] * 51})
    (comparison,) = report(rows(here), problems(111), twin(there)).scorers[0].comparisons
    assert words.verdict(comparison) == "Yes"
    said = words.comparison_words(comparison)
    assert said.startswith("Right more often by 17 points (95 % interval +")
    assert said.endswith("); 24 gained, 5 lost; p = 0.00055 (McNemar, exact).")


def test_a_loss_and_what_cannot_be_told_are_said_so() -> None:
    many, few = scored({"judge": [1] * 30 + [0] * 10}), scored({"judge": [1] * 9 + [0] * 31})
    (loss,) = report(rows(few), problems(40), twin(many)).scorers[0].comparisons
    assert words.verdict(loss) == "No, they hurt"
    assert words.comparison_words(loss).startswith("Right less often by 52 points")
    assert words.verdict(replace(loss, name="without_noise")) == "No"
    (none,) = report(rows(few), problems(40), twin(few)).scorers[0].comparisons
    assert words.verdict(none) == "It cannot be told"
    assert words.comparison_words(none).startswith("As often right (95 % interval \u2212")


def test_copies_and_orders_are_said_in_a_sentence() -> None:
    answers = scored({"exact_match": [1, 1, 0, 1]}, problem=[0, 0, 1, 1], order=[0, 1, 0, 1])
    found = report(rows(answers, copied_any=[1, 1, 0, 0], copied_last=[1, 0, 0, 0]), problems(2))
    assert found.copying is not None
    assert words.copying_words(found.copying).startswith("50 % of 4 answers are the answer of")
    spread = found.scorers[0].order_spread
    assert spread is not None
    assert words.spread_words(spread) == (
        "Of 2 problems asked in several orders, 1 were right in every order, 0 in none, and in 1 "
        "the order decided."
    )


def test_how_many_groups_are_compared_is_said() -> None:
    answers = scored({"exact_match": [1] * 40})
    found = report(rows(answers), problems(40, rarity=[0, 1] * 20))
    assert words.strata_words(found.scorers[0]).startswith("2 groups are set side by side")
