"""The data of a figure as a table: every number that is drawn, and those that could not be."""

from collections.abc import Sequence

from evaluation.domain.figures import Costs, Curve, Dots, Gains, Plot, Point, Scale
from evaluation.domain.tables import Cell, Column, Kind, Table

_N = Column(name="n", heading="n", kind=Kind.COUNT, is_n=True)
_PROBLEMS = Column(name="problems", heading="problems", kind=Kind.COUNT, is_n=True)

_ALWAYS = {"value", "low", "high", "n", "before", "after", "difference"}
"""Columns that stand there though nothing in them is defined."""


def tabled(name: str, plot: Plot) -> Table:
    """One row a number; lines to compare with come last, without an n."""
    match plot:
        case Dots():
            return _dots(name, plot)
        case Gains():
            return _gains(name, plot)
        case Curve():
            return _curve(name, plot)
        case Costs():
            return _costs(name, plot)


def _shares(kind: Kind) -> tuple[Column, ...]:
    value = "Kappa" if kind is Kind.KAPPA else "Right"
    return (
        Column(name="value", heading=value, kind=kind),
        Column(name="low", heading="95 % interval from", kind=kind),
        Column(name="high", heading="to", kind=kind),
        _N,
        _PROBLEMS,
    )


def _cells(point: Point) -> tuple[Cell, ...]:
    if point.value is None:
        return None, None, None, point.n, point.problems
    return point.value, point.low, point.high, point.n, point.problems


def _text(name: str, heading: str) -> Column:
    return Column(name=name, heading=heading, kind=Kind.TEXT)


def _dots(name: str, plot: Dots) -> Table:
    kind = Kind.KAPPA if plot.scale is Scale.KAPPA else Kind.SHARE
    rows: list[tuple[Cell, ...]] = [
        (group.heading, point.label, *_cells(point), point.mark.value)
        for group in plot.groups
        for point in group.points
    ]
    rows += [("", line.label, line.value, None, None, None, None, "line") for line in plot.lines]
    columns = (_text("group", "Group"), _text("label", "What"), *_shares(kind))
    return _without_empty(name, plot, (*columns, _text("kind", "Kind")), rows)


def _gains(name: str, plot: Gains) -> Table:
    points = "points"
    columns = (
        _text("label", "What"),
        Column(name="before", heading=plot.before, kind=Kind.SHARE),
        Column(name="after", heading=plot.after, kind=Kind.SHARE),
        Column(name="difference", heading="Difference", kind=Kind.SHARE, unit=points),
        Column(name="low", heading="95 % interval from", kind=Kind.SHARE, unit=points),
        Column(name="high", heading="to", kind=Kind.SHARE, unit=points),
        _N,
    )
    rows = [
        (gain.label, gain.before, gain.after, gain.difference, gain.low, gain.high, gain.n)
        for gain in plot.gains
    ]
    return _without_empty(name, plot, columns, rows)


def _curve(name: str, plot: Curve) -> Table:
    columns = (_text("series", "Series"), _text("position", "Position"), *_shares(Kind.SHARE))
    rows = [
        (series.label, point.label, *_cells(point))
        for series in plot.series
        for point in series.points
    ]
    return _without_empty(name, plot, columns, rows)


def _costs(name: str, plot: Costs) -> Table:
    cost = Column(name="cost", heading=plot.across, kind=Kind.NUMBER)
    columns = (_text("label", "What"), *_shares(Kind.SHARE), cost, _text("kind", "Kind"))
    rows = [
        (each.point.label, *_cells(each.point), each.cost, each.point.mark.value)
        for each in plot.priced
    ]
    return _without_empty(name, plot, columns, rows)


def _without_empty(
    name: str, plot: Plot, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]
) -> Table:
    """The table, less the columns in which nothing stands."""
    kept = [
        place
        for place, column in enumerate(columns)
        if column.name in _ALWAYS or any(row[place] not in {None, ""} for row in rows)
    ]
    return Table(
        name=name.replace("_", "-"),
        caption=plot.title,
        columns=tuple(columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in rows),
        notes=plot.notes,
    )
