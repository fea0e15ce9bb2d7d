"""Tables with one row per panel: from CSV, spreadsheets and Parquet alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from curation.domain.importing.building import Pictures, RawPanel, Vocabulary, build_problem
from curation.domain.importing.columns import SAMPLE, Header, folded, header_of
from curation.domain.importing.found import FoundProblem, ImportRefusedError
from curation.domain.importing.limited import GridRow
from curation.domain.importing.limits import IN_WORDS, MAX_PANELS

_VARIANTS_APART = "|"


@dataclass(frozen=True, slots=True)
class Row:
    """One panel's cells by column. ``key``: of the picture that came with it."""

    number: int
    cells: dict[str, str]
    key: str

    @property
    def order(self) -> float:
        """Its place among the panels of its problem; ValueError where that is no number."""
        return float(self.cells.get("order", ""))


@dataclass(slots=True)
class Table:
    """The rows of all tables of an import, and what of them means nothing here."""

    rows: list[Row] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def add(self, grid: Iterable[GridRow], name: str, pictures: Pictures, *, first: int) -> None:
        """Take a table in; its header has the number ``first``. May raise ImportRefusedError."""
        header: Header | None = None
        for number, (cells, picture) in enumerate(grid, start=first):
            if not picture and not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = self._header(cells, name)
                continue
            if len(self.rows) >= MAX_PANELS:
                raise ImportRefusedError(f"These are too many rows. An import takes {IN_WORDS}.")
            key = pictures.put_aside(picture) if picture else ""
            self.rows.append(Row(number, header.cells(cells), key))
        if header is None:
            raise ImportRefusedError(f"“{name}” is empty: its first row must name the columns.")

    def _header(self, cells: Sequence[str], name: str) -> Header:
        header = header_of(cells, name)
        if header.unknown:
            named = ", ".join(header.unknown[:20])
            self.findings.append(f"Columns of “{name}” that mean nothing here: {named}.")
        return header

    def problems(self, pictures: Pictures, vocabulary: Vocabulary) -> Iterator[FoundProblem]:
        """The problems in the order in which they begin."""
        for name, rows in self._groups().items():
            yield build_problem(
                [_raw(row) for row in _in_order(rows)],
                name=name,
                place=_place([row.number for row in rows]),
                pictures=pictures,
                vocabulary=vocabulary,
            )

    def _groups(self) -> dict[str, list[Row]]:
        """Rows by problem; one that names none belongs to the problem above it, as merged cells."""
        groups: dict[str, list[Row]] = {}
        name = ""
        for row in self.rows:
            name = row.cells["problem"] or name
            if folded(name) == folded(SAMPLE):
                self.findings.append(f"Row {row.number} is a sample of the template: left out.")
            elif not name:
                self.findings.append(f"Row {row.number} names no problem: left out.")
            else:
                groups.setdefault(name, []).append(row)
        return groups


def _in_order(rows: list[Row]) -> list[Row]:
    try:
        return sorted(rows, key=lambda row: row.order)
    except ValueError:  # no such column, or gaps in it: as the rows stand
        return rows


def _raw(row: Row) -> RawPanel:
    variants = row.cells.get("accepted_variants", "").split(_VARIANTS_APART)
    return RawPanel(
        place=f"Row {row.number}",
        role=row.cells.get("role", ""),
        words=row.cells,
        accepted_variants=tuple(variant for variant in variants if variant.strip()),
        key=row.key,
    )


def _place(numbers: list[int]) -> str:
    """Where in the table: "row 2", "rows 2 to 5", "rows 2, 7, 9"."""
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    first, last = min(numbers), max(numbers)
    if last - first == len(numbers) - 1:
        return f"rows {first} to {last}"
    return "rows " + ", ".join(map(str, sorted(numbers)[:10])) + (" …" if len(numbers) > 10 else "")
