"""``manifest.json``: the SHA-256 and size of every other file, and what names every revision.

It has the whole description, too, so that the same files can be written elsewhere.
It is written last and does not list itself: a folder without it is an unfinished bundle.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from curation.domain.bundle.canary import canary
from curation.domain.bundle.errors import ManifestError
from curation.domain.bundle.held_out import Marks
from curation.domain.bundle.items import BundleDescription, BundleFile

MANIFEST_PATH = "manifest.json"
SCHEMA = 2
"""Version of the manifest's own form."""

_CHUNK = 1024**2


def measured(folder: Path, path: str) -> BundleFile:
    """The file at ``path`` inside ``folder``, as it is on the disk."""
    sha256, crc32, size = hashlib.sha256(), 0, 0
    with (folder / path).open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            sha256.update(chunk)
            crc32 = zlib.crc32(chunk, crc32)
            size += len(chunk)
    return BundleFile(path=path, sha256=sha256.hexdigest(), size=size, crc32=crc32)


def manifest_lines(
    description: BundleDescription,
    files: Iterable[BundleFile],
    revisions: Mapping[str, Marks],
) -> Iterator[str]:
    """The manifest as JSON, a line per file and per revision, so that it need not fit in memory.

    ``revisions``: problem id -> what names its revision, in the release's order.
    """
    head = {
        "schema": SCHEMA,
        "canary": canary(description),
        "description": description.to_json(),
    }
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    yield ',\n "files": ['
    yield from _array_lines(asdict(file) for file in files)
    yield '],\n "revisions": ['
    yield from _array_lines(
        {"problem_id": problem_id, **marks} for problem_id, marks in revisions.items()
    )
    yield "]\n}\n"


def _array_lines(entries: Iterable[dict[str, Any]]) -> Iterator[str]:
    separator = "\n  "
    for entry in entries:
        yield separator + json.dumps(entry, ensure_ascii=False)
        separator = ",\n  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest as it is read back: ``revisions`` maps a problem's id to what names its revision.

    That is its ``revision_sha256``, or ``commitment`` and ``public_sha256`` where it is held out.
    """

    description: BundleDescription
    files: tuple[BundleFile, ...]
    revisions: Mapping[str, Marks]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a bundle. FileNotFoundError without one; ManifestError for anything else."""
    content = (folder / MANIFEST_PATH).read_bytes()
    try:
        return _manifest(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ManifestError from error


def _manifest(document: dict[str, Any]) -> Manifest:
    if document["schema"] != SCHEMA:
        raise ValueError(f"Manifest schema {document['schema']} is not {SCHEMA}.")
    return Manifest(
        description=BundleDescription.from_json(document["description"]),
        files=tuple(BundleFile(**file) for file in document["files"]),
        revisions={each.pop("problem_id"): each for each in document["revisions"]},
    )


def verify_manifest(folder: Path) -> list[str]:
    """What is wrong with a bundle, in words, one per file; an empty list for a true one."""
    try:
        listed = {file.path: file for file in read_manifest(folder).files}
    except FileNotFoundError:
        return ["manifest.json is missing: the bundle is unfinished, download it again."]
    except ManifestError as error:
        return [str(error)]
    problems = [problem for file in listed.values() for problem in _file_problems(folder, file)]
    extra = sorted(set(_present_files(folder)) - {*listed, MANIFEST_PATH})
    return problems + [f"{path} is not listed in the manifest." for path in extra]


def _file_problems(folder: Path, listed: BundleFile) -> list[str]:
    path = PurePosixPath(listed.path)
    if path.is_absolute() or ".." in path.parts:
        return [f"{listed.path} is listed but lies outside the bundle."]
    if not (folder / path).is_file():
        return [f"{listed.path} is missing."]
    found = measured(folder, listed.path)
    if found.size != listed.size:
        return [f"{listed.path} has {found.size} bytes, not {listed.size}."]
    if (found.sha256, found.crc32) != (listed.sha256, listed.crc32):
        return [f"{listed.path} has another content than listed (SHA-256 {found.sha256})."]
    return []


def _present_files(folder: Path) -> Iterator[str]:
    """All but what Python leaves beside an exported task that was run where it stands."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return (path.as_posix() for path in paths if path.parent.name != "__pycache__")
