"""What a figure shows: plain values, before anything is drawn.

Shares and their bounds are in [0, 1], kappas and differences in [-1, 1]. A value is None where it
is undefined, which is shown as such; ``low`` and ``high`` are None where there is no interval.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

SMALL_N = 10
"""A number of fewer than so many is marked."""


class Scale(StrEnum):
    """What the numbers are, and so how they are written and how far their axis may reach."""

    PERCENT = "percent"
    KAPPA = "kappa"
    POINTS = "points"

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest value there can be."""
        return (0.0, 1.0) if self is Scale.PERCENT else (-1.0, 1.0)

    @property
    def factor(self) -> float:
        """What a value is multiplied by to be written."""
        return 1.0 if self is Scale.KAPPA else 100.0

    @property
    def decimals(self) -> int:
        """How many decimals are written."""
        return 2 if self is Scale.KAPPA else 1


class Mark(StrEnum):
    """Where a number comes from; each has a shape of its own."""

    MEASURED = "measured here"
    IMPORTED = "imported"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One number with its interval and the n it stands on.

    ``problems`` are those that the n answers are about, where a problem may be asked often.
    """

    label: str
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    mark: Mark = Mark.MEASURED
    problems: int | None = None

    @property
    def is_small(self) -> bool:
        """Whether it stands on so little that it is marked."""
        return min(self.n, self.n if self.problems is None else self.problems) < SMALL_N


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A value to compare all others with: what a baseline or experts reach."""

    label: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Points that belong together; an empty heading is left out."""

    heading: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """One row a point: models under each other, strata of a run, agreements."""

    title: str
    axis: str
    groups: tuple[Group, ...]
    lines: tuple[Line, ...] = ()
    scale: Scale = Scale.PERCENT
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> tuple[Point, ...]:
        """The points of all groups."""
        return tuple(point for group in self.groups for point in group.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """A share without examples, the share with them, and their paired difference."""

    label: str
    before: float | None
    after: float | None
    difference: float | None
    n: int
    low: float | None = None
    high: float | None = None

    @property
    def is_small(self) -> bool:
        """Whether it stands on so little that it is marked."""
        return self.n < SMALL_N


@dataclass(frozen=True, slots=True, kw_only=True)
class Gains:
    """One arrow a row, from the share without examples to the share with them."""

    title: str
    axis: str
    gains: tuple[Gain, ...]
    lines: tuple[Line, ...] = ()
    before: str = "0-shot"
    after: str = "in-context"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Numbers along the positions 1, 2, ...; a point's label is its position in words."""

    label: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Shares by position, such as that of the example with the query's answer."""

    title: str
    across: str
    axis: str
    series: tuple[Series, ...]
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def positions(self) -> tuple[str, ...]:
        """The positions in words, in the order in which they first stand in a series."""
        labels = (point.label for series in self.series for point in series.points)
        return tuple(dict.fromkeys(labels))


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A share and what it cost; ``cost`` is None where no price is known."""

    point: Point
    cost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a share of right answers costs. ``across`` names the cost and its unit."""

    title: str
    across: str
    axis: str
    priced: tuple[Priced, ...]
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> tuple[Point, ...]:
        """The shares, without what they cost."""
        return tuple(each.point for each in self.priced)


type Plot = Dots | Gains | Curve | Costs


def forest(
    title: str, axis: str, points: tuple[Point, ...], *, lines: tuple[Line, ...] = ()
) -> Dots:
    """Models, or whatever else is compared, under each other."""
    return Dots(title=title, axis=axis, groups=(Group(heading="", points=points),), lines=lines)


def agreement(title: str, points: tuple[Point, ...]) -> Dots:
    """Kappas under each other, beside what chance alone gives."""
    return Dots(
        title=title,
        axis="Kappa (1 is full agreement)",
        groups=(Group(heading="", points=points),),
        lines=(Line(label="chance", value=0.0),),
        scale=Scale.KAPPA,
    )


def has_something(plot: Plot) -> bool:
    """Whether any value of it is defined, so that it is worth drawing."""
    return any(value is not None for value in _values(plot))


def _values(plot: Plot) -> Iterator[float | None]:
    match plot:
        case Gains():
            for gain in plot.gains:
                yield gain.before
                yield gain.after
        case Curve():
            yield from (point.value for series in plot.series for point in series.points)
        case Dots() | Costs():
            yield from (point.value for point in plot.points)
