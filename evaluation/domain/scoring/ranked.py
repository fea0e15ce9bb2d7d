"""Ranked choice: the most likely option is the right one or it is not."""

from evaluation.domain.ranking import Measure, by_mean, by_sum, most_likely
from evaluation.domain.scoring.contract import AnsweredQuery, ScoreValue
from evaluation.domain.scoring.multiple_choice import multiple_choice

_UNDECIDED = ScoreValue(0.0, "No option is more likely than all others.")


def ranked(answered: AnsweredQuery) -> ScoreValue:
    """1 where the right option's mean log-likelihood of a token is the highest, else 0."""
    return _judged(answered, by_mean)


def ranked_sum(answered: AnsweredQuery) -> ScoreValue:
    """1 where the right option's whole log-likelihood is the highest, else 0."""
    return _judged(answered, by_sum)


def _judged(answered: AnsweredQuery, measure: Measure) -> ScoreValue:
    letter = most_likely(answered.likelihoods, measure)
    if letter is None:
        return _UNDECIDED
    return multiple_choice(
        AnsweredQuery(parsed=letter, answer=answered.answer, choices=answered.choices)
    )
