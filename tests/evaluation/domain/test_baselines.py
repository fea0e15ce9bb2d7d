from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.baselines import (
    expected_random_exact_match,
    expected_uniform_choice,
    highest_letter,
    last_example_answer,
    letter_no_example_shows,
    majority_example_answer,
    random_example_answer,
)
from evaluation.domain.choices import choices_for
from tests.evaluation.domain.builders import problem


def test_each_example_is_drawn_equally_often() -> None:
    content = problem("red", "white", "blue", query="black")

    counts = Counter(random_example_answer(content, seed) for seed in range(3000))

    # Four standard deviations of a binomial with n = 3000, p = 1/3 are 103.
    assert all(abs(counts[answer] - 1000) < 103 for answer in ("red", "white", "blue"))


def test_problems_are_drawn_for_independently_under_one_seed() -> None:
    drawn = {
        random_example_answer(problem("a", "b", query="c", problem_id=f"p{number}"), seed=0)
        for number in range(40)
    }

    assert drawn == {"a", "b"}


@pytest.mark.parametrize(
    ("answers", "majority"),
    [
        (("red", "white", "White."), "white"),
        (("red", "white", "blue"), "red"),
        (("red", "white", "blue", "blue", "white"), "white"),
    ],
)
def test_the_most_frequent_answer_wins_and_of_equals_the_first(
    answers: tuple[str, ...], majority: str
) -> None:
    assert majority_example_answer(problem(*answers, query="x")) == majority


def test_the_last_example_is_copied() -> None:
    assert last_example_answer(problem("red", "white", query="red")) == "white"


def test_letter_baselines_name_letters_of_the_choices() -> None:
    content = problem("red", "white", query="black")
    choices = choices_for(content, seed=0)

    assert choices is not None
    assert highest_letter(choices) == "C"
    assert letter_no_example_shows(choices, content) == choices.correct_letter


def test_no_letter_is_unseen_where_every_option_is_an_examples_answer() -> None:
    content = problem("red", "white", query="Red.")
    choices = choices_for(content, seed=0)

    assert choices is not None
    assert letter_no_example_shows(choices, content) is None


def test_expectations_count_accepted_variants_as_right() -> None:
    content = problem("Red", "crimson", "white", "blue", query="red.", variants=("Crimson",))

    assert expected_random_exact_match(content) == 0.5
    assert expected_uniform_choice(content) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("query", "expected"), [("yes", 1.0), ("-", 0.0)])
def test_the_uniform_expectation_is_defined_where_there_is_nothing_to_choose(
    query: str, expected: float
) -> None:
    assert expected_uniform_choice(problem("Yes", "yes", query=query)) == expected


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=6))
def test_the_expectation_is_the_mean_over_the_examples(answers: list[str]) -> None:
    content = problem(*answers, query="a")

    assert expected_random_exact_match(content) == pytest.approx(answers.count("a") / len(answers))


def test_without_examples_there_is_nothing_to_copy() -> None:
    with pytest.raises(ValueError, match="no examples to take an answer from"):
        random_example_answer(problem(query="black"), seed=0)
