"""Which prompt is sent next, so that a server finds in its prefix cache what it has read before.

A server keeps what it has read of a prompt once it has answered, not before: siblings that are sent
together are all read from their beginning. So while one is under way, those that begin like it wait
for its answer, and others go first.
"""

from collections import Counter
from collections.abc import Hashable, Sequence


class Prefixes[T: Hashable]:
    """What waits, in the order it came, and what is under way."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, Hashable], int] = {}
        self._waiting: dict[T, tuple[int, ...]] = {}
        self._under_way: dict[T, tuple[int, ...]] = {}
        self._being_read: Counter[int] = Counter()
        self._known: set[int] = set()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def has_free(self) -> bool:
        """Whether one waits that need not wait for a sibling."""
        return self._free() is not None

    def push(self, item: T, parts: Sequence[Hashable]) -> None:
        """Let an item wait whose prompt consists of these parts, in their order."""
        number, prefixes = 0, []
        for part in parts:
            number = self._numbers.setdefault((number, part), len(self._numbers) + 1)
            prefixes.append(number)
        self._waiting[item] = tuple(prefixes)

    def pop(self) -> T:
        """The next one, under way from now on; KeyError where none waits.

        The first that need not wait for a sibling, or where all should, the first of all.
        """
        item = self._free()
        if item is None:
            item = next(iter(self._waiting), None)
        if item is None:
            raise KeyError("Nothing waits.")
        prefixes = self._under_way[item] = self._waiting.pop(item)
        self._being_read.update(prefixes)
        return item

    def end(self, item: T, *, is_answered: bool) -> None:
        """Note that an item is no longer under way, and whether the server has read it."""
        prefixes = self._under_way.pop(item)
        self._being_read.subtract(prefixes)
        if is_answered:
            self._known.update(prefixes)

    def _free(self) -> T | None:
        return next((one for one in self._waiting if not self._is_held(one)), None)

    def _is_held(self, item: T) -> bool:
        """Whether one under way shares more of its beginning than any that was answered."""
        return any(
            self._being_read[prefix] > 0 and prefix not in self._known
            for prefix in self._waiting[item]
        )
