"""What authors are told: the instructions and the hints of the first run."""

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import F

from curation.errors import WrongMomentError
from curation.models import HistoryEntry, Instructions, Revision, User, What

HINTS = 3
_FIRST_EDITION = (Path(__file__).parent / "domain" / "instructions.md").read_text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What an editor wrote: the text in Markdown and two problems as living examples."""

    text: str
    good: Revision | None = None
    good_because: str = ""
    bad: Revision | None = None
    bad_because: str = ""


def current_instructions() -> Instructions:
    """The newest edition; before anybody edited them, what the product says itself."""
    return Instructions.objects.newest_first().first() or Instructions(text=_FIRST_EDITION)


@transaction.atomic
def edit_instructions(edition: Edition, *, started_from: int | None, by: User) -> Instructions:
    """Publish a new edition; the earlier ones are kept.

    WrongMomentError where another editor published one after the edition it was started from.
    """
    if current_instructions().pk != started_from:
        raise WrongMomentError(
            "Another editor changed the instructions since you opened this page. Your text is "
            "still below: compare it with the instructions as they are now, then save again."
        )
    instructions = Instructions.objects.create(
        text=edition.text,
        good=edition.good,
        good_because=edition.good_because,
        bad=edition.bad,
        bad_because=edition.bad_because,
        edited_by=by,
    )
    HistoryEntry.objects.record(What.INSTRUCTIONS_EDITED, by=by, subject=instructions)
    return instructions


def next_hint(person: User) -> None:
    """Go on to the next hint of the first run, or past the last."""
    User.objects.filter(pk=person.pk, hints_seen__lt=HINTS).update(hints_seen=F("hints_seen") + 1)


def end_hints(person: User) -> None:
    """Show no hints any more."""
    User.objects.filter(pk=person.pk).update(hints_seen=HINTS)


def repeat_hints(person: User) -> None:
    """Show the hints again from the first."""
    User.objects.filter(pk=person.pk).update(hints_seen=0)
