"""What a bundle is written from, and what it is told to be."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from curation.domain.bundle.errors import ChangedRevisionError, UnfinishedProblemError
from curation.domain.content import ImageContent, PanelContent, ProblemContent

ReadImage = Callable[[str], bytes]
"""Gives the stored bytes of the image with this SHA-256; FileNotFoundError where there are none."""

PicturedPanel = tuple[PanelContent, ImageContent]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleItem:
    """One revision of a release: what it says, and the hash its reviewers approved."""

    content: ProblemContent
    revision_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredProblem:
    """What the last release had and this one has not. ``retired_on`` is a date of ISO 8601."""

    problem_id: str
    retired_on: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleDescription:
    """What the dataset card says of a release.

    ``license`` is the SPDX identifier of questions and answers (images have their own),
    ``languages`` are ISO 639-1 codes, ``notes`` is Markdown, ``homepage`` an address or empty,
    ``last_version`` the release before this one or empty, ``retired`` what that one had;
    ``left_out`` names what it had and what still stands.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFile:
    """One written file. ``path`` is relative to the bundle with forward slashes, size in bytes."""

    path: str
    sha256: str
    size: int


def approved_content(item: BundleItem) -> ProblemContent:
    """The content in its canonical (NFC) form, so that equal hashes give equal files.

    Raises ChangedRevisionError where the content is not what was approved.
    """
    if item.content.sha256() != item.revision_sha256:
        raise ChangedRevisionError(item.content.problem_id, item.revision_sha256)
    return ProblemContent.from_json(item.content.canonical_json())


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
