"""Replies that say plainly that no answer is known: not right, but no attempt either."""

from curation.domain.answers import normalize

# What such a reply is, or is up to its first colon or full stop; apostrophes are gone there.
_PHRASES = frozenset(
    {
        "i do not know",
        "i dont know",
        "do not know",
        "dont know",
        "not known",
        "unknown",
        "i am not sure",
        "im not sure",
        "i cannot tell",
        "i cant tell",
        "i cannot answer",
        "i cant answer",
        "i cannot determine",
        "cannot be determined",
        "unable to determine",
        "no answer",
    }
)


def is_unknowing(answer: str) -> bool:
    """Whether a reply says plainly that it knows no answer.

    >>> is_unknowing("I don't know: no examples were given.")
    True
    >>> is_unknowing("Unknown primary tumor")
    False
    """
    start = answer.replace(":", ".").partition(".")[0]
    return normalize(start.replace("\u2019", "")) in _PHRASES
