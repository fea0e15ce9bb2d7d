"""Saying once whom several pictures are from: knowingly, and only where nothing is said yet."""

from collections.abc import Iterable
from uuid import UUID

from curation.authoring import holding, mark_changed
from curation.errors import InvalidContentError
from curation.models import Image, Panel

_ASK_AGAIN = "That picture has no source, license and attribution any more. Reload the page."


def credit_alike(panel: Panel, other_id: UUID) -> None:
    """Give a panel's picture the credit of another picture of its problem, where it has none."""
    with holding(panel.problem):
        shown = _shown(panel)
        other = next((image for image in shown if image.pk == other_id), None)
        mine = next((image for image in shown if image.pk == panel.image_id), None)
        if other is None or mine is None or not other.is_credited:
            raise InvalidContentError(_ASK_AGAIN)
        if _fill([mine], other):
            mark_changed(panel.problem)


def credit_others(panel: Panel) -> int:
    """Give a panel's credit to all pictures of its problem without one; how many got it."""
    with holding(panel.problem):
        shown = _shown(panel)
        mine = next((image for image in shown if image.pk == panel.image_id), None)
        if mine is None or not mine.is_credited:
            raise InvalidContentError("Say source, license and attribution of this picture first.")
        count = _fill([image for image in shown if image.is_uncredited], mine)
        if count:
            mark_changed(panel.problem)
    return count


def _shown(panel: Panel) -> list[Image]:
    """The pictures of the problem that its author brought, each once, locked."""
    own = Image.objects.shown_in(panel.problem).brought_by(panel.problem.author)
    return list(own.select_for_update().order_by("pk"))


def _fill(images: Iterable[Image], other: Image) -> int:
    """What is there already stays; the confirmation that no patient shows is never taken along."""
    count = 0
    for image in images:
        gaps = [name for name in Image.CREDIT if not getattr(image, name)]
        for name in gaps:
            setattr(image, name, getattr(other, name))
        if gaps:
            image.save(update_fields=gaps)
            count += 1
    return count
