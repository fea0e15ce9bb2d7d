"""What of a report is worth a figure, and the table of its data: one `Exhibit` each.

An exhibit that would show nothing is left out, so that no page and no address leads to one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from evaluation.domain.figures import (
    Curve,
    Dots,
    Gain,
    Gains,
    Group,
    Line,
    Mark,
    Plot,
    Point,
    Series,
    agreement,
    has_something,
    in_sentences,
)
from evaluation.domain.reporting import Comparison, Grouping, Measured, RunReport, ScorerReport
from evaluation.domain.tabled import tabled
from evaluation.domain.tables import Table
from evaluation.domain.twins import ZERO_SHOT

_RIGHT = "Right answers, %"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A figure with its name for addresses, and the table of what it shows."""

    name: str
    plot: Plot

    @property
    def title(self) -> str:
        """What stands below the figure and above the table."""
        return self.plot.title

    @property
    def told(self) -> str:
        """The figure in sentences."""
        return in_sentences(self.plot)

    @property
    def table(self) -> Table:
        """All that it shows."""
        return tabled(self.name, self.plot)


def exhibits_of(report: RunReport, scorer: ScorerReport) -> dict[str, Exhibit]:
    """The exhibits of a run by one of its scorers, by name."""
    about = f"{report.about.endpoint}, {report.about.protocol_label}, {scorer.label}"
    found = (Exhibit(name=name, plot=plot) for name, plot in _plots(report, scorer, about) if plot)
    return {each.name: each for each in found if has_something(each.plot)}


def _plots(
    report: RunReport, scorer: ScorerReport, about: str
) -> Iterator[tuple[str, Plot | None]]:
    yield "overall", _overall(report, scorer)
    yield "gain", _gain(report)
    yield "strata", _strata(scorer, about)
    yield "positions_from_end", _curve(scorer.positions_from_end, about, "the end")
    yield "positions_from_start", _curve(scorer.positions_from_start, about, "the start")
    yield "agreement", _agreement(report)


def _overall(report: RunReport, scorer: ScorerReport) -> Dots:
    mark = _mark(report)
    points = tuple(_point(each.label, each.overall, mark) for each in report.scorers)
    lines = tuple(
        Line(label=each.label, value=each.value)
        for each in scorer.expectations
        if each.value is not None
    )
    title = f"How often right: {report.about.endpoint}, {report.about.protocol_label}"
    groups = (Group(heading="", points=points),)
    return Dots(title=title, axis=_RIGHT, groups=groups, lines=lines)


def _mark(report: RunReport) -> Mark:
    if report.about.is_baseline:
        return Mark.BASELINE
    return Mark.IMPORTED if report.about.is_imported else Mark.MEASURED


def _gain(report: RunReport) -> Gains | None:
    compared = [(each.label, each.comparison(ZERO_SHOT)) for each in report.scorers]
    gains = tuple(_arrow(label, found) for label, found in compared if found)
    if not gains:
        return None
    title = f"What the examples gave: {report.about.endpoint}, {report.about.protocol_label}"
    return Gains(title=title, axis=_RIGHT, gains=gains)


def _arrow(label: str, found: Comparison) -> Gain:
    difference = found.difference
    return Gain(
        label=label,
        before=found.there,
        after=found.here,
        difference=difference.value,
        low=difference.low,
        high=difference.high,
        n=min(difference.n, difference.problems),
    )


def _strata(scorer: ScorerReport, about: str) -> Dots | None:
    groups = tuple(
        Group(
            heading=each.label,
            points=tuple(_point(group.label, group.measured) for group in each.groups),
        )
        for each in scorer.groupings
        if each.is_compared
    )
    overall = scorer.overall.value
    if not groups or overall is None:
        return None
    return Dots(
        title=f"Where it is better or worse: {about}",
        axis=_RIGHT,
        groups=groups,
        lines=(Line(label="all", value=overall),),
        notes=("Intervals are not adjusted for the number of groups.",),
    )


def _curve(grouping: Grouping | None, about: str, side: str) -> Curve | None:
    if grouping is None or not grouping.groups:
        return None
    points = tuple(_point(group.name, group.measured) for group in grouping.groups)
    return Curve(
        title=f"By the position of the matching example, from {side}: {about}",
        across=f"Position of the last example with the query's answer, counted from {side}",
        axis=_RIGHT,
        series=(Series(label="", points=points),),
    )


def _agreement(report: RunReport) -> Dots | None:
    points = tuple(
        Point(
            label=f"{each.first_label} and {each.second_label}",
            value=each.kappa,
            low=each.kappa_low,
            high=each.kappa_high,
            n=each.n,
        )
        for each in report.agreements
    )
    title = f"How far scorers agree: {report.about.endpoint}, {report.about.protocol_label}"
    return agreement(title, points) if points else None


def _point(label: str, measured: Measured, mark: Mark = Mark.MEASURED) -> Point:
    return Point(
        label=label,
        value=measured.value,
        low=measured.low,
        high=measured.high,
        n=measured.n,
        problems=measured.problems,
        mark=mark,
    )
