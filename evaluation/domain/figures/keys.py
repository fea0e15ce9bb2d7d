"""What the marks of a figure mean, and its notes: at the foot, only where it needs them."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from evaluation.domain.figures.drawing import LEADING, SMALL, Form, Ink, Shape, Sheet, Words
from evaluation.domain.figures.measuring import width_of, wrapped
from evaluation.domain.figures.plots import SMALL_N, Mark

FORMS: Mapping[Mark, Form] = MappingProxyType(
    {Mark.MEASURED: Form.CIRCLE, Mark.IMPORTED: Form.DIAMOND, Mark.BASELINE: Form.SQUARE}
)
SMALL_NOTE = f"* hollow and dashed: n below {SMALL_N}"

_BEFORE_WORDS = 8.0
_BETWEEN = 14.0


def put_key(sheet: Sheet, marks: Iterable[Mark], *, has_small: bool, top: float) -> float:
    """The shapes with their meanings in one line or more; how far down it reaches."""
    present = set(marks)
    entries: list[tuple[Shape | None, str]] = [
        (_sample(mark), mark.value) for mark in Mark if mark in present and len(present) > 1
    ]
    if has_small:
        entries.append((None, SMALL_NOTE))
    if not entries:
        return top
    x, y = 0.0, top + LEADING
    for shape, words in entries:
        room = (_BEFORE_WORDS if shape else 0.0) + width_of(words, SMALL)
        if x and x + room > sheet.width:
            x, y = 0.0, y + LEADING
        x = _put_entry(sheet, shape, words, x=x, y=y) + _BETWEEN
    return y + 3


def _sample(mark: Mark) -> Shape:
    ink = Ink.QUIET if mark is Mark.BASELINE else Ink.ACCENT
    return Shape(x=0, y=0, form=FORMS[mark], ink=ink, radius=2.6)


def _put_entry(sheet: Sheet, shape: Shape | None, words: str, *, x: float, y: float) -> float:
    if shape is not None:
        sheet.put(Shape(x=x + 3.5, y=y - 2.5, form=shape.form, ink=shape.ink, radius=shape.radius))
        x += _BEFORE_WORDS
    sheet.put(Words(x=x, y=y, text=words, size=SMALL, ink=Ink.QUIET))
    return x + width_of(words, SMALL)


def put_notes(sheet: Sheet, notes: Sequence[str], *, top: float) -> float:
    """The notes below each other, and some room beneath; how high the figure is."""
    y = top
    for note in notes:
        lines = wrapped(note, sheet.width, SMALL, most_lines=60)
        sheet.lines_of_text(lines, x=0, y=y + LEADING + 2, size=SMALL, ink=Ink.QUIET)
        y += len(lines) * LEADING + 2
    return y + 3
