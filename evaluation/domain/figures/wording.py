"""A figure's numbers as they are written, and a figure in sentences for who cannot see it."""

from evaluation.domain.figures.plots import (
    Costs,
    Curve,
    Dots,
    Gain,
    Gains,
    Plot,
    Point,
    Priced,
    Scale,
)

_MOST_TOLD = 12
"""A figure of more numbers than this is told by its highest and its lowest."""

_MINUS = "−"  # noqa: RUF001 - the sign of a negative number, which a hyphen is too short for


def number(value: float, scale: Scale, *, is_signed: bool = False) -> str:
    """The value in the scale's unit.

    >>> number(0.509, Scale.PERCENT)
    '50.9'
    """
    # Adding 0.0 makes of a negative zero one without sign.
    written = round(value * scale.factor, scale.decimals) + 0.0
    sign = _MINUS if written < 0 else "+" if is_signed and written > 0 else ""
    return f"{sign}{abs(written):.{scale.decimals}f}"


def interval(low: float | None, high: float | None, scale: Scale) -> str:
    """The bounds in brackets; nothing where there are none."""
    if low is None or high is None:
        return ""
    return f"({number(low, scale)} to {number(high, scale)})"


def estimate(point: Point, scale: Scale) -> str:
    """The number with its interval, or that there is none."""
    if point.value is None:
        return "undefined" if point.n else "no answers"
    return f"{number(point.value, scale)} {interval(point.low, point.high, scale)}".strip()


def difference(gain: Gain) -> str:
    """The paired difference in points with its interval, or that there is none."""
    if gain.difference is None:
        return "undefined"
    written = number(gain.difference, Scale.POINTS, is_signed=True)
    return f"{written} {interval(gain.low, gain.high, Scale.POINTS)}".strip()


def in_sentences(plot: Plot) -> str:
    """What the figure shows, for its description and where it cannot be seen."""
    match plot:
        case Dots():
            return f"{plot.axis}. {_told([_dot(p, plot.scale) for p in plot.points])}{_lines(plot)}"
        case Gains():
            shares = f"From {plot.before} to {plot.after}, difference in points."
            return f"{shares} {_told([_gain(gain) for gain in plot.gains])}{_lines(plot)}"
        case Curve():
            told = [f"{_named(each.label)}{_along(each.points)}" for each in plot.series]
            return f"{plot.axis}, by {_lowered(plot.across)}. {' '.join(told)}{_lines(plot)}"
        case Costs():
            across = _lowered(plot.across)
            return f"{plot.axis}, against {across}. {_told([_price(p) for p in plot.priced])}"


def _told(told: list[str]) -> str:
    if len(told) <= _MOST_TOLD:
        return "; ".join(told) + "."
    first = "; ".join(told[:_MOST_TOLD])
    return f"{first}; and {len(told) - _MOST_TOLD} more, all in the table of its data."


def _dot(point: Point, scale: Scale) -> str:
    return f"{point.label} {estimate(point, scale)}, n {point.n}"


def _gain(gain: Gain) -> str:
    from_to = " to ".join(
        "undefined" if share is None else number(share, Scale.PERCENT)
        for share in (gain.before, gain.after)
    )
    return f"{gain.label} {from_to}, {difference(gain)}, n {gain.n}"


def _along(points: tuple[Point, ...]) -> str:
    return _told([_dot(point, Scale.PERCENT) for point in points])


def _price(priced: Priced) -> str:
    cost = "without a price" if priced.cost is None else f"for {priced.cost:.4g}"
    return f"{_dot(priced.point, Scale.PERCENT)}, {cost}"


def _lines(plot: Dots | Gains | Curve) -> str:
    scale = plot.scale if isinstance(plot, Dots) else Scale.PERCENT
    told = (f"{line.label} {number(line.value, scale)}" for line in plot.lines)
    return f" Lines: {'; '.join(told)}." if plot.lines else ""


def _named(label: str) -> str:
    return f"{label}: " if label else ""


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]
