"""Tables of measured numbers as files: CSV and Parquet for programs, LaTeX and Markdown for papers.

Programs get numbers as they are, papers get them as figures write them. What is undefined is an
empty cell there and a dash here, never 0.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa
from pyarrow import parquet as pq

from curation.domain.bundle import card_tables
from curation.domain.bundle.licenses import safe_cell
from evaluation.domain.latex import escaped

type Cell = str | int | float | None

SMALL_N = 10
SMALL_NOTE = f"* n below {SMALL_N}."
UNDEFINED = "–"  # noqa: RUF001 - an en dash, as tables have it


class Kind(StrEnum):
    """What a column holds, and so how it is stored and written."""

    TEXT = "text"
    SHARE = "share"
    KAPPA = "kappa"
    COUNT = "count"
    NUMBER = "number"

    @property
    def is_number(self) -> bool:
        """Whether its cells stand at the right."""
        return self is not Kind.TEXT

    @property
    def stored_as(self) -> pa.DataType:
        """Its type in Parquet."""
        types = {Kind.TEXT: pa.string(), Kind.COUNT: pa.int64()}
        return types.get(self, pa.float64())


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its name for programs, its heading for people, its kind and unit.

    A share is in [0, 1] for programs and in percent for people. ``is_n`` marks the column of the
    number that the others stand on: small ones get a star.
    """

    name: str
    heading: str
    kind: Kind
    unit: str = ""
    is_n: bool = False

    @property
    def full_heading(self) -> str:
        """The heading with the unit in which people read it."""
        unit = self.unit or ("%" if self.kind is Kind.SHARE else "")
        return f"{self.heading}, {unit}" if unit else self.heading


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells under columns. ValueError for a row of another length."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"Each row needs {len(self.columns)} cells, one a column.")

    @property
    def headings(self) -> list[str]:
        """The headings for people, with units."""
        return [column.full_heading for column in self.columns]

    @property
    def written_rows(self) -> list[list[str]]:
        """The cells as people read them."""
        return [
            [_written(cell, column) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]

    @property
    def aligned_rows(self) -> list[list[tuple[str, bool]]]:
        """The cells as people read them, each with whether it is a number."""
        kinds = [column.kind.is_number for column in self.columns]
        return [list(zip(row, kinds, strict=True)) for row in self.written_rows]

    @property
    def all_notes(self) -> list[str]:
        """The notes, and what the star means where there is one."""
        return [*self.notes, *([SMALL_NOTE] if any(self._small_ns()) else [])]

    def _small_ns(self) -> Iterator[bool]:
        for row in self.rows:
            for cell, column in zip(row, self.columns, strict=True):
                yield _is_small(cell, column)


def to_csv(table: Table) -> bytes:
    """UTF-8 with names as the header; a cell that a spreadsheet would run gets an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        # Only text: a negative number is none that a spreadsheet would run.
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return file.getvalue().encode()


def to_parquet(table: Table) -> bytes:
    """One row group; caption, headings and notes are in the metadata of schema and fields."""
    fields = [
        pa.field(column.name, column.kind.stored_as, metadata={"heading": column.full_heading})
        for column in table.columns
    ]
    about = {"caption": table.caption, "notes": "\n".join(table.notes)}
    arrays = [
        pa.array([row[place] for row in table.rows], field.type)
        for place, field in enumerate(fields)
    ]
    file = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields, about)), file)
    return file.getvalue()


def to_markdown(table: Table) -> bytes:
    """The caption, the table, the notes."""
    places = sorted(
        range(len(table.columns)), key=lambda place: table.columns[place].kind.is_number
    )
    numbers = sum(column.kind.is_number for column in table.columns)
    # The house's tables have their numbers at the end.
    headings = [_in_markdown(table.headings[place]) for place in places]
    rows = [[_starred(row[place]) for place in places] for row in table.written_rows]
    body = card_tables.table(headings, rows, numbers=numbers)
    parts = [f"**{_in_markdown(table.caption)}**", body, *map(_in_markdown, table.all_notes)]
    return ("\n\n".join(parts) + "\n").encode()


def _in_markdown(text: str) -> str:
    """Words that end no cell, begin no tag and are not set off."""
    return card_tables.cell(_starred(text))


def _starred(text: str) -> str:
    return re.sub(r"([\\`*_\[\]])", r"\\\1", text)


def to_latex(table: Table) -> bytes:
    """A `table` with the rules of booktabs, to be put into a paper with ``\\input``."""
    columns = "".join("r" if column.kind.is_number else "l" for column in table.columns)
    lines = [
        "% \\usepackage{booktabs}",
        "\\begin{table}",
        "\\centering",
        f"\\caption{{{escaped(table.caption)}}}",
        f"\\label{{tab:{table.name}}}",
        f"\\begin{{tabular}}{{{columns}}}",
        "\\toprule",
        _latex_row(table.headings),
        "\\midrule",
        *map(_latex_row, table.written_rows),
        "\\bottomrule",
        "\\end{tabular}",
        *(f"\\par\\smallskip\\footnotesize {escaped(note)}" for note in table.all_notes),
        "\\end{table}",
    ]
    return ("\n".join(lines) + "\n").encode()


def _latex_row(cells: list[str]) -> str:
    return " & ".join(map(escaped, cells)) + " \\\\"


def _is_small(cell: Cell, column: Column) -> bool:
    return column.is_n and isinstance(cell, int) and cell < SMALL_N


def _written(cell: Cell, column: Column) -> str:
    if cell is None:
        return UNDEFINED
    if isinstance(cell, str):
        return cell
    match column.kind:
        case Kind.SHARE:
            written = f"{100 * cell:.1f}"
        case Kind.KAPPA:
            written = f"{cell:.2f}"
        case Kind.COUNT:
            written = f"{cell:,}"
        case _:
            written = f"{cell:.6g}"
    return f"{written} *" if _is_small(cell, column) else written
