"""The table of specialty, image type and difficulty, with what is missing in it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from curation.domain.coverage import Cell
from curation.models import Difficulty, ImageType, Status

READY = frozenset({Status.APPROVED, Status.PUBLISHED})
UNDER_WAY = frozenset({Status.DRAFT, Status.SUBMITTED, Status.CHANGES_REQUESTED})


@dataclass(frozen=True, slots=True)
class Square:
    """How many problems of one kind: those that count, and those that will once they are done."""

    ready: int
    under_way: int
    url: str = ""

    @property
    def is_gap(self) -> bool:
        """Whether nobody has even begun one."""
        return not self.ready and not self.under_way


@dataclass(frozen=True, slots=True)
class Row:
    """One difficulty within a specialty, by image type."""

    label: str
    squares: tuple[Square, ...]
    total: Square


@dataclass(frozen=True, slots=True)
class Group:
    """One specialty."""

    label: str
    rows: tuple[Row, ...]
    total: Square


@dataclass(frozen=True, slots=True)
class Table:
    """All of them. `undescribed` lack one of the three annotations and stand nowhere."""

    image_types: tuple[str, ...]
    groups: tuple[Group, ...]
    totals: tuple[Square, ...]
    total: Square
    undescribed: int

    @property
    def squares(self) -> list[Square]:
        """Every combination."""
        return [square for group in self.groups for row in group.rows for square in row.squares]

    @property
    def ready_squares(self) -> int:
        """How many combinations have a problem that counts."""
        return sum(square.ready > 0 for square in self.squares)

    @property
    def begun_squares(self) -> int:
        """How many have none yet, but one is being made."""
        return sum(not square.ready and not square.is_gap for square in self.squares)

    @property
    def gaps(self) -> int:
        """How many have nothing."""
        return sum(square.is_gap for square in self.squares)


def leading_to(**chosen: str | int) -> str:
    """The address of those problems in the collection."""
    return f"{reverse('curation:collection')}?{urlencode(chosen)}"


def coverage_table(cells: Iterable[Cell], specialties: Mapping[str, str], status: str) -> Table:
    """What counts is approved or published, or of the one status that was chosen."""
    ready, begun = _kinds(status)
    counted = [cell for cell in cells if cell.status in ready | begun]
    placed = [cell for cell in counted if _is_placed(cell, specialties)]
    return _Builder(placed, ready, status).table(
        specialties, sum(cell.count for cell in counted) - sum(cell.count for cell in placed)
    )


def _kinds(status: str) -> tuple[frozenset[str], frozenset[str]]:
    return (frozenset({status}), frozenset()) if status else (READY, UNDER_WAY)


def _is_placed(cell: Cell, specialties: Mapping[str, str]) -> bool:
    return (
        cell.specialty in specialties
        and cell.image_type in ImageType.values
        and cell.difficulty in Difficulty.values
    )


class _Builder:
    """Adds up the cells by every side of the table."""

    def __init__(self, cells: Iterable[Cell], ready: frozenset[str], status: str) -> None:
        self._counts: Counter[tuple[str, str, str, bool]] = Counter()
        self._status = status
        for cell in cells:
            for key in _sides(cell):
                self._counts[*key, cell.status in ready] += cell.count

    def table(self, specialties: Mapping[str, str], undescribed: int) -> Table:
        """The whole table; "" stands for all of a side."""
        return Table(
            image_types=tuple(ImageType.labels),
            groups=tuple(self._group(slug, name) for slug, name in specialties.items()),
            totals=tuple(self._square("", kind, "") for kind in ImageType.values),
            total=self._square("", "", ""),
            undescribed=undescribed,
        )

    def _group(self, specialty: str, name: str) -> Group:
        rows = (self._row(specialty, difficulty) for difficulty in Difficulty)
        return Group(name, tuple(rows), self._square(specialty, "", ""))

    def _row(self, specialty: str, difficulty: Difficulty) -> Row:
        squares = (self._square(specialty, kind, difficulty.value) for kind in ImageType.values)
        total = self._square(specialty, "", difficulty.value)
        return Row(difficulty.label, tuple(squares), total)

    def _square(self, specialty: str, image_type: str, difficulty: str) -> Square:
        ready, under_way = (
            self._counts[specialty, image_type, difficulty, is_ready] for is_ready in (True, False)
        )
        if not ready and not under_way:
            return Square(0, 0)
        chosen = {"specialty": specialty, "image_type": image_type, "difficulty": difficulty}
        wanted = {name: value for name, value in chosen.items() if value}
        status = {"status": self._status} if self._status else {}
        return Square(ready, under_way, leading_to(**wanted, **status))


def _sides(cell: Cell) -> Iterator[tuple[str, str, str]]:
    """Where it counts: in its own square and in every total."""
    for specialty in ("", cell.specialty):
        for image_type in ("", cell.image_type):
            for difficulty in ("", cell.difficulty):
                yield specialty, image_type, difficulty
