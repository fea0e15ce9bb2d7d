"""How likely a model finds each option: read from token log-probabilities, and which one wins.

By letters, one request lists the options and tells how likely each letter is as the next token. By
texts, each option is put into the model's mouth as its answer, one request an option, and the
likelihoods of its tokens are added up. Longer texts are less likely as a whole, so the mean of a
token is kept beside the sum, and each is a score of its own.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TokenLikelihood:
    """A token as text and its natural log-probability."""

    text: str
    log_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionLikelihood:
    """``total`` is the sum over the option's ``tokens``; None where the server did not tell it."""

    letter: str
    total: float | None
    tokens: int

    @property
    def mean(self) -> float | None:
        """Of a token; None where the sum is not known."""
        return None if self.total is None else self.total / self.tokens

    def to_json(self) -> dict[str, Any]:
        """Plain values under the fields' names."""
        return asdict(self)


type Measure = Callable[[OptionLikelihood], float | None]
"""What options are ranked by."""


def by_sum(option: OptionLikelihood) -> float | None:
    """The log-likelihood of the whole option."""
    return option.total


def by_mean(option: OptionLikelihood) -> float | None:
    """The log-likelihood of a token, which does not favor short options."""
    return option.mean


def most_likely(options: Sequence[OptionLikelihood], measure: Measure) -> str | None:
    """The letter that wins; None for a tie and where nothing is known.

    An option that is not known loses: by letters it is less likely than those that the server told.
    """
    known = {option.letter: value for option in options if (value := measure(option)) is not None}
    best = [letter for letter, value in known.items() if value == max(known.values())]
    return best[0] if len(best) == 1 else None


def letter_likelihoods(
    top: Sequence[TokenLikelihood], letters: Sequence[str]
) -> tuple[OptionLikelihood, ...]:
    """How likely each letter is, given the most likely next tokens.

    "B" and " B" are one letter: their probabilities are added up. A letter beyond the server's top
    is not known.
    """
    return tuple(
        OptionLikelihood(letter=letter, total=_summed(top, letter), tokens=1) for letter in letters
    )


def _summed(top: Sequence[TokenLikelihood], letter: str) -> float | None:
    total = math.fsum(
        math.exp(token.log_probability) for token in top if token.text.strip() == letter
    )
    return math.log(total) if total > 0 else None


def text_likelihood(
    prompt: Sequence[TokenLikelihood], letter: str, text: str
) -> OptionLikelihood | None:
    """How likely an option is, given all tokens of a prompt that ends with it.

    Its tokens are the last ones that spell it, a leading space among them. None where no tokens do:
    one of them then belongs to the text before as well.
    """
    spelled, total = "", 0.0
    for count, token in enumerate(reversed(prompt), 1):
        spelled = token.text + spelled
        total += token.log_probability
        if spelled.strip() == text.strip():
            return OptionLikelihood(letter=letter, total=total, tokens=count)
        if len(spelled.strip()) > len(text.strip()):
            break
    return None
