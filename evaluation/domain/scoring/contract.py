"""What every scorer takes and gives."""

from collections.abc import Callable
from dataclasses import dataclass

from evaluation.domain.arms import AnswerForm
from evaluation.domain.choices import Choices
from evaluation.domain.ranking import OptionLikelihood


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredQuery:
    """One query and what was read from a model's completion.

    ``parsed`` is the answer's words in open form, the letter in multiple choice, None where the
    completion was unparsable. ``answer`` and ``accepted_variants`` are the expert's. The
    ``likelihoods`` are those of the options where these are ranked.
    """

    parsed: str | None
    answer: str
    accepted_variants: tuple[str, ...] = ()
    choices: Choices | None = None
    likelihoods: tuple[OptionLikelihood, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreValue:
    """A value in [0, 1] and one sentence saying why."""

    value: float
    explanation: str

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 1:
            raise ValueError(f"A score lies between 0 and 1, not at {self.value}.")


@dataclass(frozen=True, slots=True)
class Scorer:
    """Judges answered queries of some forms. ``label`` is its name in pages.

    ``score`` raises ValueError if the query lacks what this scorer needs.
    """

    label: str
    answer_forms: frozenset[AnswerForm]
    score: Callable[[AnsweredQuery], ScoreValue]


NOTHING_READ = ScoreValue(0.0, "No answer could be read from the completion.")
