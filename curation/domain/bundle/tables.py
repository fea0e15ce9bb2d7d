"""``problems.csv`` and ``panels.csv``: for spreadsheets, without pictures.

Cells that a spreadsheet would run as a formula begin with an apostrophe.
"""

import csv
from collections.abc import Iterable
from typing import Any, TextIO

from curation.domain.bundle.held_out import PublicItem
from curation.domain.bundle.licenses import safe_cell
from curation.domain.bundle.rows import COLUMNS, panel_rows
from curation.domain.bundle.smmile_terms import FIELDS, smmile_terms

PROBLEMS_PATH = "problems.csv"
PANELS_PATH = "panels.csv"

PROBLEMS_HEADER = ("problem_id", "examples", "question", "answer", "is_held_out", *FIELDS, "canary")
PANELS_HEADER = (*(name for name in COLUMNS if name != "image"), "accepted_variants", "canary")
"""SMMILE's columns; the accepted variants of one panel stand on a line each in their cell."""


class Tables:
    """Writes one row per problem and one per panel."""

    def __init__(self, problems: TextIO, panels: TextIO, canary: str) -> None:
        self._problems = csv.writer(problems, lineterminator="\n")
        self._panels = csv.writer(panels, lineterminator="\n")
        self._canary = canary
        self._problems.writerow(PROBLEMS_HEADER)
        self._panels.writerow(PANELS_HEADER)

    def write(self, item: PublicItem) -> None:
        """Append a problem. An answer that is held out is an empty cell."""
        content = item.content
        query = content.query
        is_held_out = "yes" if item.is_held_out else "no"
        row = (content.problem_id, len(content.examples), query.question, query.answer, is_held_out)
        terms = smmile_terms(content.annotations).values()
        self._problems.writerow(_cells(*row, *terms, self._canary))
        for (panel, _), columns in panel_rows(content):
            variants = "\n".join(panel.accepted_variants)
            self._panels.writerow(_cells(*columns.values(), variants, self._canary))


def _cells(*values: Any) -> Iterable[str]:
    return ["" if value is None else safe_cell(str(value)) for value in values]
