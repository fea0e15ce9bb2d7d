"""What a bundle is written from, and what it is told to be."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self
from urllib.parse import quote

from curation.domain.bundle.errors import ChangedRevisionError, UnfinishedProblemError
from curation.domain.bundle.statement import DataStatement
from curation.domain.content import ImageContent, PanelContent, ProblemContent

ReadImage = Callable[[str], bytes]
"""Gives the stored bytes of the image with this SHA-256; FileNotFoundError where there are none."""

_UNKNOWN = DataStatement()

PicturedPanel = tuple[PanelContent, ImageContent]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleItem:
    """One revision of a release: what it says, and the hash its reviewers approved.

    Of a held-out problem the answer is in no file. ``seal`` is the secret that hides its hash: 64
    hexadecimal digits at random, kept with the release. Read back from public files such an item
    has no seal but its ``commitment``, its content is what was left, and ``revision_sha256`` is
    the hash of that.
    """

    content: ProblemContent
    revision_sha256: str
    is_held_out: bool = False
    seal: str = ""
    commitment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredProblem:
    """What the last release had and this one has not. ``retired_on`` is a date of ISO 8601."""

    problem_id: str
    retired_on: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRelease:
    """A release made elsewhere, from which so many problems of this one were taken over."""

    name: str
    version: str
    homepage: str
    authors: tuple[str, ...]
    problems: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleDescription:
    """What the dataset card says of a release.

    ``license`` is the SPDX identifier of questions and answers (images have their own),
    ``languages`` are ISO 639-1 codes, ``notes`` is Markdown, ``homepage`` the address
    of the site that publishes it or empty,
    ``last_version`` the release before this one or empty, ``retired`` what that one had;
    ``left_out`` names what it had and what still stands. ``seed`` is that of the permutations.
    ``imported`` is what was not reviewed where the release was made, ``canary`` the GUID that an
    imported release keeps.
    """

    name: str
    version: str
    notes: str
    license: str
    homepage: str
    authors: tuple[str, ...]
    released_on: date
    approvals_required: int
    languages: tuple[str, ...] = ("en",)
    last_version: str = ""
    retired: tuple[RetiredProblem, ...] = ()
    left_out: tuple[str, ...] = ()
    seed: int = 42
    statement: DataStatement = _UNKNOWN
    imported: tuple[ImportedRelease, ...] = ()
    canary: str = ""

    @property
    def page(self) -> str:
        """The address of the release's own page; empty without a homepage."""
        return _page(self.homepage, self.version)

    def page_of_last(self, problem_id: str) -> str:
        """Where the last release shows this problem for ever; empty without a homepage."""
        page = _page(self.homepage, self.last_version)
        return page and f"{page}problems/{quote(problem_id, safe='')}/"

    def to_json(self) -> dict[str, Any]:
        """Plain values, from which the same files can be written elsewhere."""
        return asdict(self) | {"released_on": self.released_on.isoformat()}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read plain values back. KeyError, TypeError or ValueError for anything else."""
        parts = {
            "authors": tuple(document["authors"]),
            "released_on": date.fromisoformat(document["released_on"]),
            "languages": tuple(document.get("languages", ("en",))),
            "retired": tuple(RetiredProblem(**each) for each in document.get("retired", ())),
            "left_out": tuple(document.get("left_out", ())),
            "statement": DataStatement.from_json(document.get("statement", {})),
            "imported": tuple(_imported(each) for each in document.get("imported", ())),
        }
        return cls(**{**document, **parts})


def _page(homepage: str, version: str) -> str:
    return homepage and f"{homepage.rstrip('/')}/releases/{quote(version, safe='+')}/"


def _imported(document: Mapping[str, Any]) -> ImportedRelease:
    return ImportedRelease(**{**document, "authors": tuple(document["authors"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFile:
    """One written file. ``path`` is relative to the bundle with forward slashes, size in bytes.

    ``crc32`` is that of ZIP archives, an unsigned number of 32 bits.
    """

    path: str
    sha256: str
    size: int
    crc32: int


def approved_content(item: BundleItem) -> ProblemContent:
    """The content in its canonical (NFC) form, so that equal hashes give equal files.

    Raises ChangedRevisionError where the content is not what was approved.
    """
    canonical = item.content.canonical_json()  # made once: it is most of a problem's cost
    if hashlib.sha256(canonical.encode()).hexdigest() != item.revision_sha256:
        raise ChangedRevisionError(item.content.problem_id, item.revision_sha256)
    return ProblemContent.from_json(canonical)


def pictured_panels(content: ProblemContent) -> tuple[PicturedPanel, ...]:
    """Each panel with its image: examples in order, then the query.

    Raises UnfinishedProblemError where an image is missing or there is not exactly one query.
    """
    if len(content.queries) != 1:
        raise UnfinishedProblemError(content.problem_id, f"{len(content.queries)} queries, not one")
    panels = (*content.examples, content.query)
    pictured = tuple((panel, panel.image) for panel in panels if panel.image is not None)
    if len(pictured) < len(panels):
        raise UnfinishedProblemError(content.problem_id, "a panel without an image")
    return pictured
