"""Mending what the rules notice, at one press."""

from curation.authoring import editing
from curation.domain.consistency import Fix, find_fix
from curation.errors import WrongMomentError
from curation.models import Panel, Problem


def apply_fix(problem: Problem, key: str) -> Fix:
    """Make the changes that `key` names, all or none; refused when one of the texts changed."""
    with editing(problem):
        panels = list(problem.panels.in_order())
        fix = find_fix(Problem.objects.with_panels().get(pk=problem.pk).content(), key)
        if fix is None:
            raise WrongMomentError(
                "The texts changed since this was offered, so nothing was done. "
                "Go back and look at what is offered now."
            )
        for change in fix.changes:
            setattr(panels[change.panel], change.field, change.after)
        Panel.objects.bulk_update(panels, ["question", "answer"])
    return fix
