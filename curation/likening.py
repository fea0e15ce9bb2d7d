"""Finding what looks like an image, once, when it is brought: rules then only look it up."""

from operator import itemgetter
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
    """Bits apart and which; of equally near ones the newest, so that none gathers pairs with all.

    First the looks alone: of hundreds that share a band few are alike, and only those are loaded.
    """
    others = Image.objects.exclude(sha256=image.sha256)
    looks = others.like_fingerprint(image.fingerprint).values_list("fingerprint", flat=True)
    alike = {look for look in looks if is_alike(image.fingerprint, look)}
    newest = others.filter(fingerprint__in=alike).order_by("-uploaded_at")
    found = newest.values_list("pk", "fingerprint")
    near = sorted(
        ((distance(image.fingerprint, look), pk) for pk, look in found), key=itemgetter(0)
    )
    return near[:MOST_ALIKE]
