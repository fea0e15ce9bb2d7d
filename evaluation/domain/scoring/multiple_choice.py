"""Multiple choice: the letter is the right one or it is not."""

from evaluation.domain.choices import Choices
from evaluation.domain.scoring.contract import NOTHING_READ, AnsweredQuery, ScoreValue


def multiple_choice(answered: AnsweredQuery) -> ScoreValue:
    """1 where the parsed letter is that of the right option, else 0; ValueError without choices."""
    choices = answered.choices
    if choices is None:
        raise ValueError("Multiple choice needs the choices; ask the query in that form.")
    if not answered.parsed:
        return NOTHING_READ
    right = _named(choices, choices.correct_letter)
    if answered.parsed == choices.correct_letter:
        return ScoreValue(1.0, f"Chose {right}, which is right.")
    return ScoreValue(0.0, f"Chose {_named(choices, answered.parsed)}; right is {right}.")


def _named(choices: Choices, letter: str) -> str:
    if letter not in choices.letters:
        return f"{letter}, which is no option"
    return f'{letter} "{choices.text_of(letter)}"'
