"""Reading what a chat API answered. Everything in it is hostile input: typed, bounded, cleaned."""

import json
import re
from collections.abc import Callable
from typing import Any

from evaluation.clients.contract import Completion
from evaluation.clients.token_likelihoods import read_next_tokens, read_prompt_tokens

type Clean = Callable[[str], str]
"""Removes the key from a text."""

LONGEST_COMPLETION = 200_000
LONGEST_HEAD = 1000
LONGEST_ID = 100
_READ_OF_HEAD = 8 * LONGEST_HEAD
_LONGEST_COUNT = 2**31 - 1
_SHA256 = re.compile(r"[0-9a-f]{64}")


class GarbledReplyError(ValueError):
    """The reply is not one of a chat API; the message says what is wrong with it."""


def storable(text: str) -> str:
    """The text without NUL and lone surrogates, which PostgreSQL refuses."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def read_reply(body: bytes, clean: Clean) -> Completion:
    """The completion in a reply's body; :class:`GarbledReplyError` where there is none."""
    document = _document(body)
    choice = _first_choice(document)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise GarbledReplyError("The reply has no message.")
    refusal = message.get("refusal")
    text = _text(message.get("content")) or _text(refusal)
    usage = document.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Completion(
        text=_word(text, clean, LONGEST_COMPLETION),
        images_received=_received(document.get("received_images")),
        is_refused=isinstance(refusal, str) and bool(refusal),
        finish_reason=_word(choice.get("finish_reason"), clean, 50),
        served_model=_word(document.get("model"), clean, 200),
        input_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        next_tokens=read_next_tokens(choice),
        prompt_tokens=read_prompt_tokens(document),
        cached_tokens=_cached(usage),
        request_id=_word(document.get("id"), clean, LONGEST_ID),
    )


def head_of(body: bytes, clean: Clean) -> str:
    """How a reply begins, as text that can be stored and holds no key."""
    # Cleaned before it is cut: half a key would not be found.
    return storable(clean(body[:_READ_OF_HEAD].decode("utf-8", "replace")))[:LONGEST_HEAD]


def error_text(body: bytes, clean: Clean) -> str:
    """What a server says of its error, one short line; empty where it says nothing readable."""
    try:
        document = _document(body)
    except GarbledReplyError:
        return ""
    error = document.get("error")
    message = error.get("message") if isinstance(error, dict) else error or document.get("message")
    return " ".join(_word(message, clean, 300).split())


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise GarbledReplyError("The reply is not JSON.") from None
    if not isinstance(document, dict):
        raise GarbledReplyError("The reply is not a JSON object.")
    return document


def _first_choice(document: dict[str, Any]) -> dict[str, Any]:
    match document.get("choices"):
        case [dict() as choice, *_]:
            return choice
        case _:
            raise GarbledReplyError("The reply has no choices.")


def _text(content: Any) -> str:
    match content:
        case str():
            return content
        case list():
            parts = [part.get("text") for part in content if isinstance(part, dict)]
            return "".join(part for part in parts if isinstance(part, str))
        case _:
            return ""


def _word(value: Any, clean: Clean, longest: int) -> str:
    return storable(clean(value))[:longest] if isinstance(value, str) else ""


def _cached(usage: dict[str, Any]) -> int | None:
    """Tokens that the server had in its cache, by OpenAI's name for them or Anthropic's."""
    details = usage.get("prompt_tokens_details")
    told = details.get("cached_tokens") if isinstance(details, dict) else None
    return _count(usage.get("cache_read_input_tokens") if told is None else told)


def _count(value: Any) -> int | None:
    is_count = type(value) is int and 0 <= value <= _LONGEST_COUNT
    return value if is_count else None


def _received(value: Any) -> tuple[str, ...] | None:
    """Hashes of the images that the server says it received, where it says so in our form."""
    if not isinstance(value, list):
        return None
    hashes = [item.get("sha256") if isinstance(item, dict) else None for item in value]
    is_whole = all(isinstance(item, str) and _SHA256.fullmatch(item) for item in hashes)
    return tuple(map(str, hashes)) if is_whole else None
