"""What a reader may know of a run over problems whose answers are held out from them.

The number of a group tells of each problem in it when the group is small, or when so few of it are
held out that the rest, whose scores everybody reads, need only be subtracted. So a grouping is
withheld, whole, where any of its groups has held-out problems, but fewer than ``LEAST_HELD_OUT``.
(One group that is left out would be what the others lack of the whole.) The whole run's numbers
are shown, as on its page.
"""

from dataclasses import replace

from evaluation.domain.reporting.report import SMALL, Grouping, RunReport, ScorerReport

LEAST_HELD_OUT = SMALL
"""So many held-out problems of a group hide each other."""


def without_telling(report: RunReport) -> RunReport:
    """The report without the groupings that tell, and without the hash of all answers."""
    return replace(
        report,
        about=replace(report.about, revisions_sha256=""),
        scorers=tuple(map(_without_telling, report.scorers)),
    )


def _without_telling(scorer: ScorerReport) -> ScorerReport:
    held_out = scorer.overall.held_out
    return replace(
        scorer,
        groupings=tuple(_told(each, held_out) for each in scorer.groupings),
        positions_from_end=_told_if_any(scorer.positions_from_end, held_out),
        positions_from_start=_told_if_any(scorer.positions_from_start, held_out),
        when_copied=_told_if_any(scorer.when_copied, held_out),
        # What the last example's answer would score tells of one problem whether it is right.
        expectations=() if _is_telling(held_out) else scorer.expectations,
    )


def _told_if_any(grouping: Grouping | None, held_out: int) -> Grouping | None:
    return grouping and _told(grouping, held_out)


def _told(grouping: Grouping, held_out: int) -> Grouping:
    """The grouping, or one without groups; ``held_out`` of all problems, in a group or in none."""
    inside = [group.measured.held_out for group in grouping.groups]
    if any(map(_is_telling, [*inside, held_out - sum(inside)])):
        return replace(grouping, groups=(), is_withheld=True)
    return grouping


def _is_telling(held_out: int) -> bool:
    return 0 < held_out < LEAST_HELD_OUT
