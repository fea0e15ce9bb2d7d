"""The names of judges among the scorers: a model's verdicts are kept beside what was computed."""

IMPORTED_JUDGE = "judge"
"""The scorer of verdicts that came with imported predictions and name no judge."""

_PREFIX = "judge:"
_IMPORTED = " (imported)"


def judge_scorer(judge: str) -> str:
    """The scorer's name of a judge that was asked here."""
    return f"{_PREFIX}{judge}"


def imported_scorer(scorer: str) -> str:
    """The name of the same judge's verdicts in an import, which says that they are not ours."""
    if scorer == IMPORTED_JUDGE or scorer.endswith(_IMPORTED):
        return scorer
    return f"{scorer}{_IMPORTED}"


def is_judge(scorer: str) -> bool:
    """Whether a scorer is a model's verdict and not computed."""
    return scorer == IMPORTED_JUDGE or scorer.startswith(_PREFIX)


def judge_label(scorer: str) -> str:
    """Words for pages."""
    if scorer == IMPORTED_JUDGE:
        return f"judge{_IMPORTED}"
    return f"judge {scorer.removeprefix(_PREFIX)}"
