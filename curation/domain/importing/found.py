"""What was found in files that people bring: problems before they are drafts."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Self

from curation.domain.content import Annotations, PanelRole
from curation.domain.rules import Severity


class ImportRefusedError(ValueError):
    """Nothing can be taken from these files; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFinding:
    """What the author should know of a problem, with its row: an error keeps it out."""

    severity: Severity
    message: str

    @property
    def is_error(self) -> bool:
        """Whether the problem cannot be imported because of it."""
        return self.severity is Severity.ERROR


def refusal(message: str) -> RowFinding:
    """Why a problem is not imported."""
    return RowFinding(severity=Severity.ERROR, message=message)


def left_open(message: str) -> RowFinding:
    """What is not taken over, so that the draft has a gap there."""
    return RowFinding(severity=Severity.WARNING, message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundImage:
    """A picture as it was brought. ``key``: the SHA-256 of its bytes as they came.

    ``sha256`` is that of the picture as it would be kept, empty before anybody looked.
    """

    key: str
    sha256: str = ""
    source: str = ""
    license: str = ""
    attribution: str = ""
    alt_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPanel:
    """A panel's words, and its image if one was brought."""

    role: PanelRole
    question: str
    answer: str
    accepted_variants: tuple[str, ...] = ()
    image: FoundImage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProblem:
    """One problem of a file. ``place`` says where it stands there ("rows 2 to 5")."""

    name: str
    place: str
    annotations: Annotations
    panels: tuple[FoundPanel, ...]
    findings: tuple[RowFinding, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether it cannot become a draft."""
        return any(finding.is_error for finding in self.findings)

    def digest(self) -> str:
        """What makes it the same problem as another: see :func:`digest_of`."""
        return digest_of(
            (p.role, p.question, p.answer, p.accepted_variants, p.image.sha256 if p.image else "")
            for p in self.panels
        )

    def document(self) -> dict[str, Any]:
        """It in plain values, for JSON; the findings apart."""
        document = asdict(self)
        del document["findings"]
        return document

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Read a :meth:`document` back."""
        panels = (_panel(panel) for panel in document["panels"])
        annotations = Annotations(**document["annotations"])
        return cls(**{**document, "annotations": annotations, "panels": tuple(panels)})


def _panel(document: dict[str, Any]) -> FoundPanel:
    image = document["image"]
    return FoundPanel(
        role=PanelRole(document["role"]),
        question=document["question"],
        answer=document["answer"],
        accepted_variants=tuple(document["accepted_variants"]),
        image=FoundImage(**image) if image is not None else None,
    )


type PanelWords = tuple[PanelRole, str, str, tuple[str, ...], str]


def digest_of(panels: Iterable[PanelWords]) -> str:
    """SHA-256 of roles, questions, answers, accepted variants and image hashes, in order.

    Annotations and the facts of images may differ: the same panels are the same problem.
    """
    text = json.dumps([*panels], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()
