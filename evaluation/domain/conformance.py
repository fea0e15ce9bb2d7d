"""What an endpoint is asked when it is checked, and what its replies show.

That an image is accepted shows nothing: servers have dropped all but the last without a word. So
three images of drawn colors are shown in turns, as examples are, and the server or the model has to
prove that each arrived, in order.
"""

import base64
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from PIL import Image as Pillow

from evaluation.domain.randomness import drawn

COLORS: Mapping[str, tuple[int, int, int]] = {
    "red": (220, 20, 30),
    "green": (20, 150, 60),
    "blue": (30, 60, 210),
    "yellow": (250, 220, 30),
    "black": (0, 0, 0),
    "white": (255, 255, 255),
}
IMAGES = 3
_SIDE = 224
_LONGEST_QUOTE = 80
_CONTEXT_FIELDS = ("max_model_len", "context_length", "context_window", "max_context_length")


class Shown(StrEnum):
    """What a check showed of one capability."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing an endpoint can do, cannot do or did not show, and the evidence in a sentence."""

    name: str
    shown: Shown
    evidence: str

    def to_json(self) -> dict[str, str]:
        """Plain values."""
        return {**asdict(self), "shown": self.shown.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReply:
    """What came back for the three images; ``tokens_without`` is the count for the words alone."""

    text: str
    received: tuple[str, ...] | None
    tokens: int | None
    tokens_without: int | None


def drawn_colors(seed: int) -> tuple[str, ...]:
    """Three different colors in an order that a model cannot guess: 120 are possible."""
    return tuple(sorted(COLORS, key=lambda color: drawn(seed, "check", color))[:IMAGES])


def color_png(color: str) -> bytes:
    """A square of one color, the same bytes every time."""
    buffer = io.BytesIO()
    Pillow.new("RGB", (_SIDE, _SIDE), COLORS[color]).save(buffer, "PNG")
    return buffer.getvalue()


def color_messages(colors: Sequence[str], *, with_images: bool = True) -> list[dict[str, Any]]:
    """A chat that shows an image a turn, as examples are, and asks for all colors in the last."""
    messages: list[dict[str, Any]] = []
    for number, color in enumerate(colors, start=1):
        is_last = number == len(colors)
        words = f"This is image {number}."
        if is_last:
            words += (
                f" What are the main colors of images 1 to {number}, in this order? Answer with "
                f"{number} words of {', '.join(COLORS)}, separated by commas."
            )
        parts: list[dict[str, Any]] = [{"type": "text", "text": words}]
        if with_images:
            parts.insert(0, {"type": "image_url", "image_url": {"url": _data_url(color)}})
        messages.append({"role": "user", "content": parts})
        if not is_last:
            messages.append({"role": "assistant", "content": "Seen."})
    return messages


def images_capability(colors: Sequence[str], reply: ImageReply) -> Capability:
    """Whether each image is shown to have arrived."""
    shown, evidence = _images_shown(colors, reply)
    return Capability(name="images", shown=shown, evidence=evidence)


def _images_shown(colors: Sequence[str], reply: ImageReply) -> tuple[Shown, str]:
    sent = tuple(hashlib.sha256(color_png(color)).hexdigest() for color in colors)
    if reply.received == sent:
        return Shown.YES, "The server names the three images that were sent, byte for byte."
    if reply.received is not None:
        return Shown.NO, f"The server says that {len(reply.received)} other images arrived."
    words = re.findall(r"[a-z]+", reply.text.lower())
    named = [word for word in words if word in COLORS]
    if tuple(named) == tuple(colors):
        return Shown.YES, f"It named the colors of all three images in order: {', '.join(colors)}."
    said = f"Asked for {', '.join(colors)} it said “{_quote(reply.text)}”"
    if reply.tokens is not None and reply.tokens_without is not None:
        more = reply.tokens - reply.tokens_without
        if more <= 0:
            return Shown.NO, f"{said}, and counts no more tokens with the images than without."
        return Shown.UNKNOWN, f"{said}; the images cost {more:,} tokens, so something arrived."
    return Shown.UNKNOWN, f"{said}, so it is not shown that each image arrived."


def model_capability(document: Any, model: str) -> Capability:
    """Whether the list of models names this one."""
    names = [str(entry.get("id")) for entry in _entries(document)]
    if model in names:
        return Capability(name="model", shown=Shown.YES, evidence=f"The server lists {model}.")
    if not names:
        return Capability(name="model", shown=Shown.UNKNOWN, evidence="It lists no models.")
    some = ", ".join(name[:_LONGEST_QUOTE] for name in names[:5])
    evidence = f"The server lists {len(names)} models, such as {some}, and not {model}."
    return Capability(name="model", shown=Shown.NO, evidence=evidence)


def context_capability(document: Any, model: str) -> Capability:
    """How many tokens fit, where the list of models says it."""
    for entry in _entries(document):
        meta = entry.get("meta")
        places = [entry, meta if isinstance(meta, dict) else {}]
        if entry.get("id") != model:
            continue
        for place in places:
            for field in (*_CONTEXT_FIELDS, "n_ctx", "n_ctx_train"):
                length = place.get(field)
                if type(length) is int and length > 0:
                    evidence = f"{length:,} tokens, by {field} in the list of models."
                    return Capability(name="context", shown=Shown.YES, evidence=evidence)
    return Capability(name="context", shown=Shown.UNKNOWN, evidence="The server does not tell.")


def logprobs_capability(document: Any) -> Capability:
    """Whether a reply that was asked for log-probabilities holds them."""
    match document:
        case {"choices": [{"logprobs": {"content": [{"top_logprobs": [_, *_] as top}, *_]}}, *_]}:
            evidence = f"The reply holds the log-probabilities of {len(top)} tokens."
            return Capability(name="logprobs", shown=Shown.YES, evidence=evidence)
    evidence = "The reply holds no log-probabilities although it was asked for them."
    return Capability(name="logprobs", shown=Shown.NO, evidence=evidence)


def _entries(document: Any) -> list[dict[str, Any]]:
    match document:
        case {"data": list() as entries}:
            return [entry for entry in entries if isinstance(entry, dict)]
    return []


def _quote(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST_QUOTE else f"{words[:_LONGEST_QUOTE]}…"


def _data_url(color: str) -> str:
    return f"data:image/png;base64,{base64.b64encode(color_png(color)).decode()}"
