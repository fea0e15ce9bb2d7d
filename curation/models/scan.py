"""The pixels of a DICOM file between upload and the author's choice of frame and window."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models

from curation.models.image import Image
from curation.models.problem import Panel
from curation.models.user import User

KEPT_FOR = timedelta(days=7)


class ScanQuerySet(models.QuerySet["Scan"]):
    """Which scans?"""

    def visible_to(self, person: User) -> Self:
        """One's own, of one's own problems."""
        return self.filter(uploaded_by=person, panel__problem__author=person)

    def that_gave(self, image: Image) -> Self:
        """Those that this image was chosen from, the latest first."""
        return self.filter(image=image).order_by("-uploaded_at")

    def forgotten_at(self, moment: datetime) -> Self:
        """Those that were brought so long ago that nobody will choose from them any more."""
        return self.filter(uploaded_at__lt=moment - KEPT_FOR)


class Scan(models.Model):
    """Frames as gray values (or colors), and the few attributes that name no patient.

    The frames lie in the storage "scans" under `folder`; the uploaded file itself is not kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="scans")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="scans"
    )
    uploaded_at = models.DateTimeField(auto_now_add=True, db_index=True)  # forgotten_at

    # What was chosen from it last: "Change the window" leads back.
    image = models.ForeignKey(
        Image, on_delete=models.SET_NULL, null=True, blank=True, related_name="scans"
    )

    # What the frames' files mean: sizes, value scale, windows of the file, kept frame numbers.
    description = models.JSONField(default=dict)
    # Modality, body part, view.
    acquisition = models.JSONField(default=dict)

    objects = ScanQuerySet.as_manager()

    def __str__(self) -> str:
        return f"scan {str(self.id)[:8]}"

    def file_name(self, part: int | str) -> str:
        """Where the file of a kept frame lies, numbered from 0, or that of a curve."""
        return f"{self.id}/{part}.png"
