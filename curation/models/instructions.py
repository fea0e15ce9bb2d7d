"""The instructions for authors, one row an edition: the newest is shown, the others are kept."""

from typing import Self

from django.conf import settings
from django.db import models

from curation.models.revision import Revision


class InstructionsQuerySet(models.QuerySet["Instructions"]):
    """Which editions?"""

    def newest_first(self) -> Self:
        """The one that is shown comes first, with the problems it points at."""
        return self.select_related("good__problem", "bad__problem", "edited_by").order_by("-pk")


class Instructions(models.Model):
    """One edition: the text in Markdown, and two problems as living examples."""

    text = models.TextField()
    good = models.ForeignKey(
        Revision, on_delete=models.PROTECT, null=True, blank=True, related_name="praised_in"
    )
    good_because = models.TextField("what is good about it", blank=True)
    bad = models.ForeignKey(
        Revision, on_delete=models.PROTECT, null=True, blank=True, related_name="warned_of_in"
    )
    bad_because = models.TextField("what is bad about it", blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    edited_at = models.DateTimeField(auto_now_add=True)

    objects = InstructionsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "instructions"

    def __str__(self) -> str:
        return f"edition {self.pk} of the instructions"
