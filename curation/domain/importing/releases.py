"""Releases that were made elsewhere, read to be released here: each problem as it was frozen.

A folder of our own has a manifest; every file and every revision must agree with it, and nothing
is changed on the way in. A folder in SMMILE's layout has none: its problems are frozen here.
"""

import hashlib
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Protocol

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
from curation.domain.content import ImageContent, PanelContent, ProblemContent
from curation.domain.imaging import ImageRefusedError, Picture, prepare
from curation.domain.importing import Vocabulary, packed, read_problems
from curation.domain.importing.found import FoundImage, FoundPanel, FoundProblem, ImportRefusedError
from curation.domain.importing.jsonl import require_texts
from curation.domain.importing.limits import MAX_IMAGE_BYTES, MAX_LINE, MB
from curation.domain.plain_pictures import StrangePictureError, require_plain

# Chosen once at random: problems of the same name and id get the same id everywhere.
_NAMESPACE = uuid.UUID("3d6e2a57-0f0e-4f0f-8b8e-6c1f3f0f9a41")
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a release comes from. ``manifest_sha256`` is of manifest.json.

    A folder without one is named by the hash of the list of its files and their hashes.
    """

    name: str
    version: str
    homepage: str
    authors: tuple[str, ...]
    manifest_sha256: str
    has_manifest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProblem:
    """One problem of a release; without ``content`` it is left out, as ``findings`` say."""

    name: str
    content: ProblemContent | None
    findings: tuple[str, ...] = ()


class ReleaseFolder(Protocol):
    """A release as it lies in a folder. Its problems can be read more than once."""

    @property
    def origin(self) -> Origin:
        """Where it comes from."""

    @property
    def description(self) -> BundleDescription:
        """What its card says."""

    @property
    def findings(self) -> Sequence[str]:
        """What concerns the folder as a whole."""

    def problems(self) -> Iterator[ReadProblem]:
        """Each in the release's order; ImportRefusedError where none of it can be trusted."""

    def picture(self, image: ImageContent) -> Picture:
        """An image with exactly the bytes it is named by; ImageRefusedError says why not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What a folder without a manifest does not say, and who imports it does.

    ``license`` is an SPDX identifier, of the text and of every image that names none.
    """

    name: str
    homepage: str
    license: str
    attribution: str
    source: str
    no_patient_confirmed: bool
    released_on: date


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
    with _smmile_release(folder, aside, defaults, vocabulary) as release:
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
        self.origin = Origin(
            name=manifest.description.name,
            version=manifest.description.version,
            homepage=manifest.description.homepage,
            authors=manifest.description.authors,
            manifest_sha256=_sha256(folder / MANIFEST_PATH),
            has_manifest=True,
        )

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


@dataclass(slots=True, kw_only=True)
class _SmmileRelease:
    """Problems in SMMILE's columns, frozen here: their pictures are made anew from the pixels."""

    origin: Origin
    description: BundleDescription
    findings: Sequence[str]
    defaults: Defaults
    found: Sequence[FoundProblem]
    aside: Path
    _made: dict[str, Picture | str] = field(default_factory=dict)  # pictures without their bytes

    def problems(self) -> Iterator[ReadProblem]:
        for one in self.found:
            words = tuple(finding.message for finding in one.findings)
            if one.is_refused:
                yield ReadProblem(name=one.name, content=None, findings=words)
                continue
            refusals: list[str] = []
            content = self._content(one, refusals)
            yield ReadProblem(name=one.name, content=content, findings=(*words, *refusals))

    def picture(self, image: ImageContent) -> Picture:
        for key, made in self._made.items():
            if isinstance(made, Picture) and made.sha256 == image.sha256:
                return prepare((self.aside / key).read_bytes())
        raise ImageRefusedError("it is missing")

    def _content(self, found: FoundProblem, refusals: list[str]) -> ProblemContent:
        named = uuid.uuid5(_NAMESPACE, self.defaults.name)
        return ProblemContent(
            problem_id=str(uuid.uuid5(named, found.name)),
            annotations=found.annotations,
            panels=tuple(self._panel(panel, refusals) for panel in found.panels),
        )

    def _panel(self, panel: FoundPanel, refusals: list[str]) -> PanelContent:
        return PanelContent(
            role=panel.role,
            question=panel.question,
            answer=panel.answer,
            accepted_variants=panel.accepted_variants,
            image=self._image(panel.image, refusals) if panel.image else None,
        )

    def _image(self, found: FoundImage, refusals: list[str]) -> ImageContent | None:
        made = self._made_of(found.key)
        if isinstance(made, str):
            refusals.append(f"An image is left out: {made}")
            return None
        return ImageContent(
            sha256=made.sha256,
            media_type=made.media_type,
            width=made.width,
            height=made.height,
            alt_text=found.alt_text,
            source=found.source or self.defaults.source,
            license=found.license or self.defaults.license,
            attribution=found.attribution or self.defaults.attribution,
            no_patient_confirmed=self.defaults.no_patient_confirmed,
        )

    def _made_of(self, key: str) -> Picture | str:
        """The picture that a file's becomes, without its bytes; why there is none."""
        if key not in self._made:
            try:
                picture = prepare((self.aside / key).read_bytes())
                self._made[key] = replace(picture, data=b"", thumbnail=b"")
            except ImageRefusedError as refused:
                self._made[key] = str(refused)
        return self._made[key]


@contextmanager
def _smmile_release(
    folder: Path, aside: Path, defaults: Defaults, vocabulary: Vocabulary
) -> Iterator[ReleaseFolder]:
    with _packed(folder) as bag:
        reading = read_problems(bag, lambda data: _put_aside(data, aside), vocabulary)
    origin = Origin(
        name=defaults.name,
        version="",
        homepage=defaults.homepage,
        authors=(defaults.attribution,) if defaults.attribution else (),
        manifest_sha256=_sha256_of_list(folder),
        has_manifest=False,
    )
    yield _SmmileRelease(
        origin=origin,
        description=_described(origin, defaults),
        findings=[
            "There is no manifest.json: nothing shows that the files are what was published.",
            *reading.findings,
        ],
        defaults=defaults,
        found=reading.problems,
        aside=aside,
    )


def _described(origin: Origin, defaults: Defaults) -> BundleDescription:
    return BundleDescription(
        name=origin.name,
        version="",
        notes="",
        license=defaults.license,
        homepage=origin.homepage,
        authors=origin.authors,
        released_on=defaults.released_on,
        approvals_required=0,
    )
