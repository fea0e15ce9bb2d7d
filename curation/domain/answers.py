"""How answers are compared: SMMILE's normalization, one function for rules, scorers and choices."""

import string
from collections.abc import Iterable

_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize(answer: str) -> str:
    """Lower case, ASCII punctuation removed, white space collapsed (SMMILE, exact match).

    >>> normalize("  Yes,\\n indeed. ")
    'yes indeed'
    """
    return " ".join(answer.lower().translate(_WITHOUT_PUNCTUATION).split())


def is_same_answer(one: str, other: str) -> bool:
    """Whether two answers are equal after normalization."""
    return normalize(one) == normalize(other)


def is_right_answer(given: str, answer: str, accepted_variants: Iterable[str] = ()) -> bool:
    """Whether what was given equals the answer or an accepted variant after normalization.

    The rule by which the exact match of models is judged, so that people compare with them.

    >>> is_right_answer("left lung.", "The left lung", ["Left lung"])
    True
    """
    return any(is_same_answer(given, form) for form in (answer, *accepted_variants))


def distinct(answers: Iterable[str]) -> tuple[str, ...]:
    """The answers that differ after normalization, each in the form it first had, in that order.

    Answers that normalize to nothing ("...") are left out: nobody could choose them.
    """
    first_forms: dict[str, str] = {}
    for answer in answers:
        first_forms.setdefault(normalize(answer), answer)
    first_forms.pop("", None)
    return tuple(first_forms.values())
