"""Whether an answer is one of those that the examples show: copied, or right for the same words."""

from collections.abc import Sequence
from dataclasses import dataclass

from curation.domain.answers import normalize


@dataclass(frozen=True, slots=True)
class Copied:
    """Whether an answer is that of any example shown, and that of the one shown last."""

    is_any: bool
    is_last: bool


def copied(said: str, shown: Sequence[str]) -> Copied:
    """Compares what a model said with the answers of the examples, in the order shown.

    After normalization, as exact match does; a chosen letter is told by its option's text. Words
    that normalize to nothing copy nothing. Where the right answer is among the examples, a copied
    answer may be right: look at both together.
    """
    words = normalize(said)
    answers = [normalize(answer) for answer in shown] if words else []
    return Copied(is_any=words in answers, is_last=words in answers[-1:])
