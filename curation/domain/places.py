"""How many people a revision has room for, and who may have the room: counted, not stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

_NUMBERS = {1: "The place is", 2: "Both places are"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The reviewers' places of one revision at one moment; people are named by their keys.

    As many verdicts are wanted as approvals are missing. A rejection asks for one verdict more, so
    that whoever settles the disagreement has heard another opinion, but never for more than one.
    Whom an editor assigned has a place of their own beyond those. Whoever judged an earlier
    revision comes before others for a time, unless they declined.
    """

    required: int
    approvals: int
    judged: frozenset[int] = frozenset()
    # Until when, by holder: only places that are still kept.
    held: Mapping[int, datetime]
    assigned: frozenset[int] = frozenset()
    returning: frozenset[int] = frozenset()
    returning_until: datetime

    @property
    def wanted(self) -> int:
        """How many verdicts are still wanted of those whom nobody assigned."""
        missing = self.required - self.approvals
        return max(0, min(missing, self.required + 1 - len(self.judged)))

    def has_room_for(self, person: int) -> bool:
        """Whether this person holds a place or there is one left, kept for others or not."""
        if person in self.held or person in self.assigned:
            return True
        return len(self._holders()) < self.wanted

    def is_free_for(self, person: int) -> bool:
        """Whether there is a place that is not kept for those who come before this person."""
        if person in self.held or person in self.assigned:
            return True
        return len(self._holders()) + len(self._kept_from(person)) < self.wanted

    def _holders(self) -> dict[int, datetime]:
        return {one: at for one, at in self.held.items() if one not in self.assigned}

    def _kept_from(self, person: int) -> frozenset[int]:
        """Those who come before this person and took no place yet."""
        if person in self.returning:
            return frozenset()
        return self.returning - self.assigned - self.held.keys()

    def why_not(self, person: int, now: datetime) -> str:
        """Why this person cannot take a place in their turn; empty if they can."""
        if self.is_free_for(person):
            return ""
        if not self.wanted:
            return "It has the verdicts it needs; an editor decides now."
        places = _NUMBERS.get(self.wanted, f"All {self.wanted} places are")
        holders = self._holders()
        if len(holders) < self.wanted:
            until = moment_in_words(self.returning_until, now)
            return f"Kept until {until} for those who reviewed it before."
        until = moment_in_words(min(holders.values()), now)
        return f"{places} taken by others until {until}."


def moment_in_words(at: datetime, now: datetime) -> str:
    """The time of day, with the day if it is not today. Both times are UTC.

    >>> from datetime import UTC
    >>> moment_in_words(datetime(2030, 1, 2, 14, 30, tzinfo=UTC), datetime(2030, 1, 2, tzinfo=UTC))
    '14:30 UTC'
    """
    time = f"{at:%H:%M} UTC"
    return time if at.date() == now.date() else f"{at.day} {at:%b}, {time}"
