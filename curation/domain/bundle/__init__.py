"""The files of a release, written from frozen content: the same bytes every time.

One pass over the problems; what is held in memory is one row group of images, and for each file
and each revision its name and hash.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from curation.domain.bundle.canary import canary
from curation.domain.bundle.card import CARD_PATH, dataset_card
from curation.domain.bundle.errors import BundleError, DamagedImageError
from curation.domain.bundle.images import ImageFolder
from curation.domain.bundle.items import (
    BundleDescription,
    BundleFile,
    BundleItem,
    ReadImage,
    RetiredProblem,
    approved_content,
)
from curation.domain.bundle.jsonl import JSONL_PATH, problem_line
from curation.domain.bundle.licenses import LICENSES_PATH, LicenseTable
from curation.domain.bundle.manifest import (
    MANIFEST_PATH,
    manifest_lines,
    measured,
    verify_manifest,
)
from curation.domain.bundle.parquet import PARQUET_PATH, ParquetRows, panel_rows
from curation.domain.bundle.tally import Tally

__all__ = [
    "BundleDescription",
    "BundleError",
    "BundleFile",
    "BundleItem",
    "DamagedImageError",
    "ReadImage",
    "RetiredProblem",
    "verify_manifest",
    "write_bundle",
]


def write_bundle(
    folder: Path,
    description: BundleDescription,
    items: Iterable[BundleItem],
    read_image: ReadImage,
) -> tuple[BundleFile, ...]:
    """Write a release into an empty ``folder``; give its files by path, the manifest among them.

    The order of ``items`` is the release's order. Raises a BundleError that says what to do, and
    then leaves an unfinished folder, recognizable by its lack of a manifest.
    """
    with ExitStack() as stack:
        writers = _open_writers(stack, folder, description, read_image)
        for item in items:
            writers.write(replace(item, content=approved_content(item)))
    licenses = writers.licenses.images_by_license
    card = dataset_card(description, writers.tally, len(writers.images.files), licenses)
    (folder / CARD_PATH).write_bytes(card.encode())
    paths = (PARQUET_PATH, JSONL_PATH, LICENSES_PATH, CARD_PATH)
    files = _by_path(*writers.images.files, *(measured(folder, path) for path in paths))
    with _text_file(folder / MANIFEST_PATH) as manifest:
        manifest.writelines(manifest_lines(description, files, writers.tally.revisions))
    return _by_path(*files, measured(folder, MANIFEST_PATH))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writers:
    """Everything that a problem is written to as it passes."""

    images: ImageFolder
    rows: ParquetRows
    lines: TextIO
    licenses: LicenseTable
    tally: Tally
    canary: str

    def write(self, item: BundleItem) -> None:
        self.tally.count(item)
        self.lines.write(problem_line(item, self.canary))
        for (_, image), row in panel_rows(item.content):
            self.licenses.write(image)
            self.rows.write(row, self.images.store(image))


def _open_writers(
    stack: ExitStack, folder: Path, description: BundleDescription, read_image: ReadImage
) -> _Writers:
    mark = canary(description)
    return _Writers(
        images=ImageFolder(folder, read_image),
        rows=stack.enter_context(ParquetRows(folder / PARQUET_PATH, mark)),
        lines=stack.enter_context(_text_file(folder / JSONL_PATH)),
        licenses=LicenseTable(stack.enter_context(_text_file(folder / LICENSES_PATH))),
        tally=Tally(),
        canary=mark,
    )


def _text_file(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="\n")


def _by_path(*files: BundleFile) -> tuple[BundleFile, ...]:
    return tuple(sorted(files, key=lambda file: file.path))
