"""Images: pictures addressed by their SHA-256, with where they come from and what is allowed."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length

from curation.domain.content import ImageContent
from curation.models.status import UNFROZEN, Status

if TYPE_CHECKING:
    from curation.models.user import User

models.CharField.register_lookup(Length)

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


class ImageQuerySet(models.QuerySet["Image"]):
    """Which images?"""

    def visible_to(self, person: "User") -> Self:
        """One's own; what was released; for reviewers what is before them; for editors all."""
        if person.is_editor:
            return self
        visible = Q(uploaded_by=person) | Q(revisions__release_items__isnull=False)
        if person.is_reviewer:
            visible |= Q(revisions__problem__status__in=_BEFORE_REVIEWERS)
        return self.filter(visible).distinct()


class Image(models.Model):
    """One picture as one person brought it. Equal pictures share one stored file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField(max_length=64, db_index=True)  # files are found by content
    media_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    byte_size = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=16, db_index=True)  # fingerprints_elsewhere

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

    objects = ImageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("uploaded_by", "sha256"), name="image_once_a_person"),
            models.CheckConstraint(condition=Q(sha256__length=64), name="image_sha256_is_whole"),
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
    def is_described(self) -> bool:
        """Whether everything that publication needs to know of it is there."""
        facts = (self.source, self.license, self.attribution, self.no_patient_confirmed_at)
        return all(facts)

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
