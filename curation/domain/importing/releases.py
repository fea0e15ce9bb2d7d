"""Releases that were made elsewhere, read to be released here: each problem as it was frozen.

A folder of our own has a manifest; every file and every revision must agree with it, and nothing
is changed on the way in. A folder in SMMILE's layout has none: see `smmile_release`.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from curation.domain.bundle import (
    BundleDescription,
    BundleError,
    BundleItem,
    ManifestError,
    read_manifest,
    verify_manifest,
)
from curation.domain.bundle.images import image_file
from curation.domain.bundle.jsonl import JSONL_PATH, item_from_line
from curation.domain.bundle.manifest import MANIFEST_PATH, Manifest
from curation.domain.content import ImageContent
from curation.domain.imaging import ImageRefusedError, Picture, prepare
from curation.domain.importing.building import Vocabulary
from curation.domain.importing.found import ImportRefusedError
from curation.domain.importing.jsonl import require_texts
from curation.domain.importing.limits import MAX_IMAGE_BYTES, MAX_LINE, MB
from curation.domain.importing.release_folder import (
    Defaults,
    Origin,
    ReadProblem,
    ReleaseFolder,
)
from curation.domain.importing.smmile_release import smmile_release
from curation.domain.plain_pictures import StrangePictureError, require_plain

_MOST_NAMED = 20
_MAX_NAME = 200  # characters, as a row has them


@contextmanager
def opened_release(
    folder: Path, aside: Path, defaults: Defaults, vocabulary: Vocabulary
) -> Iterator[ReleaseFolder]:
    """The release in ``folder``, checked against its manifest if it has one.

    Pictures that are made anew are put into the empty folder ``aside``. Raises ImportRefusedError,
    which says what is wrong.
    """
    _require_no_links(folder)
    if (folder / MANIFEST_PATH).exists():
        yield _OwnRelease(folder, _checked_manifest(folder))
        return
    if (folder / JSONL_PATH).exists():
        raise ImportRefusedError(
            "manifest.json is missing: the bundle is unfinished, download it again."
        )
    with smmile_release(folder, aside, defaults, vocabulary) as release:
        yield release


def _require_no_links(folder: Path) -> None:
    for path in _files(folder):
        if path.is_symlink():
            raise ImportRefusedError(f"{path} is a link, not a file. Copy the release as files.")


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(parent, name) for name in sorted([*names, *folders]))


def _checked_manifest(folder: Path) -> Manifest:
    try:
        wrong = verify_manifest(folder)
        if not wrong:
            return read_manifest(folder)
    except ManifestError as error:
        raise ImportRefusedError(str(error)) from error
    more = f" And {len(wrong) - _MOST_NAMED:,} more." if len(wrong) > _MOST_NAMED else ""
    raise ImportRefusedError(
        f"The folder is not what its manifest says. {' '.join(wrong[:_MOST_NAMED])}{more}"
    )


class _OwnRelease:
    """A release of ours: contents and pictures as they are, or not at all."""

    findings: Sequence[str] = ()

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest
        self.description = manifest.description
        self.origin = _origin(manifest.description, folder)

    def problems(self) -> Iterator[ReadProblem]:
        listed = self._manifest.revisions
        met: set[str] = set()
        for item in self._items():
            name = item.content.problem_id
            if name in met or name not in listed or not _is_listed(item, listed[name]):
                raise ImportRefusedError(
                    f"{JSONL_PATH}: problem {name} is not the revision that the manifest lists."
                )
            met.add(name)
            yield _taken_as_it_is(item)
        if len(met) < len(listed):
            lost = ", ".join(sorted(set(listed) - met)[:_MOST_NAMED])
            raise ImportRefusedError(f"{JSONL_PATH} lacks problems of the manifest: {lost}.")

    def _items(self) -> Iterator[BundleItem]:
        with (self._folder / JSONL_PATH).open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise ImportRefusedError(
                        f"{JSONL_PATH}: line {number} is longer than {MAX_LINE // MB} MB."
                    )
                yield _item(line, number)

    def picture(self, image: ImageContent) -> Picture:
        path = self._folder / image_file(image)
        try:
            if path.stat().st_size > MAX_IMAGE_BYTES:
                raise ImageRefusedError(f"it is larger than {MAX_IMAGE_BYTES // MB} MB")
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise ImageRefusedError("it is missing") from error
        return _as_it_is(data, image)


def _origin(description: BundleDescription, folder: Path) -> Origin:
    said = (description.name, description.version, description.homepage, *description.authors)
    if not all(isinstance(each, str) and len(each) <= _MAX_NAME for each in said) or not said[0]:
        raise ImportRefusedError(
            "manifest.json does not say in a few words what the release is called and who made it."
        )
    with (folder / MANIFEST_PATH).open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Origin(
        name=description.name,
        version=description.version[:50],
        homepage=description.homepage,
        authors=description.authors,
        manifest_sha256=sha256,
        has_manifest=True,
    )


def _is_listed(item: BundleItem, marks: Mapping[str, str | bool]) -> bool:
    if bool(marks["is_held_out"]) != item.is_held_out:
        return False
    if item.is_held_out:
        return (marks["public_sha256"], marks["commitment"]) == (
            item.revision_sha256,
            item.commitment,
        )
    return marks["revision_sha256"] == item.revision_sha256


def _item(line: bytes, number: int) -> BundleItem:
    try:
        item = item_from_line(line.decode())
        require_texts(item.content)
    except BundleError as error:
        raise ImportRefusedError(f"{JSONL_PATH}, line {number}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ImportRefusedError(
            f"{JSONL_PATH}: line {number} is not a problem of a release."
        ) from error
    return item


def _taken_as_it_is(item: BundleItem) -> ReadProblem:
    name = item.content.problem_id
    if item.is_held_out:
        words = "Its answer is held out: it is evaluated only where it was written. Left out."
        return ReadProblem(name=name, content=None, findings=(words,))
    return ReadProblem(name=name, content=item.content)


def _as_it_is(data: bytes, image: ImageContent) -> Picture:
    """The picture with the bytes it came with: they decode, and hold nothing but pixels."""
    if hashlib.sha256(data).hexdigest() != image.sha256:
        raise ImageRefusedError("its bytes do not have the hash it is named by")
    try:
        require_plain(data)
    except StrangePictureError as error:
        raise ImageRefusedError(f"it is not a picture as they are kept here: {error}") from error
    picture = prepare(data)
    found = (picture.media_type, picture.width, picture.height)
    if found != (image.media_type, image.width, image.height):
        raise ImageRefusedError("it is not of the type and size that the problem says")
    return replace(picture, data=data, sha256=image.sha256)
