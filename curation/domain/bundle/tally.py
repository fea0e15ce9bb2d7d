"""What is counted while a bundle is written, for its card and its manifest."""

from collections import Counter
from dataclasses import dataclass, field

from curation.domain.bundle.errors import RepeatedProblemError
from curation.domain.bundle.held_out import Marks, PublicItem
from curation.domain.bundle.shortcuts import Shortcuts
from curation.domain.bundle.smmile_terms import FIELDS, smmile_terms

NOT_STATED = "not stated"


@dataclass(slots=True)
class Tally:
    """Problems, panels and, for each of SMMILE's columns, how many problems have each term."""

    panels: int = 0
    held_out: int = 0
    shortcuts: Shortcuts = field(default_factory=Shortcuts)
    revisions: dict[str, Marks] = field(default_factory=dict)
    """Problem id -> what names its revision."""
    terms: dict[str, Counter[str]] = field(
        default_factory=lambda: {column: Counter() for column in FIELDS}
    )

    @property
    def problems(self) -> int:
        """How many problems were counted."""
        return len(self.revisions)

    def count(self, item: PublicItem) -> None:
        """Count one problem; RepeatedProblemError for one that was counted before."""
        problem_id = item.content.problem_id
        if problem_id in self.revisions:
            raise RepeatedProblemError(problem_id)
        self.revisions[problem_id] = item.marks
        self.held_out += item.is_held_out
        if not item.is_held_out:
            self.shortcuts.count(item.content)
        self.panels += len(item.content.panels)
        for column, term in smmile_terms(item.content.annotations).items():
            self.terms[column][term or NOT_STATED] += 1
