"""From values to places: how far an axis reaches, where its ticks stand, what stands beside it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evaluation.domain.figures.drawing import (
    LEADING,
    SMALL,
    SOLID,
    Align,
    Dash,
    Ink,
    Sheet,
    Stroke,
    Words,
)
from evaluation.domain.figures.measuring import clean, width_of, wrapped
from evaluation.domain.figures.plots import Line, Scale
from evaluation.domain.figures.wording import number

_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_LEAST_SPAN = 0.4
"""No axis is narrower, so that a small difference is not made to look a large one."""
_TICK_ROOM = 26.0
_DASHES: tuple[Dash, ...] = ((4, 2), (1.2, 1.8), (6, 2, 1.2, 2), (8, 3), (2.5, 2.5))
"""Lines to compare with are told apart by these, in black and white too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A scale from ``low`` at the place ``start`` to ``high`` at ``end``."""

    scale: Scale
    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Where a value stands; one outside stands at the end that it passed."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, room: float = _TICK_ROOM) -> list[float]:
        """Round values, at least ``room`` points apart."""
        most = max(1.0, abs(self.end - self.start) / room)
        span = self.high - self.low
        step = next((step for step in _STEPS if span / step <= most), _STEPS[-1])
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [tick * step for tick in range(first, last + 1)]

    def tick_label(self, value: float) -> str:
        """A tick's value: without decimals where the scale is one of hundredths."""
        written = number(value, self.scale)
        return (
            written.removesuffix("0") if self.scale is Scale.KAPPA else written.removesuffix(".0")
        )


def axis_over(values: Iterable[float | None], scale: Scale, *, start: float, end: float) -> Axis:
    """An axis from tenth to tenth around all values, within what is possible."""
    least, most = scale.bounds
    known = [min(max(value, least), most) for value in values if value is not None]
    if not known:
        return Axis(scale=scale, low=max(0.0, least), high=most, start=start, end=end)
    low = math.floor(min(known) * 10 + 1e-9) / 10
    high = math.ceil(max(known) * 10 - 1e-9) / 10
    while high - low < _LEAST_SPAN - 1e-9:
        low, high = max(least, low - 0.1), min(most, high + 0.1)
    return Axis(scale=scale, low=low, high=high, start=start, end=end)


type Band = tuple[float, float]


def put_axis_below(
    sheet: Sheet, axis: Axis, *, bands: Sequence[Band], bottom: float, title: str
) -> float:
    """Ticks with light lines through the bands above, and the axis' title; how far it reaches."""
    for tick in axis.ticks():
        x = axis.place(tick)
        text = axis.tick_label(tick)
        put_through(sheet, x, [*bands, (bottom, bottom + 3)], ink=Ink.LINE, width=0.6)
        sheet.put(
            Words(x=x, y=bottom + 11, text=text, size=SMALL, ink=Ink.QUIET, align=Align.MIDDLE)
        )
    sheet.put(Stroke(through=((axis.start, bottom), (axis.end, bottom)), ink=Ink.QUIET, width=0.8))
    return put_axis_title(sheet, title, start=axis.start, end=axis.end, y=bottom + 21)


def put_through(
    sheet: Sheet, x: float, bands: Sequence[Band], *, ink: Ink, width: float, dash: Dash = SOLID
) -> None:
    """An upright line through bands from top to bottom, and not through the words between."""
    for top, bottom in bands:
        sheet.put(Stroke(through=((x, top), (x, bottom)), ink=ink, width=width, dash=dash))


def put_axis_title(sheet: Sheet, title: str, *, start: float, end: float, y: float) -> float:
    """The title in the middle below the axis, within the sheet; how far down it reaches."""
    lines = wrapped(title, sheet.width, SMALL)
    half = max(width_of(line, SMALL) for line in lines) / 2
    middle = min(max((start + end) / 2, half), sheet.width - half)
    sheet.lines_of_text(lines, x=middle, y=y + 1, size=SMALL, ink=Ink.QUIET, align=Align.MIDDLE)
    return y + LEADING * (len(lines) - 1) + 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """A line to compare with: where its stroke begins, and where its name ends."""

    x: float
    y: float
    dash: Dash
    name_end: float


def put_lines_across(sheet: Sheet, lines: Sequence[Line], axis: Axis) -> list[Flagged]:
    """The names of the lines above the axis, each a flag at the right of its stroke.

    A name that the stroke of another would pass through stands above where that one begins.
    """
    flags = sorted(lines, key=lambda line: line.value)
    texts = [line_name(line, axis.scale) for line in flags]
    places = [axis.place(line.value) for line in flags]
    starts = [
        max(0.0, min(x + 2.5, sheet.width - width_of(text, SMALL)))
        for x, text in zip(places, texts, strict=True)
    ]
    ends = [start + width_of(text, SMALL) for start, text in zip(starts, texts, strict=True)]
    levels = _levels(starts, ends)
    flagged = []
    for index, text in enumerate(texts):
        y = (max(levels) - levels[index] + 1) * LEADING
        words = Words(x=starts[index], y=y - 2.5, text=text, size=SMALL, ink=Ink.QUIET)
        sheet.put(words)
        dash = _DASHES[index % len(_DASHES)]
        flagged.append(Flagged(x=places[index], y=y - 9, dash=dash, name_end=ends[index]))
    return flagged


def line_name(line: Line, scale: Scale) -> str:
    """A line's label with its value."""
    return f"{clean(line.label)} {number(line.value, scale)}"


def _levels(starts: Sequence[float], ends: Sequence[float]) -> list[int]:
    """How high each name stands above the lowest: over all that begin within it."""
    levels = [0] * len(starts)
    for index in reversed(range(len(starts))):
        within = [
            levels[other]
            for other in range(index + 1, len(starts))
            if starts[other] < ends[index] + 6
        ]
        levels[index] = max(within, default=-1) + 1
    return levels
