"""Log-probabilities of tokens in a chat API's reply. Hostile input: whatever is odd is dropped."""

import math
from typing import Any

from evaluation.domain.ranking import TokenLikelihood

_MOST_NEXT = 128
_MOST_PROMPT = 200_000


def read_next_tokens(choice: dict[str, Any]) -> tuple[TokenLikelihood, ...]:
    """The most likely first tokens of an answer; empty where the server does not tell them."""
    match choice.get("logprobs"):
        case {"content": [{"top_logprobs": list() as top}, *_]}:
            read = (_token(each, "token") for each in top[:_MOST_NEXT])
            return tuple(token for token in read if token is not None)
        case _:
            return ()


def read_prompt_tokens(document: dict[str, Any]) -> tuple[TokenLikelihood, ...]:
    """The tokens of the prompt but for the first, which nothing precedes; empty where not told.

    As vLLM gives them: for each token its own entry, by its number. All or none: a likelihood with
    a gap would be another's.
    """
    told = document.get("prompt_logprobs")
    if not isinstance(told, list) or len(told) > _MOST_PROMPT:
        return ()
    read = [_first_of(entry) for entry in told[1:]]
    tokens = tuple(token for token in read if token is not None)
    return tokens if len(tokens) == len(read) else ()


def _first_of(entry: Any) -> TokenLikelihood | None:
    # With prompt_logprobs 0 the token itself is the only entry.
    values = list(entry.values()) if isinstance(entry, dict) else []
    return _token(values[0], "decoded_token") if len(values) == 1 else None


def _token(entry: Any, name: str) -> TokenLikelihood | None:
    match entry:
        case {"logprob": (int() | float()) as value} if math.isfinite(value) and value <= 1e-6:
            text = entry.get(name)
            return TokenLikelihood(text, float(value)) if isinstance(text, str) else None
        case _:
            return None
