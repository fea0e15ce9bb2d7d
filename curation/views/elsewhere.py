"""Which other problems show the same pictures: those that a person may see, with the picture."""

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse

from curation.models import Image, ImageLikeness, Panel, Problem
from curation.views.found import Link

_MOST_LINKS = 3


def shown_elsewhere(problem: Problem, images: Sequence[Image]) -> list[Link]:
    """The other problems that show one of these, or what looks like it, that the author may see."""
    if not images:
        return []
    author = problem.author
    showing = Problem.objects.showing_any(images)
    others = showing.visible_to(author).standing_for(author).exclude(pk=problem.pk)
    hashes = {name for image in images for name in (image.sha256, image.origin_sha256) if name}
    alike = set(ImageLikeness.objects.of(images).values_list("other", flat=True))
    return [_link(other, hashes, alike) for other in others.with_panels()[:_MOST_LINKS]]


def _link(other: Problem, hashes: set[str], alike: set[UUID]) -> Link:
    address = reverse("curation:problem_overview", args=[other.pk])
    shown = (panel for panel in other.panels.all() if _shows(panel, hashes, alike))
    panel = next(shown, None)
    return Link(other.headline(), address, image=panel.image if panel else None)


def _shows(panel: Panel, hashes: set[str], alike: set[UUID]) -> bool:
    image = panel.image
    return image is not None and (image.sha256 in hashes or image.pk in alike)
