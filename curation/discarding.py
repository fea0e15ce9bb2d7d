"""Throwing a draft away that nobody but its author ever saw."""

from django.db import transaction

from curation.errors import WrongMomentError
from curation.models import HistoryEntry, Problem, Status, User, What


def why_not(problem: Problem) -> str:
    """Why a problem stays, in words; empty for a draft that nobody but its author ever saw."""
    if problem.status != Status.DRAFT or problem.status_changes.exists():
        return "This problem was submitted before: what reviewers saw stays."
    if problem.draft_revisions.exists():
        return "A model was asked about this draft: what it was shown and what it said stay."
    return ""


@transaction.atomic
def discard(problem: Problem, *, by: User) -> None:
    """Remove a draft for good: its panels, their words, and what could be put back.

    Its images stay with who brought them, as those of a removed panel do.
    """
    held = Problem.objects.select_for_update(of=("self",)).filter(pk=problem.pk).first()
    if held is None:
        raise WrongMomentError("This draft was thrown away already.")
    if reason := why_not(held):
        raise WrongMomentError(reason)
    problem_id, panels = held.pk, held.panels.count()
    held.delete()
    HistoryEntry.objects.record(What.DISCARD, by=by, problem_id=problem_id, panels=panels)
