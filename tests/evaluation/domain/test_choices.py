import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.answers import normalize
from evaluation.domain.choices import Choices, UnknownLetterError, choices_for, option_texts
from tests.evaluation.domain.builders import problem

ANSWERS = st.text(alphabet="abcXYZ .,-\n", max_size=8)


def _made(*example_answers: str, query: str, variants: tuple[str, ...] = ()) -> Choices:
    choices = choices_for(problem(*example_answers, query=query, variants=variants), seed=0)
    assert choices is not None
    return choices


@given(st.lists(ANSWERS, min_size=1, max_size=12), ANSWERS, st.integers(0, 1000))
def test_choices_are_the_distinct_answers_with_the_right_one_marked(
    examples: list[str], query: str, seed: int
) -> None:
    choices = choices_for(problem(*examples, query=query), seed)

    normal = {normalize(answer) for answer in [*examples, query]}
    if "" in normal or len(normal) < 2:
        assert choices is None
    else:
        assert choices is not None
        assert sorted(map(normalize, choices.options)) == sorted(normal)
        assert normalize(choices.text_of(choices.correct_letter)) == normalize(query)


@given(st.permutations(["red", "white", "Purple", "blue"]), st.integers(0, 1000))
def test_the_letters_do_not_depend_on_the_order_of_the_examples(
    examples: list[str], seed: int
) -> None:
    authored = problem("red", "white", "Purple", "blue", query="black")

    assert choices_for(problem(*examples, query="black"), seed) == choices_for(authored, seed)


def test_every_option_gets_every_letter_equally_often() -> None:
    content = problem("red", "white", query="black")

    counts = Counter(
        (choices.letter_of("white"), choices.correct_letter)
        for seed in range(3000)
        if (choices := choices_for(content, seed))
    )

    # Six orders, 500 each; four standard deviations are 82.
    assert len(counts) == 6
    assert all(abs(count - 500) < 82 for count in counts.values())


def test_another_problem_with_the_same_answers_has_its_own_order() -> None:
    letters = {
        choices.correct_letter
        for number in range(40)
        if (choices := choices_for(problem("no", query="yes", problem_id=f"p{number}"), seed=0))
    }

    assert letters == {"A", "B"}


@pytest.mark.parametrize(
    ("examples", "query"),
    [(("Yes", "yes."), "YES"), (("+", "no"), "yes"), (("yes", "no"), "-"), ((), "yes")],
)
def test_a_problem_without_two_answers_to_choose_from_has_no_choices(
    examples: tuple[str, ...], query: str
) -> None:
    assert choices_for(problem(*examples, query=query), seed=0) is None


def test_an_option_gives_itself_away_by_no_line_break_and_no_full_stop() -> None:
    content = problem(" white\n thorax", "red", query="Black.")

    assert option_texts(content) == ("white thorax", "red", "Black")


def test_an_accepted_variant_among_the_examples_is_the_right_option_not_a_second_one() -> None:
    choices = _made(
        "Ascites, right", "none", query="ascites on the right", variants=("Ascites right",)
    )

    assert len(choices.options) == 2
    assert choices.letter_of("ascites right") == choices.correct_letter


def test_after_z_letters_go_on_in_pairs() -> None:
    choices = _made(*(f"answer {number}" for number in range(29)), query="another")

    assert choices.letters[24:] == ("Y", "Z", "AA", "AB", "AC", "AD")
    assert {choices.letter_of(choices.text_of(letter)) for letter in choices.letters} == set(
        choices.letters
    )


def test_a_text_that_equals_two_options_has_no_letter() -> None:
    choices = Choices(options=("yes", "No", "Yes"), correct_letter="C")

    assert choices.letter_of("Yes.") is None
    assert choices.letter_of("no") == "B"
    assert choices.letter_of("perhaps") is None


def test_an_unknown_letter_is_refused_with_the_known_ones() -> None:
    choices = _made("red", "white", query="black")

    with pytest.raises(UnknownLetterError, match="'D'; use one of A, B, C"):
        choices.text_of("D")
    with pytest.raises(UnknownLetterError, match="'Z'"):
        replace(choices, correct_letter="Z")


def test_choices_survive_their_json() -> None:
    choices = _made("Ascites, right", "none", query="none.", variants=("nothing",))
    document = json.loads(json.dumps(choices.to_json()))

    assert Choices.from_json(document) == choices
    assert document["letters"] == ["A", "B"]
