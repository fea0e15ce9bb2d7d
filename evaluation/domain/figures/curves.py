"""A share by position: one line a series, with the n of each position below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from evaluation.domain.figures.axes import Axis, axis_over, line_name, put_axis_title
from evaluation.domain.figures.drawing import (
    LEADING,
    SMALL,
    SOLID,
    Align,
    Dash,
    Form,
    Ink,
    Place,
    Shape,
    Sheet,
    Stroke,
    Words,
)
from evaluation.domain.figures.keys import put_key, put_notes
from evaluation.domain.figures.measuring import width_of
from evaluation.domain.figures.plots import Curve, Point, Scale, Series
from evaluation.domain.figures.upright import (
    TICKS_WIDTH,
    names_width,
    put_lines_level,
    put_names_beside,
    put_title_above,
    put_upright,
    put_upright_point,
)

_LOOKS: tuple[tuple[Form, Ink, Dash], ...] = (
    (Form.CIRCLE, Ink.ACCENT, SOLID),
    (Form.SQUARE, Ink.TEXT, (4, 2)),
    (Form.DIAMOND, Ink.QUIET, (1.2, 1.8)),
    (Form.TRIANGLE, Ink.ACCENT, (6, 2, 1.2, 2)),
)
_LINE_DASHES: tuple[Dash, ...] = ((1.5, 2.5), (5, 3), (8, 2, 2, 2))
_BETWEEN_SERIES = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """The part of the sheet in which the lines are drawn."""

    left: float
    right: float
    axis: Axis
    positions: tuple[str, ...]

    @property
    def step(self) -> float:
        """From one position to the next."""
        return (self.right - self.left) / max(1, len(self.positions))

    def middle(self, position: str) -> float:
        """Where a position stands."""
        return self.left + self.step * (self.positions.index(position) + 0.5)


def lay_out_curve(sheet: Sheet, plot: Curve) -> float:
    """Put the figure down; its height."""
    top = put_title_above(sheet, plot.axis)
    field = _field(sheet, plot, top=top)
    put_upright(sheet, field.axis, left=field.left, right=field.right)
    lines = [
        (line, _LINE_DASHES[index % len(_LINE_DASHES)]) for index, line in enumerate(plot.lines)
    ]
    put_lines_level(sheet, lines, field.axis, left=field.left, right=field.right)
    names: list[tuple[str, float, Ink]] = [
        (line_name(line, Scale.PERCENT), field.axis.place(line.value), Ink.QUIET)
        for line in plot.lines
    ]
    for index, series in enumerate(plot.series):
        end = _put_series(sheet, field, series, index, len(plot.series))
        if end is not None and series.label:
            names.append((series.label, end, _LOOKS[index % len(_LOOKS)][1]))
    put_names_beside(sheet, names, x=field.right + 6, top=field.axis.end, bottom=field.axis.start)
    return _put_foot(sheet, plot, field)


def _field(sheet: Sheet, plot: Curve, *, top: float) -> _Field:
    points = [point for series in plot.series for point in series.points]
    values = chain(
        *((point.value, point.low, point.high) for point in points if point.value is not None),
        (line.value for line in plot.lines),
    )
    height = 130.0 if sheet.is_narrow else 170.0
    axis = axis_over(list(values), Scale.PERCENT, start=top + height, end=top)
    names = [series.label for series in plot.series]
    names += [line_name(line, Scale.PERCENT) for line in plot.lines]
    beside = names_width(sheet, names)
    right = sheet.width - beside - (8 if beside else 4)
    return _Field(left=TICKS_WIDTH, right=right, axis=axis, positions=plot.positions)


def _put_series(sheet: Sheet, field: _Field, series: Series, index: int, of: int) -> float | None:
    """The points and the line through them; the height at which it ends, if it has any."""
    form, ink, dash = _LOOKS[index % len(_LOOKS)]
    between = min(_BETWEEN_SERIES, field.step / (of + 1))
    aside = (index - (of - 1) / 2) * between
    known = [point for point in series.points if point.value is not None]
    for through in pairwise(_places(known, field, aside)):
        sheet.put(Stroke(through=through, ink=ink, width=1.0, dash=dash))
    for point in known:
        x = field.middle(point.label) + aside
        put_upright_point(sheet, point, field.axis, x=x, form=form, ink=ink)
    places = _places(known, field, aside)
    return places[-1][1] if places else None


def _places(points: Sequence[Point], field: _Field, aside: float) -> list[Place]:
    return [
        (field.middle(point.label) + aside, field.axis.place(point.value))
        for point in points
        if point.value is not None
    ]


def _put_foot(sheet: Sheet, plot: Curve, field: _Field) -> float:
    bottom = field.axis.start
    sheet.put(
        Stroke(through=((field.left, bottom), (field.right, bottom)), ink=Ink.QUIET, width=0.8)
    )
    y = bottom + 12
    _put_along(sheet, field, dict(zip(field.positions, field.positions, strict=True)), y=y)
    y = put_axis_title(sheet, plot.across, start=field.left, end=field.right, y=y + 10) + 8
    sheet.put(Words(x=0, y=y, text="n", size=SMALL, ink=Ink.QUIET))
    for index, series in enumerate(plot.series):
        row = y + index * LEADING
        if len(plot.series) > 1:
            form, ink, _ = _LOOKS[index % len(_LOOKS)]
            sheet.put(Shape(x=14, y=row - 2.5, form=form, ink=ink, radius=2.4))
        _put_along(sheet, field, {point.label: _n(point) for point in series.points}, y=row)
    y += (len(plot.series) - 1) * LEADING
    has_small = any(point.is_small for series in plot.series for point in series.points)
    return put_notes(sheet, plot.notes, top=put_key(sheet, (), has_small=has_small, top=y))


def _n(point: Point) -> str:
    words = f"{point.n:,} *" if point.is_small else f"{point.n:,}"
    return words if point.value is not None or not point.n else f"{words} undefined"


def _put_along(sheet: Sheet, field: _Field, words: dict[str, str], *, y: float) -> None:
    """Words below the positions; only every other, or third, where all would touch."""
    widest = max((width_of(text, SMALL) for text in words.values()), default=0.0)
    each = max(1, -int(-(widest + 3) // field.step))
    for number, position in enumerate(field.positions):
        if position in words and number % each == 0:
            sheet.put(
                Words(
                    x=field.middle(position),
                    y=y,
                    text=words[position],
                    size=SMALL,
                    ink=Ink.QUIET,
                    align=Align.MIDDLE,
                )
            )
