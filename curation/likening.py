"""Finding what looks like an image, once, when it is brought: rules then only look it up."""

from collections.abc import Iterator
from uuid import UUID

from curation.domain.likeness import distance, is_alike
from curation.models import Image, ImageLikeness

MOST_ALIKE = 50
"""Pairs kept of one image. A warning needs one; of a sequence hundreds of frames are alike."""


def liken(image: Image) -> None:
    """Keep which images of the collection look like this one, the nearest ones, both ways.

    Equal bytes are no pair: their hash finds them. What its author made from the same picture is
    one however it looks. Call it when the image is stored for others to see: of two that are
    brought at the same time the later one then finds the other.
    """
    found = {pk: bits for bits, pk in _nearest(image)}
    kin = Image.objects.made_from(image).exclude(pk=image.pk)
    for pk, look in kin.values_list("pk", "fingerprint"):
        found[pk] = distance(image.fingerprint, look)
    pairs = [
        ImageLikeness(image_id=one, other_id=other, distance=bits)
        for pk, bits in found.items()
        for one, other in ((image.pk, pk), (pk, image.pk))
    ]
    ImageLikeness.objects.bulk_create(pairs, ignore_conflicts=True)


def _nearest(image: Image) -> list[tuple[int, UUID]]:
    # Of equally near ones the newest: so none of many equal pictures gathers pairs with all.
    near = sorted(_alike(image), key=lambda one: (one[0], -one[1]))
    return [(bits, pk) for bits, _, pk in near[:MOST_ALIKE]]


def _alike(image: Image) -> Iterator[tuple[int, float, UUID]]:
    """Bits apart, when it was brought, and which."""
    candidates = Image.objects.like_fingerprint(image.fingerprint).exclude(sha256=image.sha256)
    for pk, look, brought_at in candidates.values_list("pk", "fingerprint", "uploaded_at"):
        if is_alike(image.fingerprint, look):
            yield distance(image.fingerprint, look), brought_at.timestamp(), pk
