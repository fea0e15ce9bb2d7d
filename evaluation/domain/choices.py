"""The choices of a query in multiple-choice form, and the letters they get.

SMMILE's released multiple-choice files give letters by first appearance, the query's answer last,
so that "always the highest letter" is right 61 % of the time. Here each problem gets its own
random order from a recorded seed, and no option is equal to another after normalization.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count, islice, product
from string import ascii_uppercase
from typing import Any, Self

from curation.domain.answers import distinct, is_same_answer, normalize
from curation.domain.content import PanelContent, ProblemContent
from evaluation.domain.randomness import drawn


class UnknownLetterError(ValueError):
    """A letter that stands for none of the choices."""

    def __init__(self, letter: str, letters: tuple[str, ...]) -> None:
        super().__init__(f"No choice has the letter {letter!r}; use one of {', '.join(letters)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Options in the order of their letters, the right one among them.

    ``accepted_variants`` are further texts for the right option. Options read from files made
    elsewhere may be equal after normalization; :func:`choices_for` never makes such.
    """

    options: tuple[str, ...]
    correct_letter: str
    accepted_variants: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.correct_letter not in self.letters:
            raise UnknownLetterError(self.correct_letter, self.letters)

    @property
    def letters(self) -> tuple[str, ...]:
        """One letter an option: A to Z, then AA, AB and so on."""
        return _letters(len(self.options))

    def text_of(self, letter: str) -> str:
        """The option under a letter; :class:`UnknownLetterError` if there is none."""
        if letter not in self.letters:
            raise UnknownLetterError(letter, self.letters)
        return self.options[self.letters.index(letter)]

    def letter_of(self, text: str) -> str | None:
        """The letter of the one option equal to the text after normalization, else None.

        None also where several options are equal to it: which one was meant cannot be known.
        """
        found = [
            letter
            for letter, option in zip(self.letters, self.options, strict=True)
            if is_same_answer(text, option)
        ]
        if not found and any(is_same_answer(text, other) for other in self.accepted_variants):
            return self.correct_letter
        return found[0] if len(found) == 1 else None

    def to_json(self) -> dict[str, Any]:
        """Plain values; what :meth:`from_json` reads, and the letters for other readers."""
        return {
            "letters": list(self.letters),
            "options": list(self.options),
            "correct_letter": self.correct_letter,
            "accepted_variants": list(self.accepted_variants),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read :meth:`to_json` back; :class:`UnknownLetterError` if no option is right."""
        return cls(
            options=tuple(document["options"]),
            correct_letter=document["correct_letter"],
            accepted_variants=tuple(document["accepted_variants"]),
        )


def option_texts(content: ProblemContent) -> tuple[str, ...]:
    """The distinct answers of examples and query, in order of first appearance, as options.

    White space is collapsed and one closing full stop dropped: a line break would break the list,
    and "Black." among "white" and "red" would give itself away. An example's answer that is an
    accepted variant of the query's counts as the query's, or two options would be right.
    """
    query = content.query
    answers = [_as_option_of(query, panel.answer) for panel in content.examples]
    return tuple(map(_tidy, distinct([*answers, query.answer])))


def choices_for(content: ProblemContent, seed: int) -> Choices | None:
    """The choices of a problem's query, lettered at random from ``seed`` and the problem's id.

    None where the problem cannot be asked as multiple choice: fewer than two distinct answers, or
    a panel whose answer normalizes to nothing. The letters do not depend on the order of the
    examples, so showing them in another order asks the same question.
    """
    if any(not normalize(panel.answer) for panel in content.panels):
        return None
    options = _in_random_order(option_texts(content), seed, content.problem_id)
    if len(options) < 2:
        return None
    is_answer = [is_same_answer(option, content.query.answer) for option in options]
    return Choices(
        options=options,
        correct_letter=next(islice(_all_letters(), is_answer.index(True), None)),
        accepted_variants=content.query.accepted_variants,
    )


def _in_random_order(options: Iterable[str], seed: int, problem_id: str) -> tuple[str, ...]:
    return tuple(
        sorted(options, key=lambda text: drawn(seed, "choices", problem_id, normalize(text)))
    )


def _as_option_of(query: PanelContent, answer: str) -> str:
    is_variant = any(is_same_answer(answer, other) for other in query.accepted_variants)
    return query.answer if is_variant else answer


def _tidy(option: str) -> str:
    return " ".join(option.split()).removesuffix(".")


@cache
def _letters(number: int) -> tuple[str, ...]:
    return tuple(islice(_all_letters(), number))


def _all_letters() -> Iterator[str]:
    for length in count(1):
        yield from map("".join, product(ascii_uppercase, repeat=length))
