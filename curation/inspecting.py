"""Looking at a release that was made elsewhere: what importing it would do, and what is wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from curation.domain.content import ImageContent, ProblemContent
from curation.domain.imaging import ImageRefusedError
from curation.domain.importing.release_folder import ReleaseFolder
from curation.domain.rules import Draft, Finding, findings
from curation.drafting import own_image
from curation.images import keep_picture
from curation.models import ANNOTATION_CHOICES, Image, Problem
from curation.models.status import RELEASABLE, Status

# What no release can hold, or the database refuses of its images, whoever signs for it.
_NEVER_ACCEPTED = frozenset(
    (
        "query_missing",
        "query_twice",
        "image_missing",
        "source_missing",
        "license_missing",
        "attribution_missing",
        "no_patient_confirmed_missing",
    )
)
_PICTURE = ("media_type", "width", "height", "byte_size", "fingerprint")
_MAX_FACT = 300  # characters of a source, an attribution or a description, as columns have them


@dataclass(slots=True, kw_only=True)
class Look:
    """What importing a release would do. ``new``: problem id -> codes of the errors accepted.

    ``known`` are here already with the same revision; what is ``against`` it stops the import.
    ``pictures``: SHA-256 -> the facts of the image.
    """

    new: dict[str, tuple[str, ...]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    left_out: int = 0
    against: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    pictures: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def taken(self) -> int:
        """How many problems the release would have."""
        return len(self.new) + len(self.known)


@dataclass(slots=True, kw_only=True)
class Looking:
    """Looks at a release problem by problem; with ``is_kept`` its pictures are put in place."""

    folder: ReleaseFolder
    with_errors: bool
    is_kept: bool
    look: Look = field(default_factory=Look)
    _refusals: dict[str, str] = field(default_factory=dict)

    def through(self) -> Look:
        """Everything that is found; ImportRefusedError where the folder cannot be trusted."""
        self.look.findings += self.folder.findings
        for read in self.folder.problems():
            self._say(read.name, read.findings)
            if read.content is None:
                self.look.left_out += 1
            else:
                self._look_at(read.name, read.content)
        return self.look

    def _look_at(self, name: str, content: ProblemContent) -> None:
        existing = _existing(content.problem_id)
        if existing is not None:
            self._compare(existing, content)
            return
        flaws = [*_unstorable(content), *self._pictures_refused(content)]
        errors = [] if flaws else self._errors(name, content)
        codes = {error.code for error in errors}
        if flaws or codes & _NEVER_ACCEPTED or (codes and not self.with_errors):
            self._say(name, [*flaws, "Left out."])
            self.look.left_out += 1
        else:
            self.look.new[content.problem_id] = tuple(sorted(codes))

    def _compare(self, existing: Problem, content: ProblemContent) -> None:
        revision, name = existing.current_revision, content.problem_id
        if revision is None or revision.sha256 != content.sha256():
            self.look.against.append(f"Problem {name} is here already with another content.")
        elif existing.status == Status.RETIRED:
            self._say(name, ["It was retired here. Left out."])
            self.look.left_out += 1
        elif existing.status not in RELEASABLE:
            status = Status(existing.status).label.lower()
            self.look.against.append(f"Problem {name} is here already, and is {status}.")
        else:
            self.look.known.add(name)

    def _errors(self, name: str, content: ProblemContent) -> list[Finding]:
        looks = {
            image.sha256: self.look.pictures[image.sha256]["fingerprint"]
            for image in content.images
        }
        found = findings(Draft(content=content, fingerprints=looks))
        self._say(name, [_in_words(content, one) for one in found])
        return [one for one in found if one.is_error]

    def _pictures_refused(self, content: ProblemContent) -> Iterator[str]:
        for image in content.images:
            if image.sha256 not in self.look.pictures and image.sha256 not in self._refusals:
                self._look_at_picture(image)
            if image.sha256 in self._refusals:
                yield f"Image {image.sha256} is refused: {self._refusals[image.sha256]}."

    def _look_at_picture(self, image: ImageContent) -> None:
        stored = own_image(image.sha256)
        if stored is not None and (stored.width, stored.height) == (image.width, image.height):
            self.look.pictures[image.sha256] = {name: getattr(stored, name) for name in _PICTURE}
            return
        try:
            picture = self.folder.picture(image)
        except ImageRefusedError as refused:
            self._refusals[image.sha256] = str(refused).removesuffix(".")
            return
        facts = {
            "media_type": picture.media_type,
            "width": picture.width,
            "height": picture.height,
            "byte_size": len(picture.data),
            "fingerprint": picture.fingerprint,
        }
        self.look.pictures[image.sha256] = facts
        if self.is_kept:
            keep_picture(Image(sha256=picture.sha256, **facts), picture)

    def _say(self, name: str, words: Sequence[str]) -> None:
        self.look.findings += [f"{name}: {each}" for each in words]


def _existing(problem_id: str) -> Problem | None:
    if not _is_uuid(problem_id):
        return None
    same = Problem.objects.filter(pk=UUID(problem_id))
    return same.select_related("current_revision").first()


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _unstorable(content: ProblemContent) -> Iterator[str]:
    """What no row here could hold."""
    if not _is_uuid(content.problem_id):
        yield "Its id is no UUID in lower case."
    if "\0" in content.canonical_json() or "\\u0000" in content.canonical_json():
        yield "It holds characters that are no text."
    for name, choices in ANNOTATION_CHOICES.items():
        value = getattr(content.annotations, name)
        if value and value not in choices.values:
            yield f"“{value[:50]}” is no known {name.replace('_', ' ')}."
    if len(content.annotations.specialty) > 50:
        yield "The name of its specialty is too long."
    for image in content.images:
        facts = (image.source, image.attribution, image.alt_text)
        if any(len(fact) > _MAX_FACT for fact in facts) or len(image.license) > 40:
            yield f"What is said of image {image.sha256} is too long."


def _in_words(content: ProblemContent, finding: Finding) -> str:
    weight = "" if finding.is_error else " (warning)"
    if finding.panel is None:
        return f"{finding.message}{weight}"
    is_query = content.panels[finding.panel] in content.queries
    where = "Query" if is_query else f"Example {finding.panel + 1}"
    return f"{where}: {finding.message}{weight}"
