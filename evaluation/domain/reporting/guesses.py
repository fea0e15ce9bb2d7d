"""What ways of answering without looking at the image would score on the answers of a run.

Exact averages over the same answers, nothing is drawn. What depends on how a problem was asked (the
order of its examples, the letters of its options) is taken as it was asked; what was asked without
examples is guessed as if they had been shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from curation.domain.content import ProblemContent
from evaluation.domain.arms import AnswerForm
from evaluation.domain.baselines import (
    expected_highest_letter,
    expected_last_answer,
    expected_majority,
    expected_not_shown,
    expected_random_exact_match,
    expected_uniform_choice,
)
from evaluation.domain.reporting.report import Expectation
from evaluation.domain.reporting.rows import Flags, Guess, Numbers, Rows

_LAST, _UNIFORM, _HIGHEST, _NOT_SHOWN = "last_answer", "uniform_choice", "highest_letter", "unshown"

type Expected = Callable[[ProblemContent], float]


@dataclass(frozen=True, slots=True)
class _Way:
    name: str
    label: str
    expected: Expected
    is_for_letters: bool = False


_WAYS = (
    _Way("random_example", "the answer of any example", expected_random_exact_match),
    _Way("majority", "the answer most examples have", expected_majority),
    _Way(_LAST, "the answer of the last example", expected_last_answer),
    _Way(_UNIFORM, "any option", expected_uniform_choice, True),
    _Way(_HIGHEST, "the highest letter", expected_highest_letter, True),
    _Way(_NOT_SHOWN, "the option no example shows", expected_not_shown, True),
)


def guesses_over(contents: Sequence[ProblemContent], answer_form: AnswerForm) -> tuple[Guess, ...]:
    """Of each problem what each way scores on average, by the ways this form of answer allows."""
    return tuple(
        Guess(
            name=way.name,
            label=way.label,
            values=np.array([way.expected(each) for each in contents], dtype=np.float64),
        )
        for way in _WAYS
        if not way.is_for_letters or answer_form is not AnswerForm.OPEN
    )


def expectation(guess: Guess, rows: Rows, is_scored: Flags) -> Expectation:
    """The average over the answers that were scored."""
    values = _as_asked(guess, rows)[is_scored]
    problem = rows.scored.problem[is_scored]
    is_possible = ~np.isnan(values)
    return Expectation(
        name=guess.name,
        label=guess.label,
        value=float(values[is_possible].mean()) if is_possible.any() else None,
        n=int(is_possible.sum()),
        problems=len(np.unique(problem[is_possible])),
    )


def _as_asked(guess: Guess, rows: Rows) -> Numbers:
    """The value of each row: by how it was asked where that decides, else by its problem."""
    of_problem = guess.values[rows.scored.problem]
    is_placed = (rows.shown > 0) & (rows.matching >= 0)
    match guess.name:
        case name if name == _LAST:
            return np.where(is_placed, rows.matching == rows.shown, of_problem)
        case name if name == _NOT_SHOWN:
            return np.where(is_placed, rows.matching == 0, of_problem)
        case name if name == _UNIFORM:
            return np.where(rows.options > 0, 1 / np.maximum(1, rows.options), of_problem)
        case name if name == _HIGHEST:
            return np.where(rows.options > 0, rows.is_highest_right, of_problem)
        case _:
            return of_problem
