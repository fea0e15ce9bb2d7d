"""Reads problems that exist already: releases (ours and SMMILE's), tables with images."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO

from curation.domain.importing.bag import Bag, Source, packed
from curation.domain.importing.building import Keep, Pictures, Vocabulary
from curation.domain.importing.columns import folded, template
from curation.domain.importing.delimited import delimited_rows
from curation.domain.importing.found import (
    FoundImage,
    FoundPanel,
    FoundProblem,
    ImportRefusedError,
    PanelWords,
    RowFinding,
    digest_of,
    left_open,
    refusal,
)
from curation.domain.importing.jsonl import jsonl_problems
from curation.domain.importing.limited import table_rows
from curation.domain.importing.limits import IN_WORDS, MAX_PROBLEMS, MAX_TABLE_BYTES
from curation.domain.importing.table import Table

__all__ = [
    "IN_WORDS",
    "FoundImage",
    "FoundPanel",
    "FoundProblem",
    "ImportRefusedError",
    "Keep",
    "PanelWords",
    "Reading",
    "RowFinding",
    "Vocabulary",
    "digest_of",
    "folded",
    "left_open",
    "packed",
    "read_problems",
    "refusal",
    "template",
]

_KINDS = (
    ("jsonl", (".jsonl",)),
    ("parquet", (".parquet",)),
    ("sheet", (".xlsx", ".ods")),
    ("delimited", (".csv", ".tsv")),
)
_NOT_PROBLEMS = {"licenses.csv"}  # of a release
_TAKEN = (
    "An import takes a table (CSV, XLSX or ODS) with a ZIP of its images, Parquet as SMMILE has "
    "it, or the folder of a release with problems.jsonl and images as a ZIP."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was found: the problems in the order of the file, and what concerns all of them."""

    problems: tuple[FoundProblem, ...]
    findings: tuple[str, ...]


def read_problems(bag: Bag, keep: Keep, vocabulary: Vocabulary) -> Reading:
    """Find the problems among the files; their pictures are put aside by ``keep``.

    Nothing is fetched, and nothing of the files is run. Raises ImportRefusedError where nothing can
    be taken; what is wrong with one problem is said in its findings.
    """
    kind, sources = _chosen(bag)
    pictures = Pictures(bag, keep)
    findings: list[str] = []
    if kind == "jsonl":
        found = _from_lines(sources, pictures, vocabulary)
    else:
        table = _table(kind, sources, pictures)
        found = table.problems(pictures, vocabulary)
        findings = table.findings
    problems = tuple(islice(found, MAX_PROBLEMS + 1))
    if len(problems) > MAX_PROBLEMS:
        raise ImportRefusedError(f"These are too many problems. An import takes {IN_WORDS}.")
    if not problems:
        raise ImportRefusedError(f"There is no problem in these files. {_TAKEN}")
    return Reading(problems=problems, findings=(*findings, *bag.passed_over))


def _chosen(bag: Bag) -> tuple[str, list[Source]]:
    """The files that hold the problems: what says most of them goes before what says less."""
    for kind, endings in _KINDS:
        sources = [source for source in bag.sources if source.ending in endings]
        sources = [source for source in sources if source.base.lower() not in _NOT_PROBLEMS]
        if sources:
            return kind, _shards(sources) if kind == "parquet" else [_only(sources)]
    names = ", ".join(f"“{source.base[:60]}”" for source in bag.sources[:3]) or "nothing"
    raise ImportRefusedError(f"No problems can be read from {names}. {_TAKEN}")


def _only(sources: list[Source]) -> Source:
    if len(sources) > 1:
        names = " and ".join(f"“{source.name[:100]}”" for source in sources[:2])
        raise ImportRefusedError(
            f"There is more than one table: {names}. Bring one, and the others after it."
        )
    return sources[0]


def _shards(sources: list[Source]) -> list[Source]:
    """The files of one folder, in order of name; "data" where there are several, as in releases."""
    folders = {source.folder for source in sources}
    if len(folders) > 1:
        folders = {folder for folder in folders if folder.rpartition("/")[2] == "data"}
    if len(folders) != 1:
        raise ImportRefusedError("There are Parquet files in several folders. Bring one of these.")
    chosen = [source for source in sources if source.folder in folders]
    return sorted(chosen, key=lambda source: source.name)


def _from_lines(
    sources: list[Source], pictures: Pictures, vocabulary: Vocabulary
) -> Iterator[FoundProblem]:
    for source in sources:
        with source.open() as file:
            yield from jsonl_problems(file, source.base, pictures, vocabulary)


def _table(kind: str, sources: list[Source], pictures: Pictures) -> Table:
    table = Table()
    for source in sources:
        if kind == "delimited":
            rows = delimited_rows(source.read(MAX_TABLE_BYTES), source.base)
            table.add(((row, b"") for row in rows), source.base, pictures, first=1)
            continue
        with _real_file(source) as file:
            first = len(table.rows) if kind == "parquet" else 1
            table.add(table_rows(file, kind, source.base), source.base, pictures, first=first)
    return table


@contextmanager
def _real_file(source: Source) -> Iterator[IO[bytes]]:
    """The source as a file of the system, which another process can be given."""
    with source.open() as file, tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(file, copy, 1024**2)
        copy.seek(0)
        yield copy
