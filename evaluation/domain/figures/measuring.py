"""How wide words are, and where a long label is broken into lines.

Measured in DejaVu Sans, which matplotlib carries and the PDF embeds. It is wider than the fonts
that browsers put in its place, so what fits here fits there.
"""

import re
import unicodedata
from functools import cache
from threading import RLock

from evaluation.domain.figures.drawing import TEXT

ONE_AT_A_TIME = RLock()
"""Matplotlib and its fonts are not made for threads; whoever uses them holds this."""

_ELLIPSIS = "…"
_AFTER_BREAK = re.compile(r"(?<=[\s/_:,;=|-])")
_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u200b-\u200f\u2028-\u202e]+")


def clean(text: str) -> str:
    """The text on one line, without characters that XML and fonts have no sign for.

    >>> clean("a\\x00b\\n c")
    'a b c'
    """
    return " ".join(_NOT_SHOWN.sub(" ", text).split())


def width_of(text: str, size: float = TEXT, *, is_bold: bool = False) -> float:
    """The width of one line in points."""
    return sum(_advance(character, is_bold) for character in text) * size / 1000


def wrapped(text: str, width: float, size: float = TEXT, *, most_lines: int = 4) -> list[str]:
    """The text in lines of at most this width; what does not fit into so many ends in "…".

    Broken at spaces and behind the punctuation of models' names, in the middle of a word only
    where a line has no such place.
    """
    lines: list[str] = []
    line = ""
    for part in _AFTER_BREAK.split(clean(text)):
        if line and width_of((line + part).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        *full, line = _cut(line + part, width, size)
        lines += full
    lines.append(line.rstrip())
    if len(lines) > most_lines:
        lines = [*lines[: most_lines - 1], _shortened(lines[most_lines - 1], width, size)]
    return lines


def shortened(text: str, width: float, size: float = TEXT) -> str:
    """One line of at most this width, ending in "…" where something is left out."""
    text = clean(text)
    return text if width_of(text, size) <= width else _shortened(text, width, size)


def _shortened(text: str, width: float, size: float) -> str:
    while text and width_of(text + _ELLIPSIS, size) > width:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS


def _cut(part: str, width: float, size: float) -> list[str]:
    """The part in pieces that fit: one, unless it is a very long word."""
    pieces = [""]
    for character in part:
        if pieces[-1] and width_of((pieces[-1] + character).rstrip(), size) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces


@cache
def _advance(character: str, is_bold: bool) -> float:  # noqa: FBT001 - a key of the cache
    """The width of a character in thousandths of its size; a full square where there is no sign."""
    # Here, because it imports matplotlib, which takes a second that only figures should cost.
    from evaluation.domain.figures.fonts import UNIT, advance  # noqa: PLC0415 - as said above

    with ONE_AT_A_TIME:
        width = advance(character, is_bold=is_bold)
    if width is None:
        return 0.0 if unicodedata.combining(character) else float(UNIT)
    return width
