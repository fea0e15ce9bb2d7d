"""The three sets of a release that ``load_dataset`` opens by name: one row per panel in each."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from curation.domain.bundle.held_out import PublicItem
from curation.domain.bundle.images import ImageFolder
from curation.domain.bundle.parquet import ParquetRows
from curation.domain.bundle.rows import (
    COLUMNS,
    PERMUTED_COLUMNS,
    REFERENCE_COLUMNS,
    panel_rows,
    permuted_problems,
)
from curation.domain.permutations import is_permuted

PLAIN = "plain"
PERMUTED = "permuted"
BY_REFERENCE = "permuted_by_reference"

Row = dict[str, Any]

FOLDERS = {PLAIN: "data", PERMUTED: "permuted", BY_REFERENCE: "permuted_by_reference"}
"""Name of the set, as ``load_dataset`` takes it, -> its folder; the default first."""

SET_COLUMNS: Mapping[str, Mapping[str, pa.DataType]] = {
    PLAIN: COLUMNS,
    PERMUTED: PERMUTED_COLUMNS,
    BY_REFERENCE: REFERENCE_COLUMNS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSet:
    """What became of one set: rows, problems (each order is one), bytes in memory, shards."""

    name: str
    rows: int
    problems: int
    num_bytes: int
    paths: tuple[str, ...]


class ParquetSets:
    """Writes each problem into all three sets. A context manager."""

    def __init__(self, folder: Path, canary: str, images: ImageFolder, seed: int) -> None:
        self._images = images
        self._seed = seed
        self._problems = Counter[str]()
        self._writers = {
            name: ParquetRows(folder, FOLDERS[name], columns, canary)
            for name, columns in SET_COLUMNS.items()
        }
        self._stack = ExitStack()

    @property
    def written(self) -> tuple[WrittenSet, ...]:
        """What each set has; complete only after leaving."""
        return tuple(
            WrittenSet(
                name=name,
                rows=writer.rows,
                problems=self._problems[name],
                num_bytes=writer.num_bytes,
                paths=writer.paths,
            )
            for name, writer in self._writers.items()
        )

    def write(self, item: PublicItem) -> None:
        """Append a problem. DamagedImageError where one of its images is not what it was."""
        pictured = panel_rows(item.content)
        rows = [row for _, row in pictured]
        contents = [self._images.store(image) for (_, image), _ in pictured]
        first = self._writers[PLAIN].rows
        self._append(PLAIN, rows, contents)
        for permuted in self._permuted(item, rows):
            shown = [contents[row["original_order"]] for row in permuted]
            self._append(PERMUTED, permuted, shown)
            referring = [row | {"row": first + row["original_order"]} for row in permuted]
            self._append(BY_REFERENCE, referring, [b""] * len(referring))
        for writer in self._writers.values():
            writer.end_problem()

    def _permuted(self, item: PublicItem, rows: list[Row]) -> Iterator[list[Row]]:
        if is_permuted(item.content):
            yield from permuted_problems(item.content.problem_id, rows, self._seed)

    def _append(self, name: str, rows: list[Row], contents: list[bytes]) -> None:
        self._problems[name] += 1
        for row, content in zip(rows, contents, strict=True):
            self._writers[name].write(row, content)

    def __enter__(self) -> Self:
        for writer in self._writers.values():
            self._stack.enter_context(writer)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)
