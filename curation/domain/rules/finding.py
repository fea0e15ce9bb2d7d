"""What a rule is: a plain function from a draft to what it finds there."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from curation.domain.content import ProblemContent
from curation.domain.likeness import is_alike


class Severity(StrEnum):
    """How a finding is taken: merely not filled in yet, wrong, or to be explained."""

    MISSING = "missing"
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to fill in, to mend or to explain. Without `panel` it is about the whole problem.

    `panel` is an index in `content.panels`, `field` what it stands beside.
    """

    code: str
    severity: Severity
    message: str
    panel: int | None = None
    field: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it blocks submitting."""
        return self.severity is not Severity.WARNING

    @property
    def is_missing(self) -> bool:
        """Whether nobody did anything wrong yet: it only is not filled in."""
        return self.severity is Severity.MISSING

    @property
    def is_wrong(self) -> bool:
        """Whether something that is there must be mended."""
        return self.severity is Severity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the rules look at: the content, and what only the collection knows of its images.

    Images are named by their SHA-256. `fingerprints` holds how they look, `origins` the picture
    that one was cut or covered from. Other problems show those of `seen_elsewhere`, or a picture
    that looks like those of `alike_elsewhere`. In those of `unattested_text` text was found, and
    nobody said yet that it names no patient.
    """

    content: ProblemContent
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    seen_elsewhere: frozenset[str] = frozenset()
    alike_elsewhere: frozenset[str] = frozenset()
    unattested_text: frozenset[str] = frozenset()

    def is_same(self, one: str, other: str) -> bool:
        """Whether two images are the same bytes, or made from one picture."""
        return self.origins.get(one, one) == self.origins.get(other, other)

    def is_alike(self, one: str, other: str) -> bool:
        """Whether two images are the same or perceptually the same."""
        if self.is_same(one, other):
            return True
        known = self.fingerprints
        return one in known and other in known and is_alike(known[one], known[other])


type Rule = Callable[[Draft], Iterator[Finding]]


def missing(code: str, message: str, panel: int | None = None, at: str = "") -> Finding:
    """Something is not filled in yet; it blocks submitting."""
    return Finding(code=code, severity=Severity.MISSING, message=message, panel=panel, field=at)


def error(code: str, message: str, panel: int | None = None, at: str = "") -> Finding:
    """Something is wrong; it blocks submitting."""
    return Finding(code=code, severity=Severity.ERROR, message=message, panel=panel, field=at)


def warning(code: str, message: str, panel: int | None = None, at: str = "") -> Finding:
    """Something may be wrong; the author may explain it."""
    return Finding(code=code, severity=Severity.WARNING, message=message, panel=panel, field=at)
