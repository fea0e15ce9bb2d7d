"""In which groups the answers of a run are looked at, and by where the matching example stood."""

from collections.abc import Iterator

import numpy as np

from evaluation.domain.reporting.measuring import numbered
from evaluation.domain.reporting.rows import UNKNOWN, Categories, Codes, Problems, Rows

ANSWER_SHOWN = "answer_shown"
MATCHING_PLACE = "matching_place"
FROM_END = "position_from_end"
FROM_START = "position_from_start"
WHEN_COPIED = "when_copied"

_PLACES = {
    "last": "Last",
    "between": "Between",
    "first": "First",
    "none": "No example has the answer",
}


def strata_of(rows: Rows, problems: Problems) -> Iterator[Categories]:
    """Every way in which the predictions fall into groups, with a code for each prediction."""
    for categories in problems.categories:
        yield _of_rows(categories, rows.scored.problem)
    yield Categories(
        name=ANSWER_SHOWN,
        label="Is the right answer among the examples?",
        names=("yes", "no"),
        labels=("Yes", "No"),
        codes=np.select([rows.matching > 0, rows.matching == 0], [0, 1], UNKNOWN),
    )
    yield Categories(
        name=MATCHING_PLACE,
        label="Where the example with the right answer stands",
        names=tuple(_PLACES),
        labels=tuple(_PLACES.values()),
        codes=_places(rows),
    )


def positions_from_end(rows: Rows) -> Categories:
    """By how far the matching example stands from the query: 1 is the last example."""
    is_known = (rows.matching > 0) & (rows.shown >= rows.matching)
    codes = np.where(is_known, rows.shown - rows.matching + 1, UNKNOWN)
    return numbered(FROM_END, "Position of the matching example, from the end", codes)


def positions_from_start(rows: Rows) -> Categories:
    """By where the matching example stands from the start: 1 is the first example."""
    return numbered(FROM_START, "Position of the matching example, from the start", rows.matching)


def when_copied(rows: Rows) -> Categories:
    """By whether the answer is that of the last example, of another, or of none."""
    codes = np.select(
        [rows.copied_last == 1, rows.copied_any == 1, rows.copied_any == 0], [0, 1, 2], UNKNOWN
    )
    return Categories(
        name=WHEN_COPIED,
        label="How often right, by what was copied",
        names=("last", "other", "none"),
        labels=("The last example's answer", "Another example's answer", "No example's answer"),
        codes=codes,
    )


def _of_rows(categories: Categories, problem: Codes) -> Categories:
    return Categories(
        name=categories.name,
        label=categories.label,
        names=categories.names,
        labels=categories.labels,
        codes=categories.codes[problem],
    )


def _places(rows: Rows) -> Codes:
    matching, shown = rows.matching, rows.shown
    is_placed = (matching > 0) & (shown >= matching)
    return np.select(
        [is_placed & (matching == shown), is_placed & (matching == 1), is_placed, matching == 0],
        [0, 2, 1, 3],
        UNKNOWN,
    )
