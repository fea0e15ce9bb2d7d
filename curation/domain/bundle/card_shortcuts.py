"""How the card words what needs no model, so that a score is read beside it."""

from curation.domain.bundle.card_tables import table
from curation.domain.bundle.shortcuts import Shortcuts

_INTRODUCTION = (
    "What needs no model: answers taken from a problem's examples without looking at its query, "
    "judged by the same exact match. A model that does no better may have copied. Expectations "
    "over {problems}, none drawn; held-out problems are left out."
)


def shortcuts_part(shortcuts: Shortcuts) -> list[str]:
    """A sentence, a table and two counts; nothing for a release without public answers."""
    if not shortcuts.problems:
        return []
    rows = [
        (what, f"{right:.1f}".removesuffix(".0"), f"{right / shortcuts.problems:.0%}")
        for what, right in _rights(shortcuts).items()
    ]
    introduction = _INTRODUCTION.format(problems=_problems(shortcuts.problems))
    return [
        introduction,
        table(["Answer", "Right", "Share"], rows, numbers=2),
        _standing(shortcuts),
    ]


def shortcuts_sentence(shortcuts: Shortcuts) -> str:
    """The same in one sentence; empty for a release without public answers."""
    if not shortcuts.problems:
        return ""
    shares = (
        f"{what[0].lower()}{what[1:]} {right / shortcuts.problems:.0%}"
        for what, right in _rights(shortcuts).items()
    )
    return (
        f"Without a model, by exact match over {_problems(shortcuts.problems)}, would be right: "
        f"{', '.join(shares)}. {_standing(shortcuts)}"
    )


def _rights(shortcuts: Shortcuts) -> dict[str, float]:
    return {
        "The answer of an example at random": float(shortcuts.by_random),
        "The most frequent answer of the examples": shortcuts.by_majority,
        "The answer of the last example": shortcuts.by_last,
    }


def _standing(shortcuts: Shortcuts) -> str:
    return (
        f"The query's answer stands among its examples in {shortcuts.answer_shown:,} of "
        f"{_problems(shortcuts.problems)}; the query's picture is also an example's in another "
        f"problem in {shortcuts.pictures_shown_elsewhere:,}."
    )


def _problems(count: int) -> str:
    return f"{count:,} problem{'' if count == 1 else 's'}"
