"""A release that was made elsewhere, to those who import it, whatever its folder looks like."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from curation.domain.bundle import BundleDescription
from curation.domain.content import ImageContent, ProblemContent
from curation.domain.imaging import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a release comes from. ``manifest_sha256`` is of manifest.json.

    A folder without one is named by the hash of the list of its files and their hashes; that no
    patient shows is then confirmed by whoever imports it.
    """

    name: str
    version: str
    homepage: str
    authors: tuple[str, ...]
    manifest_sha256: str
    has_manifest: bool
    no_patient_confirmed_anew: bool = False


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
