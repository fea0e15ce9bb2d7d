"""Whether the history still is what was appended, and tells of all it must tell of."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model, QuerySet

from curation.auditing import move_details, review_details
from curation.domain.chain import START, Flaw, flaw_of
from curation.models import ChainEnd, HistoryEntry, Review, StatusChange

_AT_ONCE = 2000

# What an entry of each must agree with: its rows, and what the entry keeps of one.
_TOLD: tuple[tuple[str, Callable[[], QuerySet[Any]], Callable[[Any], dict[str, Any]]], ...] = (
    ("statuschange", StatusChange.objects.all, move_details),
    ("review", lambda: Review.objects.select_related("revision"), review_details),
)


class BrokenHistoryError(Exception):
    """The history was tampered with, or does not tell of all; the message says where first."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry's number and hash: noted elsewhere, they prove later that it is still the same."""

    number: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.number}:{self.sha256}"


_BEFORE_ALL = Mark(0, START)


def verify_history(noted: Mark = _BEFORE_ALL) -> Mark:
    """Walk the whole chain in bounded memory; answers its end, or BrokenHistoryError.

    `noted` is what an earlier walk answered: who may change the database could write the whole
    chain anew, but not so that it still holds that hash.
    """
    end = _end()  # read first: what is appended meanwhile is for the next walk
    last, at = _BEFORE_ALL, None
    entries = HistoryEntry.objects.in_order().older_than(end.number + 1)
    for batch in itertools.batched(entries.iterator(_AT_ONCE), _AT_ONCE, strict=False):
        last, at = _walk(batch, last, noted), batch[-1].at
        _require_agreement(batch)
    if last.number < max(end.number, noted.number):
        raise _broken(last.number + 1, at, Flaw.MISSING, "after ")
    if last != end:
        raise _broken(last.number, at, Flaw.HASH)
    _require_all_told()
    return last


def _end() -> Mark:
    end = ChainEnd.objects.first()
    if end is None:
        raise BrokenHistoryError("The row that says where the history ends is gone.")
    return Mark(end.number, end.sha256)


def _walk(entries: Iterable[HistoryEntry], last: Mark, noted: Mark) -> Mark:
    """The last of the entries, each of which must follow from the one before."""
    for entry in entries:
        number = last.number + 1
        flaw = flaw_of(entry.link(), entry.sha256, number=number, previous_sha256=last.sha256)
        if flaw is not None:
            raise _broken(number, entry.at, flaw, "before " if flaw is Flaw.MISSING else "")
        last = Mark(number, entry.sha256)
        if number == noted.number and last != noted:
            raise BrokenHistoryError(
                f"Entry {number} ({_time(entry.at)}) has another hash than was noted of it: the "
                "history was written anew up to there."
            )
    return last


def _require_agreement(entries: Sequence[HistoryEntry]) -> None:
    """The moves and reviews that entries tell of are still what they were."""
    for subject_type, rows, details_of in _TOLD:
        told = [entry for entry in entries if entry.subject_type == subject_type]
        stored = rows().in_bulk([int(entry.subject_id) for entry in told])
        for entry in told:
            row = stored.get(int(entry.subject_id))
            if row is None or details_of(row)["record_sha256"] != entry.details["record_sha256"]:
                is_gone = "is gone" if row is None else "was changed since"
                raise BrokenHistoryError(
                    f"Entry {entry.number} ({_time(entry.at)}) tells of {subject_type} "
                    f"{entry.subject_id}, which {is_gone}."
                )


def _require_all_told() -> None:
    for subject_type, rows, _ in _TOLD:
        untold: Model | None = HistoryEntry.objects.lacking(rows()).order_by("pk").first()
        if untold is not None:
            raise BrokenHistoryError(f"No entry tells of {subject_type} {untold.pk}: {untold}.")


def _broken(number: int, at: datetime | None, flaw: Flaw, side: str = "") -> BrokenHistoryError:
    when = f" ({side}{_time(at)})" if at else ""
    return BrokenHistoryError(f"Entry {number}{when} is the first broken link: {flaw}.")


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
