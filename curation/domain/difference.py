"""What changed from one content of a problem to another: panel by panel, word by word.

Nothing marks a panel as the same one in two contents. They are paired by what they have in common:
first the picture, then the answer and the question, then role and place.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import product

from curation.domain.anchors import ANNOTATIONS, PANEL_FIELDS, label_of
from curation.domain.content import PanelContent, PanelRole, ProblemContent

_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")
# Most problems ask one question in all panels: alone it says little.
_SAME_IMAGE, _SAME_ANSWER, _SAME_ROLE, _SAME_PLACE, _SAME_QUESTION = 16, 8, 3, 2, 1
_LEAST_IN_COMMON = _SAME_ROLE + _SAME_PLACE


class Change(StrEnum):
    """What became of some words."""

    KEPT = "kept"
    DELETED = "deleted"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Part:
    """Words that share one fate; the texts of a difference's parts join to both texts."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDifference:
    """A field whose text changed, with both texts and what changed in them."""

    field: str
    before: str
    after: str

    @property
    def words(self) -> str:
        """What pages call the field."""
        return PANEL_FIELDS.get(self.field) or ANNOTATIONS.get(self.field) or _FLAGS[self.field]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Word by word."""
        return compare_words(self.before, self.after)


_FLAGS = {"no_patient_confirmed": "no-patient confirmation"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelDifference:
    """One panel then and now; without an index (and a label) where it was not or is no more.

    ``texts`` are the fields that changed; ``image_before`` and ``image_after`` are SHA-256 and both
    empty where the picture is the same.
    """

    before: int | None
    after: int | None
    label_before: str = ""
    label_after: str = ""
    is_moved: bool = False
    texts: tuple[TextDifference, ...] = ()
    image_before: str = ""
    image_after: str = ""

    @property
    def is_added(self) -> bool:
        """Whether it is new."""
        return self.before is None

    @property
    def is_removed(self) -> bool:
        """Whether it is gone."""
        return self.after is None

    @property
    def is_relabelled(self) -> bool:
        """Whether its role changed: an example became the query or the query an example."""
        return not self.is_added and not self.is_removed and self._is_query_changed

    @property
    def _is_query_changed(self) -> bool:
        return (self.label_before == "Query") != (self.label_after == "Query")

    @property
    def is_changed(self) -> bool:
        """Whether anything of it changed, its place among the others included."""
        is_other = self.is_added or self.is_removed or self.is_moved or self.is_relabelled
        return is_other or bool(self.texts or self.image_before or self.image_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All that changed: annotations, then the panels as they are now, then those that are gone."""

    annotations: tuple[TextDifference, ...]
    panels: tuple[PanelDifference, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both contents say the same."""
        return not self.annotations and not self.panels


def compare(before: ProblemContent, after: ProblemContent) -> Difference:
    """What changed from one content to the other; only the panels that changed are named."""
    pairs = pair_panels(before, after)
    moved = _moved(pairs)
    panels = (_compare_panels(before, after, pair, moved) for pair in _in_reading_order(pairs))
    return Difference(
        annotations=tuple(_annotations(before, after)),
        panels=tuple(panel for panel in panels if panel.is_changed),
    )


def pair_panels(
    before: ProblemContent, after: ProblemContent
) -> list[tuple[int | None, int | None]]:
    """Index then and now of each panel; None where there was or is no such panel."""
    old, new = before.panels, after.panels
    ranked = sorted(
        product(range(len(old)), range(len(new))),
        key=lambda pair: (-_in_common(old, new, pair), abs(pair[0] - pair[1]), pair),
    )
    found: dict[int, int] = {}
    for pair in ranked:
        is_free = pair[0] not in found and pair[1] not in found.values()
        if is_free and _in_common(old, new, pair) >= _LEAST_IN_COMMON:
            found[pair[0]] = pair[1]
    gone = [(index, None) for index in range(len(old)) if index not in found]
    added = [(None, index) for index in range(len(new)) if index not in found.values()]
    return [*found.items(), *gone, *added]


def _in_common(
    old: Sequence[PanelContent], new: Sequence[PanelContent], pair: tuple[int, int]
) -> int:
    one, other = old[pair[0]], new[pair[1]]
    is_query = one.role is PanelRole.QUERY
    return sum(
        (
            _SAME_IMAGE * (_sha256(one) == _sha256(other) != ""),
            _SAME_ANSWER * (one.answer == other.answer != ""),
            _SAME_QUESTION * (one.question == other.question != ""),
            _SAME_ROLE * (one.role is other.role),
            # The query is one, wherever it stands: that is its place.
            _SAME_PLACE * (one.role is other.role if is_query else pair[0] == pair[1]),
        )
    )


def _in_reading_order(
    pairs: Sequence[tuple[int | None, int | None]],
) -> list[tuple[int | None, int | None]]:
    """As the panels stand now; what is gone comes last."""
    return sorted(pairs, key=lambda pair: (pair[1] is None, pair[1] or 0, pair[0] or 0))


def _moved(pairs: Sequence[tuple[int | None, int | None]]) -> set[int]:
    """Which of the earlier indexes changed places: those outside the longest run still in order."""
    kept = sorted((then, now) for then, now in pairs if then is not None and now is not None)
    runs: list[list[tuple[int, int]]] = []
    for pair in kept:
        before = [run for run in runs if run[-1][1] < pair[1]]
        runs.append([*max(before, key=len, default=[]), pair])
    steady = {then for then, _ in max(runs, key=len, default=[])}
    return {then for then, _ in kept} - steady


def _compare_panels(
    before: ProblemContent,
    after: ProblemContent,
    pair: tuple[int | None, int | None],
    moved: set[int],
) -> PanelDifference:
    then, now = pair
    old = None if then is None else before.panels[then]
    new = None if now is None else after.panels[now]
    is_same_image = _sha256(old) == _sha256(new)
    return PanelDifference(
        before=then,
        after=now,
        label_before="" if then is None else label_of(before, then),
        label_after="" if now is None else label_of(after, now),
        is_moved=then in moved,
        texts=tuple(_texts(old, new)),
        image_before="" if is_same_image else _sha256(old),
        image_after="" if is_same_image else _sha256(new),
    )


def _sha256(panel: PanelContent | None) -> str:
    return panel.image.sha256 if panel is not None and panel.image is not None else ""


def _texts(old: PanelContent | None, new: PanelContent | None) -> Iterator[TextDifference]:
    for field in ("question", "answer", "accepted_variants"):
        yield from _text(field, old, new)
    images = (panel.image if panel else None for panel in (old, new))
    one, other = images
    for field in ("alt_text", "source", "license", "attribution", "no_patient_confirmed"):
        yield from _text(field, one, other)


def _annotations(before: ProblemContent, after: ProblemContent) -> Iterator[TextDifference]:
    for name in ANNOTATIONS:
        yield from _text(name, before.annotations, after.annotations)


def _text(field: str, old: object, new: object) -> Iterator[TextDifference]:
    before, after = _said(old, field), _said(new, field)
    if before != after:
        yield TextDifference(field=field, before=before, after=after)


def _said(owner: object, field: str) -> str:
    match getattr(owner, field, ""):
        case tuple() as lines:
            return "\n".join(lines)
        case bool() as flag:
            return "yes" if flag else "no"
        case text:
            return str(text)


def compare_words(before: str, after: str) -> tuple[Part, ...]:
    """What was kept, deleted and inserted, in reading order.

    The kept and deleted parts join to `before`, the kept and inserted ones to `after`. Blanks alone
    between two changes count as changed, so that a rewritten phrase reads as one.
    """
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    parts: list[Part] = []
    for same, deleted, inserted in _phrases(matcher, old, new):
        texts = (Part(Change.KEPT, same), Part(Change.DELETED, deleted))
        parts += [part for part in (*texts, Part(Change.INSERTED, inserted)) if part.text]
    return tuple(parts)


def _phrases(
    matcher: SequenceMatcher[str], old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[str, str, str]]:
    """Kept words, then those that were deleted and inserted after them, over and over."""
    same = deleted = inserted = ""
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        is_bridge = tag == "equal" and gone.isspace() and bool(deleted or inserted)
        if tag == "equal" and not (is_bridge and i2 < len(old) and j2 < len(new)):
            yield same, deleted, inserted
            same, deleted, inserted = gone, "", ""
        else:
            deleted, inserted = deleted + gone, inserted + come
    yield same, deleted, inserted
