"""Scorers: one a file, each judges one answered query. A new one is a file and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from evaluation.domain.arms import AnswerForm
from evaluation.domain.scoring.contract import AnsweredQuery, Scorer, ScoreValue
from evaluation.domain.scoring.exact_match import exact_match
from evaluation.domain.scoring.judges import is_judge, judge_label
from evaluation.domain.scoring.multiple_choice import multiple_choice
from evaluation.domain.scoring.ranked import ranked, ranked_sum

SCORERS: Mapping[str, Scorer] = MappingProxyType(
    {
        "exact_match": Scorer("exact match", frozenset({AnswerForm.OPEN}), exact_match),
        "multiple_choice": Scorer(
            "multiple choice", frozenset({AnswerForm.MULTIPLE_CHOICE}), multiple_choice
        ),
        "ranked": Scorer(
            "ranked", frozenset({AnswerForm.RANKED_LETTERS, AnswerForm.RANKED_TEXTS}), ranked
        ),
        "ranked_sum": Scorer(
            "ranked, length counted", frozenset({AnswerForm.RANKED_TEXTS}), ranked_sum
        ),
    }
)
"""By the names that rows keep, in the order that pages show."""


def scorers_of(answer_form: AnswerForm) -> dict[str, Scorer]:
    """Those that judge answers of this form, by name."""
    return {name: scorer for name, scorer in SCORERS.items() if answer_form in scorer.answer_forms}


def scorer_label(name: str) -> str:
    """Words for pages; of a scorer that is no more, the name its rows keep."""
    if is_judge(name):
        return judge_label(name)
    return SCORERS[name].label if name in SCORERS else name


__all__ = [
    "SCORERS",
    "AnsweredQuery",
    "ScoreValue",
    "Scorer",
    "is_judge",
    "scorer_label",
    "scorers_of",
]
