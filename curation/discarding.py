"""Throwing away a draft that was never submitted."""

from typing import Any

from django.db import transaction

from curation.errors import WrongMomentError
from curation.models import HistoryEntry, Problem, Status, User, What


def why_not(problem: Problem) -> str:
    """Why a problem stays, in words; empty for a draft that was never submitted."""
    if problem.status != Status.DRAFT or problem.status_changes.exists():
        return "This problem was submitted before: what reviewers saw stays."
    return ""


@transaction.atomic
def discard(problem: Problem, *, by: User) -> None:
    """Remove a draft for good: its panels, their words, what could be put back, what models said.

    Its images stay with who brought them, as those of a removed panel do. A worker that asks a
    model about it just now finds nothing more to write to, and ends.
    """
    held = Problem.objects.select_for_update(of=("self",)).filter(pk=problem.pk).first()
    if held is None:
        raise WrongMomentError("This draft was thrown away already.")
    if reason := why_not(held):
        raise WrongMomentError(reason)
    problem_id, panels, wordings = held.pk, held.panels.count(), held.draft_revisions.count()
    held.delete()
    lost: dict[str, Any] = {"panels": panels}
    if wordings:
        lost["wordings_tried"] = wordings
    HistoryEntry.objects.record(What.DISCARD, by=by, problem_id=problem_id, **lost)
