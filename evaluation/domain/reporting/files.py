"""Reports as files: JSON with everything, CSV with every number in a row, LaTeX for a paper."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from curation.domain.bundle.licenses import safe_cell
from evaluation.domain.reporting.report import Grouping, Measured, RunReport, ScorerReport
from evaluation.domain.twins import ZERO_SHOT

_ABOUT = ("run", "release", "endpoint", "protocol", "scorer")
_NUMBERS = ("value", "low", "high", "k", "n", "problems", "method")
_HEADER = (*_ABOUT, "section", "group", *_NUMBERS, "p_value", "is_withheld")
_LATEX_HEADINGS = (
    "Model",
    "Protocol",
    "Scorer",
    "Right (\\%)",
    "95\\,\\% interval",
    "$k/n$",
    "Answered",
    "Gain",
)
_SPECIAL = {
    "\\": r"\textbackslash{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_ESCAPED = str.maketrans(_SPECIAL)


def as_json(reports: Sequence[RunReport]) -> str:
    """One document for one report, a list of them for more."""
    documents = [report.to_json() for report in reports]
    text = json.dumps(documents[0] if len(documents) == 1 else documents, indent=2)
    return f"{text}\n"


def as_csv(reports: Sequence[RunReport]) -> str:
    """Every number of every report in a row of its own, under one header.

    What a spreadsheet would run as a formula begins with an apostrophe.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _HEADER, lineterminator="\n")
    writer.writeheader()
    for report in reports:
        for row in _rows(report):
            writer.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue()


def as_latex(reports: Sequence[RunReport]) -> str:
    """A table for a paper (package booktabs): a line for each run and scorer."""
    lines = [_latex_line(report, scorer) for report in reports for scorer in report.scorers]
    return "\n".join(
        [
            "% Needs \\usepackage{booktabs}. Intervals: Wilson where every problem was asked once,",
            "% else a bootstrap that draws whole problems; gain: over the run without examples.",
            "\\begin{tabular}{lllrrrrr}",
            "\\toprule",
            f"{' & '.join(_LATEX_HEADINGS)} \\\\",
            "\\midrule",
            *lines,
            "\\bottomrule",
            "\\end{tabular}",
            "",
        ]
    )


def _rows(report: RunReport) -> Iterator[dict[str, Any]]:
    about = {
        "run": report.about.run_id,
        "release": report.about.release,
        "endpoint": report.about.endpoint,
        "protocol": report.about.protocol_label,
    }
    if report.copying:
        for name, measured in (("any", report.copying.any), ("last", report.copying.last)):
            yield {**about, "section": "copied", "group": name, **_numbers(measured)}
    for scorer in report.scorers:
        for row in _rows_of(scorer):
            yield {**about, "scorer": scorer.scorer, **row}


def _rows_of(scorer: ScorerReport) -> Iterator[dict[str, Any]]:
    yield {"section": "overall", **_numbers(scorer.overall)}
    if scorer.by_problem:
        yield {"section": "by_problem", **_numbers(scorer.by_problem)}
    for grouping in _groupings(scorer):
        if grouping.is_withheld:
            yield {"section": grouping.name, "is_withheld": True}
        for group in grouping.groups:
            yield {"section": grouping.name, "group": group.name, **_numbers(group.measured)}
    for each in scorer.comparisons:
        numbers = _numbers(each.difference)
        yield {"section": "difference", "group": each.name, **numbers, "p_value": each.p_value}
    for expected in scorer.expectations:
        numbers = {"value": expected.value, "n": expected.n, "problems": expected.problems}
        yield {"section": "guess", "group": expected.name, **numbers, "method": "exact"}


def _groupings(scorer: ScorerReport) -> Iterator[Grouping]:
    yield from scorer.groupings
    others = (scorer.positions_from_end, scorer.positions_from_start, scorer.when_copied)
    yield from (each for each in others if each is not None)


def _numbers(measured: Measured) -> dict[str, Any]:
    return {name: getattr(measured, name) for name in _NUMBERS}


def _cell(value: Any) -> Any:
    return safe_cell(value) if isinstance(value, str) else value


def _latex_line(report: RunReport, scorer: ScorerReport) -> str:
    found, gain = scorer.overall, scorer.comparison(ZERO_SHOT)
    planned = report.outcomes.planned
    cells = (
        report.about.endpoint.translate(_ESCAPED),
        report.about.protocol_label.translate(_ESCAPED),
        scorer.label.translate(_ESCAPED),
        "--" if found.value is None else f"{100 * found.value:.1f}",
        f"{100 * found.low:.1f}--{100 * found.high:.1f}",
        f"{found.n}" if found.k is None else f"{found.k}/{found.n}",
        f"{found.n}/{planned}",
        "--" if gain is None else _latex_gain(gain.difference),
    )
    return f"{' & '.join(cells)} \\\\"


def _latex_gain(difference: Measured) -> str:
    low, high = 100 * difference.low, 100 * difference.high
    return f"${100 * (difference.value or 0):+.1f}$ (${low:+.1f}$ to ${high:+.1f}$)"
