"""A chain of entries: each holds the hash of the one before, so that none can change unseen.

The hash of an entry is the SHA-256 of its canonical JSON (sorted keys, no insignificant white
space, UTF-8; the idea of RFC 8785 for the types used here), previous hash included: whoever
changes one entry would have to write all later ones anew, and the hash that somebody noted of a
later one would tell. The construction is that of Haber and Stornetta, "How to time-stamp a digital
document" (1991).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

START = "0" * 64
"""What the first entry holds in place of a hash before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What one entry says. ``at`` has a time zone; ``details`` is JSON without floats."""

    number: int
    at: datetime
    person: int | None
    kind: str
    what: str
    subject_type: str
    subject_id: str
    problem: UUID | None
    details: Mapping[str, Any]
    previous_sha256: str

    def sha256(self) -> str:
        """The hash that the next entry holds: 64 lower-case hexadecimal digits."""
        problem = None if self.problem is None else str(self.problem)
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return digest({**said, "at": at, "problem": problem})


def digest(document: Mapping[str, Any]) -> str:
    """The SHA-256 of a document's canonical JSON; TypeError for a float anywhere in it.

    A database writes a number such as 1e22 as it likes, and the hash would not survive that.
    """
    _require_exact(document)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _require_exact(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("A history holds whole numbers and texts: round it, or write it as text.")
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return
    for each in value:
        _require_exact(each)


class Flaw(StrEnum):
    """What is wrong with a link."""

    MISSING = "it is missing"
    PREVIOUS = "it does not hold the hash of the entry before"
    HASH = "its hash is not that of what it says"


def flaw_of(link: Link, sha256: str, *, number: int, previous_sha256: str) -> Flaw | None:
    """What is wrong with the link that was kept with this hash, if anything.

    ``number`` and ``previous_sha256`` are those that follow from the link before.
    """
    if link.number != number:
        return Flaw.MISSING
    if link.previous_sha256 != previous_sha256:
        return Flaw.PREVIOUS
    return None if link.sha256() == sha256 else Flaw.HASH
