"""What a comment is about: a field of a panel, the panel, an annotation, or the whole problem."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from curation.domain.content import Annotations, PanelRole, ProblemContent

PANEL_FIELDS: Mapping[str, str] = {
    "question": "question",
    "answer": "answer",
    "accepted_variants": "other right answers",
    "image": "image",
    "alt_text": "description of the image",
    "source": "source of the image",
    "license": "license of the image",
    "attribution": "credit of the image",
}
"""The fields of a panel that can be commented, and what pages call them."""

ANNOTATIONS: Mapping[str, str] = {
    name: name.replace("_", " ") for name in Annotations.__dataclass_fields__
}
"""The six annotations, and what pages call them."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """``panel`` is an index into a content's panels, None for what is about the whole problem.

    ``field`` is a key of :data:`PANEL_FIELDS` or :data:`ANNOTATIONS`, empty for the whole of it.
    """

    panel: int | None = None
    field: str = ""

    def __str__(self) -> str:
        return f"{'' if self.panel is None else self.panel}:{self.field}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` wrote. ValueError for a panel that is no number."""
        panel, _, field = text.partition(":")
        return cls(int(panel) if panel else None, field)

    def is_in(self, content: ProblemContent) -> bool:
        """Whether the content has such a place."""
        if self.panel is None:
            return self.field in ANNOTATIONS or not self.field
        return 0 <= self.panel < len(content.panels) and self.field in {"", *PANEL_FIELDS}

    def words(self, content: ProblemContent) -> str:
        """Where it is, as a person says it."""
        if self.panel is None:
            return ANNOTATIONS.get(self.field, "").capitalize() or "The whole problem"
        label, field = label_of(content, self.panel), PANEL_FIELDS.get(self.field, "")
        return f"{label}, {field}" if field else label


def label_of(content: ProblemContent, index: int) -> str:
    """What pages call the panel at this index."""
    is_query = content.panels[index].role is PanelRole.QUERY
    return "Query" if is_query else f"Example {index + 1}"


def anchors_of(content: ProblemContent) -> Iterator[Anchor]:
    """Every place of a content: the whole, its panels with their fields, the annotations."""
    yield Anchor()
    for index in range(len(content.panels)):
        yield Anchor(index)
        yield from (Anchor(index, field) for field in PANEL_FIELDS)
    yield from (Anchor(None, name) for name in ANNOTATIONS)
