"""One figure of each kind, and one that is awkward in each way."""

from evaluation.domain.figures import (
    Costs,
    Curve,
    Dots,
    Gain,
    Gains,
    Group,
    Line,
    Mark,
    Plot,
    Point,
    Priced,
    Series,
    agreement,
    forest,
)
from evaluation.domain.statistics import wilson_interval

LINES = (
    Line(label="random", value=0.26),
    Line(label="majority", value=0.29),
    Line(label="experts", value=0.78),
)


def point(label: str, k: int, n: int, mark: Mark = Mark.MEASURED) -> Point:
    """k of n with Wilson's interval; undefined where n is 0."""
    low, high = wilson_interval(k, n)
    return Point(label=label, value=k / n if n else None, low=low, high=high, n=n, mark=mark)


POINTS = (
    point("gpt-4o", 55, 108, Mark.IMPORTED),
    point("meta-llama/Llama-3.2-90B-Vision-Instruct, a name of many words & <signs>", 48, 110),
    point("majority", 33, 111, Mark.BASELINE),
    point("costs $5 or $6_a", 3, 6),
    point("silent", 0, 0),
)
PLOTS: dict[str, Plot] = {
    "forest": forest("Models", "Right answers, %", POINTS, lines=LINES),
    "strata": Dots(
        title="Strata",
        axis="Right answers, %",
        groups=(
            Group(heading="Specialty", points=POINTS[:2]),
            Group(heading="Difficulty", points=POINTS[2:]),
        ),
        notes=("Intervals are not adjusted.",),
    ),
    "gains": Gains(
        title="Gain",
        axis="Right answers, %",
        gains=(
            Gain(label="up", before=0.3, after=0.5, difference=0.2, low=0.1, high=0.3, n=108),
            Gain(label="down", before=0.5, after=0.47, difference=-0.03, low=-0.1, high=0.1, n=9),
            Gain(label="unknown", before=None, after=0.4, difference=None, n=0),
        ),
    ),
    "curve": Curve(
        title="Position",
        across="Position of the matching example",
        axis="Right answers, %",
        lines=LINES[:1],
        series=(
            Series(label="first", points=tuple(point(str(i), 40 - i, 60) for i in range(1, 8))),
            Series(label="second", points=tuple(point(str(i), 4, 8) for i in range(1, 6))),
        ),
    ),
    "agreement": agreement("Agreement", (point("judge and expert", 50, 60), POINTS[4])),
    "costs": Costs(
        title="Cost",
        across="Cost of 1,000 answers",
        axis="Right answers, %",
        priced=tuple(
            Priced(point=each, cost=cost)
            for each, cost in zip(POINTS, (4.0, 0.1, 0.0, None, 1.0), strict=True)
        ),
    ),
}
