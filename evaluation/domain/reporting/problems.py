"""The problems of a release as columns: their groups, and what guessing would score."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from curation.domain.content import ProblemContent
from evaluation.domain.arms import AnswerForm
from evaluation.domain.reporting.guesses import guesses_over
from evaluation.domain.reporting.rows import UNKNOWN, Categories, Problems

ANSWER_LENGTH = "answer_length"
EXAMPLE_COUNT = "example_count"

_LENGTHS = {"1": "1 word", "2-3": "2 or 3 words", "4+": "4 words or more"}

type Vocabulary = Mapping[str, tuple[str, Mapping[str, str]]]
"""Of each annotation its name: a label, and the labels of its values in the order of pages."""


def problem_columns(
    contents: Sequence[ProblemContent],
    is_held_out: Iterable[bool],
    vocabulary: Vocabulary,
    answer_form: AnswerForm,
) -> Problems:
    """The columns, in the order of the contents; what guesses score is of this form of answer."""
    annotated = (
        _categories(name, label, labels, [_annotation(each, name) for each in contents])
        for name, (label, labels) in vocabulary.items()
    )
    return Problems(
        is_held_out=np.fromiter(is_held_out, np.bool_, len(contents)),
        categories=(*annotated, _example_counts(contents), _answer_lengths(contents)),
        guesses=guesses_over(contents, answer_form),
    )


def _annotation(content: ProblemContent, name: str) -> str:
    value: str = getattr(content.annotations, name)
    return value


def _categories(
    name: str, label: str, labels: Mapping[str, str], values: Sequence[str]
) -> Categories:
    """Values that the vocabulary lacks come last under their own names; an empty one is in none."""
    known = dict(labels) | {value: value for value in sorted(set(values) - set(labels) - {""})}
    codes = {value: code for code, value in enumerate(known)}
    return Categories(
        name=name,
        label=label,
        names=tuple(known),
        labels=tuple(known.values()),
        codes=np.array([codes.get(value, UNKNOWN) for value in values], dtype=np.int64),
    )


def _example_counts(contents: Sequence[ProblemContent]) -> Categories:
    counts = [len(content.examples) for content in contents]
    labels = {
        str(count): f"{count} example{'' if count == 1 else 's'}" for count in sorted(set(counts))
    }
    return _categories(EXAMPLE_COUNT, "Number of examples", labels, list(map(str, counts)))


def _answer_lengths(contents: Sequence[ProblemContent]) -> Categories:
    lengths = [_length(content.query.answer) for content in contents]
    return _categories(ANSWER_LENGTH, "Length of the right answer", _LENGTHS, lengths)


def _length(answer: str) -> str:
    words = len(answer.split())
    return "1" if words < 2 else "2-3" if words < 4 else "4+"
