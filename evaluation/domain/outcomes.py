"""What became of one request: an answer, a refusal, words that answer nothing, or a failed call."""

from enum import StrEnum

from curation.domain.answers import normalize


class Outcome(StrEnum):
    """OK and UNPARSABLE are answers of the model and are scored; the others lower the coverage."""

    OK = "ok"
    REFUSED = "refused"
    UNPARSABLE = "unparsable"
    ERROR = "error"

    @property
    def is_answer(self) -> bool:
        """Whether the model answered, so that a score says something about it."""
        return self in {Outcome.OK, Outcome.UNPARSABLE}


REFUSING_FINISH_REASONS = frozenset({"content_filter", "refusal"})
"""Finish reasons by which chat APIs say that an answer was withheld."""

REFUSALS = frozenset(
    map(
        normalize,
        (
            "I can't assist with that.",
            "I can't help with that.",
            "I can't assist with that request.",
            "I can't help with that request.",
            "I cannot assist with that.",
            "I cannot help with that.",
            "I cannot assist with that request.",
            "I cannot help with that request.",
            "I'm sorry, I can't assist with that.",
            "I'm sorry, I can't help with that.",
            "I'm sorry, I can't assist with that request.",
            "I'm sorry, I can't help with that request.",
            "I'm sorry, but I can't assist with that.",
            "I'm sorry, but I can't help with that.",
            "I'm sorry, but I can't assist with that request.",
            "I'm sorry, but I can't help with that request.",
            "I'm sorry, but I cannot assist with that request.",
            "I'm unable to assist with that.",
            "I'm unable to assist with that request.",
        ),
    )
)
"""The stock sentences read as a refusal, and only when they are the whole completion.

A refusal leaves the accuracy's denominator, so each sentence read generously as one would flatter
the model: "I cannot tell from this image" is a wrong answer, not a refusal.
"""


def outcome_of(
    completion: str,
    parsed: str | None,
    *,
    finish_reason: str | None = None,
    is_refused_by_provider: bool = False,
) -> Outcome:
    """The outcome of a call that returned; a call that did not is ERROR, said by the caller.

    ``parsed`` is what :mod:`evaluation.domain.parsing` read from the completion: None or empty
    means nothing. ``is_refused_by_provider`` is the API's own refusal flag.
    """
    if is_refused_by_provider or finish_reason in REFUSING_FINISH_REASONS:
        return Outcome.REFUSED
    if normalize(completion.replace("\u2019", "'")) in REFUSALS:
        return Outcome.REFUSED
    return Outcome.OK if parsed else Outcome.UNPARSABLE
