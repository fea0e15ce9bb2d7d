"""Figures of one row a number: name, drawn interval, and the number itself.

A sheet of the page's width has them beside each other; one of a column's width has the name above.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from evaluation.domain.figures.axes import (
    Axis,
    axis_over,
    put_axis_below,
    put_lines_across,
    put_through,
)
from evaluation.domain.figures.drawing import (
    LEADING,
    SMALL,
    SOLID,
    TEXT,
    Align,
    Dash,
    Form,
    Ink,
    Shape,
    Sheet,
    Stroke,
    Words,
)
from evaluation.domain.figures.keys import FORMS, put_key, put_notes
from evaluation.domain.figures.measuring import width_of, wrapped
from evaluation.domain.figures.plots import Dots, Gain, Gains, Line, Mark, Point, Scale
from evaluation.domain.figures.wording import difference, estimate

_MOST_OF_WIDTH = 0.36
_GAP = 10.0
_ROW = 15.0
_SMALL_DASH: Dash = (2, 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row: its name, what is drawn in it, and what stands behind it."""

    label: str
    words: str
    n: int
    item: Point | Gain | None
    """None where the row is a heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Where the columns of a sheet begin and end, as places from its left edge."""

    label: float
    axis: Axis
    words: float
    n: float


def lay_out_dots(sheet: Sheet, plot: Dots) -> float:
    """Put the figure down; its height."""
    rows: list[_Row] = []
    for group in plot.groups:
        if group.heading:
            rows.append(_Row(label=group.heading, words="", n=0, item=None))
        rows += [
            _Row(label=point.label, words=estimate(point, plot.scale), n=point.n, item=point)
            for point in group.points
        ]
    values = chain(
        *((point.value, point.low, point.high) for point in plot.points if point.value is not None),
        (line.value for line in plot.lines),
    )
    columns = _columns(sheet, rows, list(values), plot.scale)
    heading = "kappa, 95 % interval" if plot.scale is Scale.KAPPA else "%, 95 % interval"
    bottom = _lay_out(sheet, rows, columns, lines=plot.lines, title=plot.axis, heading=heading)
    bottom = put_key(
        sheet,
        [point.mark for point in plot.points],
        has_small=_has_small(plot.points),
        top=bottom,
    )
    return put_notes(sheet, plot.notes, top=bottom)


def lay_out_gains(sheet: Sheet, plot: Gains) -> float:
    """Put the figure down; its height."""
    rows = [
        _Row(label=gain.label, words=difference(gain), n=gain.n, item=gain) for gain in plot.gains
    ]
    values = chain(
        *((gain.before, gain.after) for gain in plot.gains), (line.value for line in plot.lines)
    )
    columns = _columns(sheet, rows, list(values), Scale.PERCENT)
    bottom = _lay_out(
        sheet, rows, columns, lines=plot.lines, title=plot.axis, heading="points, 95 % interval"
    )
    told = f"Hollow: {plot.before}. Arrow to filled: {plot.after}."
    small = (" Dashed: n below 10.",) if _has_small(plot.gains) else ("",)
    return put_notes(sheet, (told + small[0], *plot.notes), top=bottom)


def _has_small(items: Sequence[Point | Gain]) -> bool:
    return any(item.is_small for item in items)


def _columns(
    sheet: Sheet, rows: Sequence[_Row], values: list[float | None], scale: Scale
) -> _Columns:
    words = max((width_of(row.words) for row in rows), default=0.0)
    n = max((width_of(_n(row)) for row in rows), default=0.0)
    if sheet.is_narrow:
        # The n stands in the line of the name, so that the interval keeps some room.
        end = sheet.width - words - _GAP
        axis = axis_over(values, scale, start=6.0, end=end)
        return _Columns(label=sheet.width - n - _GAP, axis=axis, words=sheet.width, n=sheet.width)
    longest = max((width_of(row.label) for row in rows), default=0.0)
    label = min(longest, sheet.width * _MOST_OF_WIDTH)
    right = sheet.width - n - _GAP
    start, end = label + _GAP + 4, right - words - _GAP - 4
    axis = axis_over(values, scale, start=start, end=end)
    return _Columns(label=label, axis=axis, words=right, n=sheet.width)


def _lay_out(
    sheet: Sheet,
    rows: Sequence[_Row],
    columns: _Columns,
    *,
    lines: Sequence[Line],
    title: str,
    heading: str,
) -> float:
    flags = put_lines_across(sheet, lines, columns.axis)
    top = max((flag.y + 9 for flag in flags), default=0.0) + 2
    if not sheet.is_narrow:
        # The headings of the columns stand in the lowest line of names, if there is room.
        words = columns.words - width_of(heading, SMALL) - _GAP
        is_free = all(flag.name_end < words for flag in flags)
        top = max(top if is_free else top + LEADING, LEADING + 2)
        _put_heading(sheet, columns, heading, y=top - 4.5)
    tops = list(accumulate((_height(sheet, row, columns) for row in rows), initial=top))
    bottom = tops.pop() + 2
    bands = _bands(sheet, rows, columns, tops, bottom)
    foot = put_axis_below(sheet, columns.axis, bands=bands, bottom=bottom, title=title)
    for flag in flags:
        through = [(flag.y, top), *bands]
        put_through(sheet, flag.x, through, ink=Ink.QUIET, width=0.9, dash=flag.dash)
    for row, y in zip(rows, tops, strict=True):
        _put_row(sheet, row, columns, top=y)
    return foot


def _bands(
    sheet: Sheet, rows: Sequence[_Row], columns: _Columns, tops: list[float], bottom: float
) -> list[tuple[float, float]]:
    """Where upright lines may be seen: everywhere, or where the names are above, not in them."""
    if not sheet.is_narrow:
        return [(tops[0] if tops else bottom, bottom)]
    ends = [y + _height(sheet, row, columns) for row, y in zip(rows, tops, strict=True)]
    return [
        (end - _ROW + 2, end - 1)
        for row, end in zip(rows, ends, strict=True)
        if row.item is not None
    ]


def _put_heading(sheet: Sheet, columns: _Columns, heading: str, *, y: float) -> None:
    for x, text in ((columns.words, heading), (columns.n, "n")):
        sheet.put(Words(x=x, y=y, text=text, size=SMALL, ink=Ink.QUIET, align=Align.END))


def _label_lines(sheet: Sheet, row: _Row, columns: _Columns) -> list[str]:
    width = sheet.width if row.item is None else columns.label
    return wrapped(row.label, width * (0.93 if row.item is None else 1))


def _height(sheet: Sheet, row: _Row, columns: _Columns) -> float:
    lines = len(_label_lines(sheet, row, columns))
    if row.item is None:
        return lines * LEADING + 9
    if sheet.is_narrow:
        return lines * LEADING + _ROW
    return max(_ROW, lines * LEADING + 5)


def _put_row(sheet: Sheet, row: _Row, columns: _Columns, *, top: float) -> None:
    lines = _label_lines(sheet, row, columns)
    height = _height(sheet, row, columns)
    if row.item is None:
        sheet.lines_of_text(lines, x=0, y=top + 14, is_bold=True)
        return
    if sheet.is_narrow:
        sheet.lines_of_text(lines, x=0, y=top + 8)
        sheet.put(_right(columns.n, top + 8, _n(row), Ink.QUIET))
        middle = top + height - _ROW / 2 - 1
    else:
        middle = top + height / 2
        first = middle - (len(lines) - 1) * LEADING / 2 + 3
        sheet.lines_of_text(lines, x=0, y=first)
        sheet.put(_right(columns.n, middle + 3, _n(row), Ink.QUIET))
    ink = Ink.QUIET if _is_undefined(row.item) else Ink.TEXT
    sheet.put(_right(columns.words, middle + 3, row.words, ink))
    _put_item(sheet, row.item, columns.axis, y=middle)


def _is_undefined(item: Point | Gain) -> bool:
    return (item.value if isinstance(item, Point) else item.difference) is None


def _n(row: _Row) -> str:
    """The n in its column; marked where it is small."""
    if row.item is None:
        return ""
    return f"{row.n:,} *" if row.item.is_small else f"{row.n:,}"


def _right(x: float, y: float, text: str, ink: Ink) -> Words:
    return Words(x=x, y=y, text=text, size=TEXT, ink=ink, align=Align.END)


def _put_item(sheet: Sheet, item: Point | Gain, axis: Axis, *, y: float) -> None:
    if isinstance(item, Gain):
        _put_gain(sheet, item, axis, y=y)
    else:
        _put_point(sheet, item, axis, y=y)


def _put_point(sheet: Sheet, point: Point, axis: Axis, *, y: float) -> None:
    if point.value is None:
        return
    ink = Ink.QUIET if point.mark is Mark.BASELINE else Ink.ACCENT
    if point.low is not None and point.high is not None:
        low, high = axis.place(point.low), axis.place(point.high)
        dash = _SMALL_DASH if point.is_small else SOLID
        sheet.put(Stroke(through=((low, y), (high, y)), ink=ink, width=1.2, dash=dash))
        for end in (low, high):
            sheet.put(Stroke(through=((end, y - 2.5), (end, y + 2.5)), ink=ink, width=1.0))
    form = FORMS[point.mark]
    x = axis.place(point.value)
    sheet.put(Shape(x=x, y=y, form=form, ink=ink, is_hollow=point.is_small))


def _put_gain(sheet: Sheet, gain: Gain, axis: Axis, *, y: float) -> None:
    before = None if gain.before is None else axis.place(gain.before)
    after = None if gain.after is None else axis.place(gain.after)
    if before is not None and after is not None:
        _put_arrow(sheet, before, after, y=y, dash=_SMALL_DASH if gain.is_small else SOLID)
    if before is not None:
        sheet.put(Shape(x=before, y=y, form=Form.CIRCLE, ink=Ink.QUIET, is_hollow=True))
    if after is not None:
        sheet.put(Shape(x=after, y=y, form=Form.CIRCLE, ink=Ink.ACCENT))


def _put_arrow(sheet: Sheet, before: float, after: float, *, y: float, dash: Dash) -> None:
    """A line between the two, with a head before the second where there is room for it."""
    sheet.put(Stroke(through=((before, y), (after, y)), ink=Ink.ACCENT, width=1.4, dash=dash))
    direction = 1 if after > before else -1
    if abs(after - before) > 16:
        form = Form.ARROW_RIGHT if direction > 0 else Form.ARROW_LEFT
        sheet.put(Shape(x=after - direction * 6, y=y, form=form, ink=Ink.ACCENT, radius=2.6))
