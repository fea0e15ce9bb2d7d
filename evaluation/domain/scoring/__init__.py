"""Scorers: one a file, each judges one answered query. A new one is a file and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from evaluation.domain.scoring.exact_match import exact_match
from evaluation.domain.scoring.judgement import AnsweredQuery, Judgement, Scorer
from evaluation.domain.scoring.multiple_choice import multiple_choice

SCORERS: Mapping[str, Scorer] = MappingProxyType(
    {
        "exact_match": exact_match,
        "multiple_choice": multiple_choice,
    }
)

__all__ = ["SCORERS", "AnsweredQuery", "Judgement", "Scorer"]
