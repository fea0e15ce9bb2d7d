"""An axis of shares that stands upright, for figures with something else along the foot."""

from collections.abc import Sequence

from evaluation.domain.figures.axes import Axis
from evaluation.domain.figures.drawing import (
    LEADING,
    SMALL,
    SOLID,
    Align,
    Dash,
    Form,
    Ink,
    Shape,
    Sheet,
    Stroke,
    Words,
)
from evaluation.domain.figures.measuring import shortened, width_of, wrapped
from evaluation.domain.figures.plots import Line, Point

TICKS_WIDTH = 24.0
_TICK_ROOM = 22.0
_SMALL_DASH: Dash = (2, 1.5)


def put_title_above(sheet: Sheet, title: str) -> float:
    """What the upright axis shows, written level above it; where the figure may begin."""
    lines = wrapped(title, sheet.width, SMALL)
    sheet.lines_of_text(lines, x=0, y=8, size=SMALL, ink=Ink.QUIET)
    return len(lines) * LEADING + 8


def put_upright(sheet: Sheet, axis: Axis, *, left: float, right: float) -> None:
    """Ticks at the left with light lines through the figure."""
    for tick in axis.ticks(_TICK_ROOM):
        y = axis.place(tick)
        text = axis.tick_label(tick)
        sheet.put(
            Stroke(through=((left, y), (right, y)), ink=Ink.LINE, width=0.6),
            Words(x=left - 4, y=y + 2.5, text=text, size=SMALL, ink=Ink.QUIET, align=Align.END),
        )


def put_lines_level(
    sheet: Sheet, lines: Sequence[tuple[Line, Dash]], axis: Axis, *, left: float, right: float
) -> None:
    """The lines to compare with, level through the figure; their names stand beside it."""
    for line, dash in lines:
        y = axis.place(line.value)
        sheet.put(Stroke(through=((left, y), (right, y)), ink=Ink.QUIET, width=0.9, dash=dash))


def put_upright_point(
    sheet: Sheet, point: Point, axis: Axis, *, x: float, form: Form, ink: Ink
) -> None:
    """A share with its interval; hollow and dashed where its n is small."""
    if point.value is None:
        return
    if point.low is not None and point.high is not None:
        low, high = axis.place(point.low), axis.place(point.high)
        dash = _SMALL_DASH if point.is_small else SOLID
        sheet.put(Stroke(through=((x, low), (x, high)), ink=ink, width=1.1, dash=dash))
        for end in (low, high):
            sheet.put(Stroke(through=((x - 2.2, end), (x + 2.2, end)), ink=ink, width=0.9))
    y = axis.place(point.value)
    sheet.put(Shape(x=x, y=y, form=form, ink=ink, is_hollow=point.is_small))


def spread(heights: Sequence[float], *, apart: float, top: float, bottom: float) -> list[float]:
    """The heights, moved as little as needed until none is nearer than ``apart`` to another.

    In the given order; where there is no room for all, they begin at the top and go on below.
    """
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    moved = [0.0] * len(heights)
    last = top - apart
    for index in order:
        last = moved[index] = max(heights[index], last + apart)
    last = max(bottom, top + apart * (len(heights) - 1)) + apart
    for index in reversed(order):
        last = moved[index] = min(moved[index], last - apart)
    return moved


def put_names_beside(
    sheet: Sheet, names: Sequence[tuple[str, float, Ink]], *, x: float, top: float, bottom: float
) -> None:
    """Each name at the height of what it names, or as near as the others let it."""
    heights = spread([y for _, y, _ in names], apart=LEADING - 1, top=top, bottom=bottom)
    for (text, _, ink), y in zip(names, heights, strict=True):
        fitting = shortened(text, sheet.width - x, SMALL)
        sheet.put(Words(x=x, y=y + 2.5, text=fitting, size=SMALL, ink=ink))


def names_width(sheet: Sheet, names: Sequence[str]) -> float:
    """The room that the names beside the figure take: theirs, but not over a third."""
    longest = max((width_of(name, SMALL) for name in names), default=0.0)
    return min(longest, sheet.width / 3)
