import math

import pytest

from evaluation.domain.prompting import LETTER_INSTRUCTION, Role, TextPart, build_prompt
from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.domain.ranking import (
    OptionLikelihood,
    TokenLikelihood,
    by_mean,
    by_sum,
    letter_likelihoods,
    most_likely,
    text_likelihood,
)
from tests.evaluation.domain.builders import problem

CONTENT = problem("Left", "Right", query="Left")


def option(letter: str, total: float | None, tokens: int = 1) -> OptionLikelihood:
    return OptionLikelihood(letter=letter, total=total, tokens=tokens)


def tokens(*pairs: tuple[str, float]) -> list[TokenLikelihood]:
    return [TokenLikelihood(*pair) for pair in pairs]


def test_a_long_option_may_win_by_its_mean_and_lose_by_its_sum() -> None:
    options = [option("A", -2.0, 1), option("B", -3.0, 3)]
    assert most_likely(options, by_sum) == "A"
    assert most_likely(options, by_mean) == "B"


@pytest.mark.parametrize(
    ("totals", "winner"),
    [
        ((-1.0, -2.0), "A"),
        ((-1.0, -1.0), None),
        ((None, -9.0), "B"),
        ((None, None), None),
        ((), None),
    ],
)
def test_a_tie_has_no_winner_and_what_is_not_known_loses(
    totals: tuple[float | None, ...], winner: str | None
) -> None:
    options = [option(letter, total) for letter, total in zip("AB", totals, strict=False)]
    assert most_likely(options, by_mean) == winner


def test_a_letter_with_and_without_its_space_is_one_letter() -> None:
    top = tokens(("A", math.log(0.3)), (" A", math.log(0.2)), ("B", math.log(0.4)), ("Aorta", -0.1))
    first, second, third = letter_likelihoods(top, ("A", "B", "C"))
    assert first.total == pytest.approx(math.log(0.5))
    assert second.total == pytest.approx(math.log(0.4))
    assert (third.total, third.mean) == (None, None)


def test_an_option_is_the_last_tokens_that_spell_it() -> None:
    prompt = tokens(("left", -9.0), (":\n", -9.0), (" Left", -1.0), (" lung", -2.0))
    found = text_likelihood(prompt, "B", "Left lung")
    assert found == OptionLikelihood(letter="B", total=-3.0, tokens=2)
    assert found.mean == -1.5


@pytest.mark.parametrize("last", [("xLeft", -1.0), ("Right", -1.0), ("eft", -1.0)])
def test_an_option_that_no_tokens_spell_is_not_known(last: tuple[str, float]) -> None:
    assert text_likelihood(tokens(("answer: ", -1.0), last), "A", "Left") is None


def _ranked(form: str) -> Protocol:
    return Protocol.from_json(PRESETS["in_context_open"].to_json() | {"answer_form": form})


def test_ranked_letters_are_listed_and_the_examples_answer_with_theirs_alone() -> None:
    prompt = build_prompt(CONTENT, _ranked("ranked_letters"))
    assert prompt.choices is not None
    texts = [
        part.text for turn in prompt.turns for part in turn.parts if isinstance(part, TextPart)
    ]
    assert texts[2] == prompt.choices.letter_of("Left")
    assert "Options:" in texts[1]
    assert texts[-1].endswith(LETTER_INSTRUCTION)


def test_ranked_texts_are_asked_as_in_the_open_form_and_listed_nowhere() -> None:
    ranked = build_prompt(CONTENT, _ranked("ranked_texts"))
    assert ranked.turns == build_prompt(CONTENT, PRESETS["in_context_open"]).turns
    assert ranked.choices is not None
    assert ranked.turns[-1].role is Role.USER


def test_choices_are_not_ranked_after_thinking() -> None:
    with pytest.raises(ValueError, match="let it answer at once"):
        Protocol.from_json(_ranked("ranked_texts").to_json() | {"reasoning": "step_by_step"})
