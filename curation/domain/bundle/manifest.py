"""``manifest.json``: the SHA-256 and size of every other file, and the hash of every revision.

It is written last and does not list itself: a folder without it is an unfinished bundle.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from curation.domain.bundle.canary import canary
from curation.domain.bundle.items import BundleDescription, BundleFile

MANIFEST_PATH = "manifest.json"
SCHEMA = 1
"""Version of the manifest's own form."""


def measured(folder: Path, path: str) -> BundleFile:
    """The file at ``path`` inside ``folder``, as it is on the disk."""
    with (folder / path).open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return BundleFile(path=path, sha256=sha256, size=(folder / path).stat().st_size)


def manifest_lines(
    description: BundleDescription, files: Iterable[BundleFile], revisions: Mapping[str, str]
) -> Iterator[str]:
    """The manifest as JSON, a line per file and per revision, so that it need not fit in memory.

    ``revisions``: problem id -> SHA-256, in the release's order.
    """
    head = {
        "schema": SCHEMA,
        "name": description.name,
        "version": description.version,
        "released_on": description.released_on.isoformat(),
        "canary": canary(description),
    }
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    yield ',\n "files": ['
    yield from _array_lines(asdict(file) for file in files)
    yield '],\n "revisions": ['
    yield from _array_lines(
        {"problem_id": problem_id, "sha256": sha256} for problem_id, sha256 in revisions.items()
    )
    yield "]\n}\n"


def _array_lines(entries: Iterable[dict[str, Any]]) -> Iterator[str]:
    separator = "\n  "
    for entry in entries:
        yield separator + json.dumps(entry, ensure_ascii=False)
        separator = ",\n  "


def verify_manifest(folder: Path) -> list[str]:
    """What is wrong with a bundle, in words, one per file; an empty list for a true one."""
    try:
        listed = _listed_files((folder / MANIFEST_PATH).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ["manifest.json is missing: the bundle is unfinished, download it again."]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ["manifest.json cannot be read: download it again."]
    problems = [problem for file in listed.values() for problem in _file_problems(folder, file)]
    extra = sorted(set(_present_files(folder)) - {*listed, MANIFEST_PATH})
    return problems + [f"{path} is not listed in the manifest." for path in extra]


def _listed_files(text: str) -> dict[str, BundleFile]:
    document: dict[str, Any] = json.loads(text)
    if document["schema"] != SCHEMA:
        raise ValueError(f"Manifest schema {document['schema']} is not {SCHEMA}.")
    return {file["path"]: BundleFile(**file) for file in document["files"]}


def _file_problems(folder: Path, listed: BundleFile) -> list[str]:
    path = PurePosixPath(listed.path)
    if path.is_absolute() or ".." in path.parts:
        return [f"{listed.path} is listed but lies outside the bundle."]
    if not (folder / path).is_file():
        return [f"{listed.path} is missing."]
    found = measured(folder, listed.path)
    if found.size != listed.size:
        return [f"{listed.path} has {found.size} bytes, not {listed.size}."]
    if found.sha256 != listed.sha256:
        return [f"{listed.path} has another content than listed (SHA-256 {found.sha256})."]
    return []


def _present_files(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
