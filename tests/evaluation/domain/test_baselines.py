from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.baselines import (
    expected_highest_letter,
    expected_last_answer,
    expected_majority,
    expected_not_shown,
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


def test_what_is_not_random_is_right_or_not() -> None:
    content = problem("red", "white", "White.", "blue", query="white")

    assert (expected_majority(content), expected_last_answer(content)) == (1, 0)
    assert expected_not_shown(content) == 0
    assert expected_not_shown(problem("red", "blue", query="white")) == 1


def test_of_letters_drawn_at_random_the_highest_is_one_of_all() -> None:
    content = problem("red", "white", "blue", query="white")
    made = [choices_for(content, seed) for seed in range(2000)]

    right = sum(each is not None and highest_letter(each) == each.correct_letter for each in made)

    assert expected_highest_letter(content) == pytest.approx(1 / 3)
    # Four standard deviations of a binomial with n = 2000, p = 1/3 are 84.
    assert right == pytest.approx(2000 / 3, abs=84)


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
