"""Bringing images in and describing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db.models import F
from django.utils import timezone

from curation.domain import burned_in_text
from curation.domain.imaging import Picture, prepare
from curation.domain.retouching import Rectangle, retouch, whole
from curation.likening import liken
from curation.models import Image, User


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What the author says of an image."""

    source: str
    license: str
    attribution: str
    alt_text: str
    is_without_patient: bool


def bring_image(
    upload: bytes, *, by: User, like: Image | None = None, is_confirmed_anew: bool = True
) -> Image:
    """Make our own picture of the bytes and keep it; ImageRefusedError says why not.

    The same picture brought twice by one person is one image. A new one starts with the source,
    license and attribution of the image it is `like`; that no patient shows is said for each, and
    again where it is brought again, unless a revision was submitted with what was said.
    """
    image = _stored(prepare(upload), by=by, **_origin(like))
    if is_confirmed_anew and image.no_patient_confirmed_at is not None:
        _take_back_confirmation(image)
    return image


def _take_back_confirmation(image: Image) -> None:
    if Image.objects.in_no_revision().filter(pk=image.pk).update(no_patient_confirmed_at=None):
        image.no_patient_confirmed_at = None


def retouch_image(
    image: Image, *, crop: Rectangle | None, boxes: Sequence[Rectangle], by: User
) -> Image:
    """A new image: `boxes` are black, only `crop` is left. RetouchError says why not.

    What was said of the image holds for its part, but nobody has confirmed yet that no patient
    shows in it, nor looked for text. The image itself stays as it is.
    """
    picture = retouch(
        read_image(image),
        picture=whole(image.width, image.height),
        media_type=image.media_type,
        crop=crop,
        boxes=boxes,
    )
    return _stored(
        picture,
        by=by,
        **_origin(image),
        alt_text=image.alt_text,
        acquisition=image.acquisition,
        origin_sha256=image.origin_sha256 or image.sha256,
    )


def _stored(picture: Picture, *, by: User, **facts: Any) -> Image:
    """The image of this picture; it starts with these facts unless the person has it already."""
    image, _ = Image.objects.get_or_create(
        uploaded_by=by,
        sha256=picture.sha256,
        defaults={
            "media_type": picture.media_type,
            "width": picture.width,
            "height": picture.height,
            "byte_size": len(picture.data),
            "fingerprint": picture.fingerprint,
            **facts,
        },
    )
    keep_picture(image, picture)
    liken(image)
    return image


def _origin(image: Image | None) -> dict[str, str]:
    if image is None:
        return {}
    return {name: getattr(image, name) for name in Image.CREDIT}


def keep_picture(image: Image, picture: Picture) -> None:
    """Put the picture of an image and its small version where they stay, unless they are there."""
    storage = storages["images"]
    for name, data in (
        (image.storage_name, picture.data),
        (image.thumbnail_name, picture.thumbnail),
    ):
        if not _is_kept(storage, name, len(data)):
            storage.save(name, ContentFile(data))


def _is_kept(storage: Storage, name: str, size: int) -> bool:
    # Its name is the hash of its bytes: of the right size it is the right file.
    return storage.exists(name) and storage.size(name) == size


def read_image(image: Image) -> bytes:
    """The stored bytes of an image."""
    with storages["images"].open(image.storage_name) as file:
        data: bytes = file.read()
    return data


def describe_image(image: Image, facts: ImageFacts) -> None:
    """Set where an image is from and what is allowed; confirming keeps the time of the first.

    Whoever confirms while text is known to be in the picture has read it too: that is attested
    as well, and taken back with the confirmation.
    """
    if facts.is_without_patient != (image.no_patient_confirmed_at is not None):
        _attest_known_text(image, is_harmless=facts.is_without_patient)
    image.source = facts.source.strip()
    image.license = facts.license
    image.attribution = facts.attribution.strip()
    image.alt_text = facts.alt_text.strip()
    confirmed_at = image.no_patient_confirmed_at or timezone.now()
    image.no_patient_confirmed_at = confirmed_at if facts.is_without_patient else None
    image.save(
        update_fields=["source", "license", "attribution", "alt_text", "no_patient_confirmed_at"]
    )


def is_text_searched() -> bool:
    """Whether workers here look for text in pictures: they can, and are meant to."""
    return settings.TEXT_SEARCH and burned_in_text.is_installed()


def look_for_text(image: Image) -> None:
    """Note where text is burned into the picture; TextSearchError if this time it cannot be said.

    Does nothing where somebody looked already. Counted first, so that a picture on which workers
    die is not tried for ever.
    """
    unsearched = Image.objects.unsearched().filter(pk=image.pk)
    if not unsearched.update(text_searches=F("text_searches") + 1):
        return
    image.text_areas = burned_in_text.find_areas(read_image(image))
    image.save(update_fields=["text_areas"])


def _attest_known_text(image: Image, *, is_harmless: bool) -> None:
    if image.text_areas:
        attest_text(image, is_harmless=is_harmless)


def attest_text(image: Image, *, is_harmless: bool) -> None:
    """Keep that its owner read the text in the picture and says that it names no patient."""
    image.text_attested_at = timezone.now() if is_harmless else None
    image.save(update_fields=["text_attested_at"])
