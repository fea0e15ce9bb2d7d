"""Which credit of a problem one press could take along, and to which pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curation.models import Panel

_MOST_OFFERED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Crediting:
    """What one press can say of whom pictures are from."""

    alike: Sequence[Panel] = ()
    """Panels whose credit this picture could have, each another one, the last ones first."""
    uncredited: Sequence[Panel] = ()
    """The other panels whose picture could have this one's credit."""


def crediting(panel: Panel) -> Crediting:
    """What the page of a panel offers; its problem is loaded `with_panels`."""
    mine, author_id = panel.image, panel.problem.author_id
    if mine is None or mine.uploaded_by_id != author_id:
        return Crediting()
    others = [one for one in panel.problem.panels.all() if one.image_id not in {None, mine.pk}]
    if mine.is_uncredited:
        return Crediting(alike=_alike(others))
    own = [one for one in others if one.image and one.image.uploaded_by_id == author_id]
    return Crediting(uncredited=_uncredited(own) if mine.is_credited else ())


def _alike(others: Iterable[Panel]) -> Sequence[Panel]:
    known = {one.image.credit: one for one in others if one.image and one.image.is_credited}
    return list(known.values())[: -_MOST_OFFERED - 1 : -1]


def _uncredited(panels: Iterable[Panel]) -> Sequence[Panel]:
    return [one for one in panels if one.image and one.image.is_uncredited]
