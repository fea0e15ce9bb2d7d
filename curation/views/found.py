"""What the page of a draft is made of: panels, links, and what the rules say, by kind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from curation.domain.consistency import Fix
from curation.domain.content import PanelContent
from curation.domain.rules import Finding
from curation.forms.writing import ExplanationForm
from curation.models import Image, Panel


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPanel:
    """A panel of a draft or of a revision, with the image whose address the page needs."""

    label: str
    content: PanelContent
    image: Image | None
    panel: Panel | None = None
    findings: Sequence[Finding] = ()

    @property
    def has_errors(self) -> bool:
        """Whether something that is there is wrong; what is merely missing is none yet."""
        return any(finding.is_wrong for finding in self.findings)

    @property
    def is_complete(self) -> bool:
        """Whether nothing of it blocks submitting."""
        return not any(finding.is_error for finding in self.findings)

    @property
    def progress(self) -> str:
        """How far it is, in two words for the strip."""
        return open_words(self.findings) or "complete"


def open_words(found: Iterable[Finding]) -> str:
    """How much blocks submitting, said in one way wherever it is counted; empty: nothing does."""
    known = list(found)
    wrong, missing = (
        sum(finding.is_wrong for finding in known),
        sum(finding.is_missing for finding in known),
    )
    counted = ((wrong, "to fix"), (missing, "missing"))
    return ", ".join(f"{count} {words}" for count, words in counted if count)


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere; `short` is enough after another of its kind."""

    words: str
    address: str
    short: str = ""
    image: Image | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Something wrong, where it is mended, and the buttons that mend it at one press."""

    finding: Finding
    link: Link
    fixes: Sequence[Fix] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What blocks submitting in one place: what to fill in, and what is wrong there."""

    place: Link
    missing: Sequence[Link] = ()
    said: Sequence[Said] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One kind of warning: what it says of which panels, and what the author said of it."""

    code: str
    said: Mapping[str, Sequence[Link]]
    explanation: str
    form: ExplanationForm
    elsewhere: Sequence[Link] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownInconsistency:
    """Texts side by side: each with the names of the panels that say it."""

    title: str
    texts: Mapping[str, str]
    others: int
    fixes: Sequence[Fix]
