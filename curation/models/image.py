"""Images: pictures addressed by their SHA-256, with where they come from and what is allowed."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Substr

from curation.domain.content import ImageContent
from curation.domain.likeness import bands_alike
from curation.models.status import UNFROZEN, Status

if TYPE_CHECKING:
    from curation.models.problem import Problem
    from curation.models.user import User

models.CharField.register_lookup(Length)

_IN_PUBLIC_RELEASE = Q(
    revisions__releases__is_public=True,
    revisions__releases__published_at__isnull=False,
    revisions__releases__yanked_at=None,
)
_BEFORE_REVIEWERS = [status for status in Status if status not in UNFROZEN]


class ImageLicense(models.TextChoices):
    """What may be done with an image: SPDX identifiers, or the holder's permission."""

    CC0 = "CC0-1.0", "CC0 1.0 (public domain dedication)"
    CC_BY = "CC-BY-4.0", "CC BY 4.0"
    CC_BY_SA = "CC-BY-SA-4.0", "CC BY-SA 4.0"
    CC_BY_NC = "CC-BY-NC-4.0", "CC BY-NC 4.0"
    CC_BY_NC_SA = "CC-BY-NC-SA-4.0", "CC BY-NC-SA 4.0"
    MIT = "MIT", "MIT"
    APACHE = "Apache-2.0", "Apache 2.0"
    BSD = "BSD-3-Clause", "BSD 3-Clause"
    PUBLIC_DOMAIN = "LicenseRef-PublicDomain", "Public domain, no known copyright"
    PERMISSION = "LicenseRef-HolderPermission", "Permission of the holder"


MAX_TEXT_SEARCHES = 3


class ImageQuerySet(models.QuerySet["Image"]):
    """Which images?"""

    def unsearched(self) -> Self:
        """Those in which nobody looked for text yet, the newest first."""
        unsearched = self.filter(text_areas__isnull=True, text_searches__lt=MAX_TEXT_SEARCHES)
        return unsearched.order_by("-uploaded_at")

    def with_unattested_text(self) -> Self:
        """Those with text of which nobody said that it names no patient."""
        has_text = Q(text_areas__isnull=False) & ~Q(text_areas=[])
        return self.filter(has_text, text_attested_at__isnull=True)

    def in_no_revision(self) -> Self:
        """Those that nobody submitted yet."""
        return self.filter(revisions__isnull=True)

    def visible_to(self, person: "User | AnonymousUser") -> Self:
        """One's own; what was published or teaches; what is before reviewers; for editors all.

        For strangers what stands in a release that is for all, until it is yanked. Members go on
        seeing the pictures of a yanked one: they see all of its runs, and what a model answered
        is not to be judged without the pictures it was asked about.
        """
        if isinstance(person, AnonymousUser):
            return self.filter(_IN_PUBLIC_RELEASE).distinct()
        if person.is_editor:
            return self
        visible = Q(uploaded_by=person) | Q(revisions__releases__published_at__isnull=False)
        visible |= Q(revisions__praised_in__isnull=False)
        visible |= Q(revisions__warned_of_in__isnull=False)
        if person.is_reviewer:
            visible |= Q(revisions__problem__status__in=_BEFORE_REVIEWERS)
        return self.filter(visible).distinct()

    def like_fingerprint(self, fingerprint: str) -> Self:
        """Those that may look like it, all that do among them: found by the index of each band."""
        in_a_band = Q()
        for number, values in enumerate(bands_alike(fingerprint)):
            in_a_band |= Q(**{f"band_{number}__in": values})
        return self.filter(in_a_band)

    def shown_in(self, problem: "Problem") -> Self:
        """Those that a panel of this problem shows, each once."""
        panels = problem.panels.filter(image__isnull=False)
        return self.filter(pk__in=panels.values("image"))

    def brought_by(self, person: "User") -> Self:
        """One person's own."""
        return self.filter(uploaded_by=person)

    def made_from(self, image: "Image") -> Self:
        """What the same person made from the picture that this image is, or was made from."""
        origin = image.origin_sha256 or image.sha256
        kin = Q(sha256=origin) | Q(origin_sha256=origin)
        return self.filter(kin, uploaded_by=image.uploaded_by_id)


def _band(number: int) -> models.GeneratedField:
    """A quarter of the fingerprint, 16 bits: what looks alike is found by these, not by a scan."""
    quarter = Substr("fingerprint", 4 * number + 1, 4)
    return models.GeneratedField(
        expression=quarter, output_field=models.CharField(max_length=4), db_persist=True
    )


class Image(models.Model):
    """One picture as one person brought it. Equal pictures share one stored file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField(max_length=64, db_index=True)  # files are found by content
    media_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    byte_size = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=16, db_index=True)  # the perceptual one
    band_0 = _band(0)
    band_1 = _band(1)
    band_2 = _band(2)
    band_3 = _band(3)

    # The hash of the picture as it was brought, where this one was cropped or masked from it.
    origin_sha256 = models.CharField(max_length=64, blank=True)
    # Of a DICOM file: modality, body part, view, frame and window. Nothing else of it is kept.
    acquisition = models.JSONField(default=dict, blank=True)
    # Rectangles (left, top, width, height; pixels) that look like text; null before anybody looked.
    text_areas = models.JSONField(null=True, blank=True)
    text_attested_at = models.DateTimeField(null=True, blank=True)
    # How often a worker looked for text: a picture that kills workers is given up.
    text_searches = models.PositiveSmallIntegerField(default=0)

    source = models.CharField(max_length=300, blank=True)
    license = models.CharField(max_length=40, blank=True, choices=ImageLicense)
    attribution = models.CharField(max_length=300, blank=True)
    alt_text = models.CharField(
        "description for people who cannot see it", max_length=300, blank=True
    )
    no_patient_confirmed_at = models.DateTimeField(null=True, blank=True)

    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="images"
    )
    uploaded_at = models.DateTimeField(auto_now_add=True)

    CREDIT = ("source", "license", "attribution")

    objects = ImageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("uploaded_by", "sha256"), name="image_once_a_person"),
            models.CheckConstraint(condition=Q(sha256__length=64), name="image_sha256_is_whole"),
        ]
        indexes = [
            # like_fingerprint: each band of what looks alike is one of few
            models.Index(fields=(f"band_{number}",), name=f"image_by_band_{number}")
            for number in range(4)
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} ({self.width} x {self.height})"

    @property
    def extension(self) -> str:
        """How its stored file's name ends."""
        return "jpg" if self.media_type == "image/jpeg" else "png"

    @property
    def storage_name(self) -> str:
        """Where its bytes lie in the images storage; two folders deep, for a million files."""
        return f"{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}.{self.extension}"

    @property
    def thumbnail_name(self) -> str:
        """Where its small version lies."""
        return f"{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}.thumbnail.jpg"

    @property
    def awaits_text_search(self) -> bool:
        """Whether a worker will still look for text in it."""
        return self.text_areas is None and self.text_searches < MAX_TEXT_SEARCHES

    @property
    def credit(self) -> tuple[str, ...]:
        """Source, license and attribution."""
        return tuple(getattr(self, name) for name in self.CREDIT)

    @property
    def is_credited(self) -> bool:
        """Whether all of its credit is said."""
        return all(self.credit)

    @property
    def is_uncredited(self) -> bool:
        """Whether nothing is said of whom it is from; an address it was fetched from aside."""
        return not (self.license or self.attribution)

    @property
    def has_unattested_text(self) -> bool:
        """Whether text was found in it and nobody said yet that it names no patient."""
        return bool(self.text_areas) and self.text_attested_at is None

    def content(self) -> ImageContent:
        """The frozen value of this image."""
        return ImageContent(
            sha256=self.sha256,
            media_type=self.media_type,
            width=self.width,
            height=self.height,
            alt_text=self.alt_text,
            source=self.source,
            license=self.license,
            attribution=self.attribution,
            no_patient_confirmed=self.no_patient_confirmed_at is not None,
        )
