"""Which text a browser started from, field by field, and what of its texts may be written.

A text's version is a hash of what it says, so two windows that show the same text hold the same
version, however they came by it. Merging is three-way: what was shown, what is typed, what is
stored now; a text is written only over the one it was typed over.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field


def plain(text: str) -> str:
    """A text in one form: line feeds, NFC as in a revision, no white space around it.

    Scripts send line feeds where browsers without send CRLF, and some keyboards compose accents
    that others do not. Neither is a change.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text).strip()


def version_of(text: str) -> str:
    """The version of a text: 16 hexadecimal digits, the same for texts that differ in form only."""
    return hashlib.sha256(plain(text).encode(errors="surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a field of a page says, and the version of the text that it was shown with."""

    text: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What becomes of the fields of a page, each by its name; the texts are without margins."""

    taken: Mapping[str, str] = field(default_factory=dict)
    """To be written: changed here, and stored as it was shown."""
    newer: Mapping[str, str] = field(default_factory=dict)
    """Stored: changed elsewhere, and untouched here."""
    conflicts: Mapping[str, str] = field(default_factory=dict)
    """Stored: changed elsewhere and otherwise here, so nothing may be written."""


def merge(stored: Mapping[str, str], typed: Mapping[str, Typed]) -> Merged:
    """Sort the typed fields by what may happen to each. KeyError for one that is not stored."""
    fates: dict[str, dict[str, str]] = {"taken": {}, "newer": {}, "conflicts": {}}
    for name, mine in typed.items():
        fate = _fate(version_of(stored[name]), mine)
        if fate:
            fates[fate][name] = plain(mine.text) if fate == "taken" else stored[name]
    return Merged(**fates)


def _fate(stored: str, mine: Typed) -> str:
    """Nothing to do if both say the same."""
    version = version_of(mine.text)
    if version == stored:
        return ""
    if mine.version == stored:
        return "taken"
    return "newer" if mine.version == version else "conflicts"
