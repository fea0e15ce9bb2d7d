"""What a problem says, frozen: the value that is hashed, reviewed, released and asked of models.

A database row can change; a :class:`ProblemContent` cannot. Its canonical JSON (sorted keys, no
insignificant white space, UTF-8, NFC-normalized text; the idea of RFC 8785 for the types used
here) has one SHA-256, and that hash is what reviewers approve and releases list.
"""

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

SCHEMA = 1
"""Version of the canonical form; raised when its meaning changes, so old hashes stay valid."""


class PanelRole(StrEnum):
    """What a panel is for: shown with its answer, or asked."""

    EXAMPLE = "example"
    QUERY = "query"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageContent:
    """One stored picture as used. ``sha256`` is of the stored bytes, sizes are in pixels."""

    sha256: str
    media_type: str
    width: int
    height: int
    alt_text: str
    source: str
    license: str
    attribution: str
    no_patient_confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelContent:
    """One question-image-answer triplet. ``image`` is None only while a draft is unfinished."""

    role: PanelRole
    question: str
    answer: str
    accepted_variants: tuple[str, ...] = ()
    image: ImageContent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """SMMILE's six annotations; an empty string says not chosen yet."""

    specialty: str = ""
    answer_format: str = ""
    image_type: str = ""
    cognitive_process: str = ""
    rarity: str = ""
    difficulty: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemContent:
    """One in-context task. ``panels`` are in order: examples as authored, then the query."""

    problem_id: str
    annotations: Annotations
    panels: tuple[PanelContent, ...]

    @property
    def examples(self) -> tuple[PanelContent, ...]:
        """The panels shown with their answers, in authored order."""
        return tuple(panel for panel in self.panels if panel.role is PanelRole.EXAMPLE)

    @property
    def queries(self) -> tuple[PanelContent, ...]:
        """The panels to be answered: exactly one once a problem is submitted."""
        return tuple(panel for panel in self.panels if panel.role is PanelRole.QUERY)

    @property
    def query(self) -> PanelContent:
        """The one panel to be answered; ValueError for a draft that has none or two."""
        (query,) = self.queries
        return query

    @property
    def images(self) -> tuple[ImageContent, ...]:
        """Every image used, in panel order, repetitions included."""
        return tuple(panel.image for panel in self.panels if panel.image is not None)

    def canonical_json(self) -> str:
        """The one text of this content: equal contents give equal texts."""
        document = {"schema": SCHEMA, **asdict(self)}
        return json.dumps(
            _normalized(document), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )

    def sha256(self) -> str:
        """SHA-256 of the canonical JSON in UTF-8, as 64 hexadecimal digits."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read canonical JSON back. ValueError, KeyError or TypeError for anything else."""
        document = json.loads(text)
        if document["schema"] != SCHEMA:
            raise ValueError(f"Content schema {document['schema']} is not {SCHEMA}.")
        return cls(
            problem_id=document["problem_id"],
            annotations=Annotations(**document["annotations"]),
            panels=tuple(_panel(panel) for panel in document["panels"]),
        )


def _panel(document: dict[str, Any]) -> PanelContent:
    image = document["image"]
    return PanelContent(
        role=PanelRole(document["role"]),
        question=document["question"],
        answer=document["answer"],
        accepted_variants=tuple(document["accepted_variants"]),
        image=ImageContent(**image) if image is not None else None,
    )


def _normalized(value: Any) -> Any:
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case dict():
            return {key: _normalized(item) for key, item in value.items()}
        case list() | tuple():
            return [_normalized(item) for item in value]
        case _:
            return value
