"""Exact match: SMMILE's rule, equal after normalization."""

from curation.domain.answers import is_same_answer
from evaluation.domain.scoring.contract import NOTHING_READ, AnsweredQuery, ScoreValue


def matching_answer(text: str, answer: str, accepted_variants: tuple[str, ...]) -> str | None:
    """Which of the accepted forms the text equals after normalization, the answer first."""
    accepted = (answer, *accepted_variants)
    return next((form for form in accepted if is_same_answer(text, form)), None)


def exact_match(answered: AnsweredQuery) -> ScoreValue:
    """1 where the parsed answer equals the answer or an accepted variant, else 0.

    Equal means equal after lower case, ASCII punctuation removed and white space collapsed
    (Rieff et al. 2025, exact match).
    """
    if not answered.parsed:
        return NOTHING_READ
    form = matching_answer(answered.parsed, answered.answer, answered.accepted_variants)
    if form is None:
        return ScoreValue(0.0, f'Not equal to the answer "{answered.answer.strip()}".')
    kind = "answer" if form == answered.answer else "accepted variant"
    return ScoreValue(1.0, f'Equal to the {kind} "{form.strip()}" after normalization.')
