"""What a worker has claimed and not asked yet: between who claims and who asks."""

import asyncio
from collections.abc import Hashable, Sequence

from evaluation.domain.prefixes import Prefixes
from evaluation.leasing import Leased

_AHEAD = 3  # times as many as are asked at once, so that siblings find others to let pass
_MOST_AHEAD = 192


class Ready:
    """Rows in the order of asking, but for those that wait for a sibling's answer.

    None waits where nothing else could be asked in its place: the endpoint's allowance stays full.
    """

    def __init__(self, at_once: int) -> None:
        self._capacity = at_once + min(_AHEAD * at_once, _MOST_AHEAD)
        self._rows: dict[int, Leased] = {}
        self._prefixes = Prefixes[int]()
        self._is_dry = self._is_closed = False
        self._changed = asyncio.Event()

    async def put(self, rows: Sequence[Leased], *, is_all: bool) -> None:
        """Add rows as soon as there is room; `is_all` where no more are to be had for now."""
        self._is_dry = False
        for leased in rows:
            while len(self._prefixes) >= self._capacity:
                await self._change()
            self._rows[leased.prediction_id] = leased
            self._prefixes.push(leased.prediction_id, _parts(leased))
            self._changed.set()
        self._is_dry = is_all
        self._changed.set()

    def close(self) -> None:
        """Say that nothing more will come."""
        self._is_closed = True
        self._changed.set()

    async def has_some(self) -> bool:
        """Wait for a row that may be asked now; False where none is left and none will come."""
        while not self._is_any():
            if self._is_closed:
                return False
            await self._change()
        return True

    def pop(self) -> Leased:
        """The next row, under way until `end`; only where `has_some`."""
        leased = self._rows.pop(self._prefixes.pop())
        self._changed.set()
        return leased

    def end(self, prediction_id: int, *, is_answered: bool) -> None:
        """Let those go that waited for this row."""
        self._prefixes.end(prediction_id, is_answered=is_answered)
        self._changed.set()

    def _is_any(self) -> bool:
        if not self._prefixes:
            return False
        is_all = self._is_dry or self._is_closed or len(self._prefixes) >= self._capacity
        return is_all or self._prefixes.has_free

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


def _parts(leased: Leased) -> list[Hashable]:
    """What a prompt consists of: its examples, and the query."""
    shown = leased.variant.shown if leased.variant else ()
    examples = [(example.home.problem_id, example.place) for example in shown]
    return [*examples, leased.content.problem_id]
