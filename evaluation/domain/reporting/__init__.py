"""Reports of runs: from columns of a run to what pages, files and figures show. Plain numpy."""

from evaluation.domain.reporting.report import (
    SMALL,
    VERSION,
    About,
    Comparison,
    Copying,
    Expectation,
    FailureKind,
    Group,
    Grouping,
    Measured,
    OrderSpread,
    Outcomes,
    Resources,
    RunReport,
    ScorerReport,
    ScorersAgreement,
)

__all__ = [
    "SMALL",
    "VERSION",
    "About",
    "Comparison",
    "Copying",
    "Expectation",
    "FailureKind",
    "Group",
    "Grouping",
    "Measured",
    "OrderSpread",
    "Outcomes",
    "Resources",
    "RunReport",
    "ScorerReport",
    "ScorersAgreement",
]
