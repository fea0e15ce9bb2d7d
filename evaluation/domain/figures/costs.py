"""A share against what it cost, each point with its name beside it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluation.domain.figures.axes import Axis, axis_over, put_axis_title
from evaluation.domain.figures.drawing import SMALL, Align, Ink, Sheet, Stroke, Words
from evaluation.domain.figures.keys import FORMS, put_key, put_notes
from evaluation.domain.figures.measuring import clean, shortened, width_of
from evaluation.domain.figures.plots import Costs, Mark, Point, Priced, Scale
from evaluation.domain.figures.upright import (
    TICKS_WIDTH,
    put_title_above,
    put_upright,
    put_upright_point,
)

_LOGARITHMIC_FROM = 20
"""Costs of which one is so many times another are shown by their logarithm."""
_ROOM_FOR_NOTHING = 22.0
_AROUND = 5.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Money:
    """Costs along the foot. What costs nothing has a place of its own where logarithms end."""

    low: float
    high: float
    start: float
    end: float
    is_logarithmic: bool
    nothing: float

    def place(self, cost: float) -> float:
        """Where a cost stands."""
        if cost <= 0:
            return self.nothing
        low, high, at = self.low, self.high, cost
        if self.is_logarithmic:
            low, high, at = math.log(low), math.log(high), math.log(at)
        return self.start + (at - low) / (high - low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round costs."""
        if self.is_logarithmic:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            # Ones and threes, as far as they are on the axis.
            found = (factor * 10.0**power for power in powers for factor in (1, 3))
            return [tick for tick in found if self.low <= tick <= self.high * 1.0001]
        step = _round_step(self.high / 4)
        return [step * number for number in range(1, math.floor(self.high / step + 1e-9) + 1)]


@dataclass(frozen=True, slots=True)
class _Box:
    """A part of the sheet that is taken."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: "_Box") -> bool:
        """Whether the two share any room."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def lay_out_costs(sheet: Sheet, plot: Costs) -> float:
    """Put the figure down; its height."""
    top = put_title_above(sheet, plot.axis)
    shown = [each for each in plot.priced if each.cost is not None and each.point.value is not None]
    points = [each.point for each in shown]
    values = [v for point in points for v in (point.value, point.low, point.high)]
    height = 150.0 if sheet.is_narrow else 190.0
    axis = axis_over(values, Scale.PERCENT, start=top + height, end=top)
    put_upright(sheet, axis, left=TICKS_WIDTH, right=sheet.width)
    money = _money([each.cost or 0.0 for each in shown], start=TICKS_WIDTH, end=sheet.width)
    foot = _put_money(sheet, money, plot, axis)
    unnamed = _put_points(sheet, shown, money, axis)
    foot = put_key(
        sheet,
        [point.mark for point in points],
        has_small=any(point.is_small for point in points),
        top=foot,
    )
    return put_notes(sheet, [*unnamed, *_left_out(plot), *plot.notes], top=foot)


def _money(costs: Sequence[float], *, start: float, end: float) -> _Money:
    positive = [cost for cost in costs if cost > 0]
    most, least = max(positive, default=1.0), min(positive, default=1.0)
    is_logarithmic = most / least > _LOGARITHMIC_FROM
    has_nothing = len(positive) < len(costs)
    inset = 6.0
    if is_logarithmic:
        start += _ROOM_FOR_NOTHING if has_nothing else 0.0
        low, high = least / 1.3, most * 1.3
    else:
        low, high = 0.0, most * 1.08
    nothing = start + inset if not is_logarithmic else start - _ROOM_FOR_NOTHING + inset
    return _Money(
        low=low,
        high=high,
        start=start + inset,
        end=end - inset,
        is_logarithmic=is_logarithmic,
        nothing=nothing,
    )


def _put_money(sheet: Sheet, money: _Money, plot: Costs, axis: Axis) -> float:
    bottom = axis.start
    sheet.put(
        Stroke(through=((TICKS_WIDTH, bottom), (sheet.width, bottom)), ink=Ink.QUIET, width=0.8)
    )
    free = -math.inf
    for tick in [0.0, *money.ticks()]:
        if money.is_logarithmic and tick == 0 and money.nothing < TICKS_WIDTH:
            continue
        x, text = money.place(tick), f"{tick:.6g}"
        half = width_of(text, SMALL) / 2
        if x - half < free or x + half > sheet.width:
            continue
        free = x + half + 6
        sheet.put(
            Stroke(through=((x, bottom), (x, bottom + 3)), ink=Ink.QUIET, width=0.6),
            Words(x=x, y=bottom + 11, text=text, size=SMALL, ink=Ink.QUIET, align=Align.MIDDLE),
        )
    title = f"{plot.across}, logarithmic" if money.is_logarithmic else plot.across
    return put_axis_title(sheet, title, start=TICKS_WIDTH, end=sheet.width, y=bottom + 21)


def _put_points(sheet: Sheet, shown: Sequence[Priced], money: _Money, axis: Axis) -> list[str]:
    """The points and their names; a note of those whose names found no room, by numbers."""
    places = [(money.place(p.cost or 0.0), axis.place(p.point.value or 0.0)) for p in shown]
    taken = [
        _Box(x - _AROUND + 1, y - _AROUND + 1, x + _AROUND - 1, y + _AROUND - 1) for x, y in places
    ]
    for each, (x, _) in zip(shown, places, strict=True):
        ink = Ink.QUIET if each.point.mark is Mark.BASELINE else Ink.ACCENT
        put_upright_point(sheet, each.point, axis, x=x, form=FORMS[each.point.mark], ink=ink)
        if each.point.low is not None and each.point.high is not None:
            low, high = axis.place(each.point.low), axis.place(each.point.high)
            taken.append(_Box(x - 2.5, high - 1, x + 2.5, low + 1))
    field = _Box(TICKS_WIDTH, axis.end - 6, sheet.width, axis.start - 1)
    numbered: list[str] = []
    for each, place in zip(shown, places, strict=True):
        name = shortened(each.point.label, sheet.width / 3, SMALL)
        if not _put_name(sheet, name, place, taken, field):
            number = str(len(numbered) + 1)
            numbered.append(f"{number} {clean(each.point.label)}")
            _put_name(sheet, number, place, taken, field)
    return ["; ".join(numbered) + "."] if numbered else []


def _put_name(
    sheet: Sheet, name: str, place: tuple[float, float], taken: list[_Box], field: _Box
) -> bool:
    """Put the name where it covers nothing, if there is such a place."""
    for box in _around(place, width_of(name, SMALL)):
        is_inside = box.left >= field.left and box.right <= field.right
        is_inside = is_inside and box.top >= field.top and box.bottom <= field.bottom
        if is_inside and not any(box.touches(other) for other in taken):
            taken.append(box)
            sheet.put(Words(x=box.left, y=box.bottom - 2, text=name, size=SMALL, ink=Ink.TEXT))
            return True
    return False


def _around(place: tuple[float, float], width: float) -> Iterator[_Box]:
    """Places beside a point, the best first."""
    x, y = place
    for down in (0.0, -8.0, 8.0, -16.0, 16.0):
        yield _Box(x + _AROUND, y + down - 4.5, x + _AROUND + width, y + down + 4.5)
        yield _Box(x - _AROUND - width, y + down - 4.5, x - _AROUND, y + down + 4.5)


def _left_out(plot: Costs) -> Iterator[str]:
    """Which of them are not drawn, and why."""
    unpriced = [each.point for each in plot.priced if each.cost is None]
    unanswered = [p.point for p in plot.priced if p.cost is not None and p.point.value is None]
    for points, why in ((unpriced, "Without a price"), (unanswered, "Without a number")):
        if points:
            yield f"{why}: {_names(points)}."


def _names(points: Sequence[Point]) -> str:
    return "; ".join(clean(point.label) for point in points)


def _round_step(least: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, ... and their tenths."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least - 1e-12)
