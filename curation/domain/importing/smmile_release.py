"""A release in SMMILE's columns without a manifest: its problems are frozen as it is imported.

Their ids are made from the name of the release and their own, the same everywhere. Their pictures
are made anew from the pixels, as all that is brought here.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from curation.domain.bundle import BundleDescription
from curation.domain.content import ImageContent, PanelContent, ProblemContent
from curation.domain.imaging import ImageRefusedError, Picture, prepare
from curation.domain.importing import Vocabulary, packed, read_problems
from curation.domain.importing.found import FoundImage, FoundPanel, FoundProblem
from curation.domain.importing.release_folder import (
    Defaults,
    Origin,
    ReadProblem,
    ReleaseFolder,
)

# Chosen once at random. Another value would give every problem another id.
_NAMESPACE = uuid.UUID("3d6e2a57-0f0e-4f0f-8b8e-6c1f3f0f9a41")


def problem_id_of(collection: str, name: str) -> str:
    """The id here of a problem that a collection in SMMILE's layout calls so."""
    return str(uuid.uuid5(uuid.uuid5(_NAMESPACE, collection), name))


@dataclass(slots=True, kw_only=True)
class _SmmileRelease:
    """Problems in SMMILE's columns, frozen here: their pictures are made anew from the pixels."""

    origin: Origin
    description: BundleDescription
    findings: Sequence[str]
    defaults: Defaults
    found: Sequence[FoundProblem]
    aside: Path
    # Pictures without their bytes, by the key of what they were made of and by their own hash.
    _made: dict[str, Picture | str] = field(default_factory=dict)
    _by_hash: dict[str, Picture] = field(default_factory=dict)

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
        made = self._by_hash.get(image.sha256)
        if made is None:
            raise ImageRefusedError("it is missing")
        data, thumbnail = (path.read_bytes() for path in self._places(image.sha256))
        return replace(made, data=data, thumbnail=thumbnail)

    def _places(self, sha256: str) -> tuple[Path, Path]:
        """Where a picture that was made and its small version lie."""
        return self.aside / f"{sha256}.made", self.aside / f"{sha256}.small"

    def _content(self, found: FoundProblem, refusals: list[str]) -> ProblemContent:
        return ProblemContent(
            problem_id=problem_id_of(self.defaults.name, found.name),
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
                self._made[key] = self._put_aside(prepare((self.aside / key).read_bytes()), key)
            except ImageRefusedError as refused:
                self._made[key] = str(refused)
        return self._made[key]

    def _put_aside(self, picture: Picture, key: str) -> Picture:
        # Making it takes a process of its own: once is enough.
        for path, data in zip(
            self._places(picture.sha256), (picture.data, picture.thumbnail), strict=True
        ):
            path.write_bytes(data)
        (self.aside / key).unlink()  # asked for no more
        bare = replace(picture, data=b"", thumbnail=b"")
        self._by_hash[bare.sha256] = bare
        return bare


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _put_aside(data: bytes, aside: Path) -> str:
    key = hashlib.sha256(data).hexdigest()
    (aside / key).write_bytes(data)
    return key


def _named_by(files: list[tuple[str, Path]]) -> str:
    """One hash for all files, of what `sha256sum` prints of them in order of name."""
    found = hashlib.sha256()
    for name, path in files:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found.update(f"{digest}  {name}\n".encode())
    return found.hexdigest()


@contextmanager
def smmile_release(
    folder: Path, aside: Path, defaults: Defaults, vocabulary: Vocabulary
) -> Iterator[ReleaseFolder]:
    """A folder without a manifest: what it lacks, whoever imports it says in ``defaults``."""
    files = [(path.relative_to(folder).as_posix(), path) for path in _files(folder)]
    with packed(files) as bag:
        reading = read_problems(bag, lambda data: _put_aside(data, aside), vocabulary)
    origin = Origin(
        name=defaults.name,
        version="",
        homepage=defaults.homepage,
        authors=(defaults.attribution,) if defaults.attribution else (),
        manifest_sha256=_named_by(files),
        has_manifest=False,
        no_patient_confirmed_anew=defaults.no_patient_confirmed,
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
