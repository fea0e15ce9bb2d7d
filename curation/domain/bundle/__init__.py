"""The files of a release, written from frozen content: the same bytes every time.

One pass over the problems; what is held in memory is one row group of images in each set, and for
each file and each revision its name and hashes.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from curation.domain.bundle.canary import canary
from curation.domain.bundle.card import CARD_PATH, dataset_card
from curation.domain.bundle.citation import CITATION_PATH, citation_file
from curation.domain.bundle.croissant import CROISSANT_PATH, croissant_text
from curation.domain.bundle.errors import BundleError, DamagedImageError, ManifestError
from curation.domain.bundle.held_out import PublicItem, public_item
from curation.domain.bundle.images import ImageFolder
from curation.domain.bundle.items import (
    BundleDescription,
    BundleFile,
    BundleItem,
    ImportedRelease,
    ReadImage,
    RetiredProblem,
)
from curation.domain.bundle.jsonl import JSONL_PATH, problem_line
from curation.domain.bundle.licenses import LICENSES_PATH, LicenseTable
from curation.domain.bundle.manifest import (
    MANIFEST_PATH,
    Manifest,
    manifest_lines,
    measured,
    read_manifest,
    verify_manifest,
)
from curation.domain.bundle.sets import ParquetSets
from curation.domain.bundle.statement import AgreementLine, BaselineLine, DataStatement
from curation.domain.bundle.tables import PANELS_PATH, PROBLEMS_PATH, Tables
from curation.domain.bundle.tally import Tally
from curation.domain.bundle.task_files import task_files

__all__ = [
    "AgreementLine",
    "BaselineLine",
    "BundleDescription",
    "BundleError",
    "BundleFile",
    "BundleItem",
    "DamagedImageError",
    "DataStatement",
    "ImportedRelease",
    "Manifest",
    "ManifestError",
    "ReadImage",
    "RetiredProblem",
    "read_manifest",
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
            writers.write(public_item(item))
    files = _Files(folder, writers.images.files)
    files.measure(JSONL_PATH, LICENSES_PATH, PROBLEMS_PATH, PANELS_PATH)
    files.measure(*(path for each in writers.sets.written for path in each.paths))
    _write_about(files, description, writers)
    manifest = manifest_lines(description, files.by_path, writers.tally.revisions)
    with _text_file(folder / MANIFEST_PATH) as file:
        file.writelines(manifest)
    files.measure(MANIFEST_PATH)
    return files.by_path


class _Files:
    """What was written, measured."""

    def __init__(self, folder: Path, images: Iterable[BundleFile]) -> None:
        self.folder = folder
        self._files = {file.path: file for file in images}

    @property
    def by_path(self) -> tuple[BundleFile, ...]:
        return tuple(file for _, file in sorted(self._files.items()))

    def measure(self, *paths: str) -> None:
        self._files.update({path: measured(self.folder, path) for path in paths})

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        with _text_file(self.folder / path) as file:
            file.write(text)
        self.measure(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writers:
    """Everything that a problem is written to as it passes."""

    images: ImageFolder
    sets: ParquetSets
    lines: TextIO
    tables: Tables
    licenses: LicenseTable
    tally: Tally
    canary: str

    def write(self, item: PublicItem) -> None:
        self.tally.count(item)
        self.lines.write(problem_line(item, self.canary))
        self.tables.write(item)
        for image in item.content.images:
            self.licenses.write(image)
        self.sets.write(item)


def _open_writers(
    stack: ExitStack, folder: Path, description: BundleDescription, read_image: ReadImage
) -> _Writers:
    mark = canary(description)
    problems, panels, licenses, lines = (
        stack.enter_context(_text_file(folder / path))
        for path in (PROBLEMS_PATH, PANELS_PATH, LICENSES_PATH, JSONL_PATH)
    )
    images = ImageFolder(folder, read_image)
    return _Writers(
        images=images,
        sets=stack.enter_context(ParquetSets(folder, mark, images, description.seed)),
        lines=lines,
        tables=Tables(problems, panels, mark),
        licenses=LicenseTable(licenses, mark),
        tally=Tally(),
        canary=mark,
    )


def _write_about(files: _Files, description: BundleDescription, writers: _Writers) -> None:
    """Card, citation and tasks, then the description for programs, which lists all of these."""
    sets, tally = writers.sets.written, writers.tally
    sizes = {file.path: file.size for file in files.by_path}
    licenses = writers.licenses.images_by_license
    files.write(CARD_PATH, dataset_card(description, tally, sets, licenses, sizes))
    files.write(CITATION_PATH, citation_file(description))
    for path, text in task_files(description).items():
        files.write(path, text)
    files.write(CROISSANT_PATH, croissant_text(description, tally, sets, files.by_path))


def _text_file(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="\n")
