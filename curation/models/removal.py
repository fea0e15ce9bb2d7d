"""What an author took out of a draft, kept so that it can be put back."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models

from curation.domain.content import PanelRole
from curation.models.image import Image
from curation.models.problem import Panel, Problem

_OFFERED_FOR = timedelta(hours=4)


class RemovalQuerySet(models.QuerySet["Removal"]):
    """Which removals?"""

    def newest_first(self) -> Self:
        """The last thing that was taken out comes first, as undo expects."""
        return self.order_by("-removed_at", "-pk")

    def undoable(self) -> Self:
        """Those that still have somewhere to go: an image whose panel is gone waits for it."""
        return self.exclude(panel=None, words={}).select_related("panel", "image")

    def offered_at(self, now: datetime) -> Self:
        """Those of the last hours: what an author may still have in mind."""
        return self.undoable().filter(removed_at__gte=now - _OFFERED_FOR).newest_first()


class Removal(models.Model):
    """A panel that was taken out with its words, or the image that a panel no longer shows."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="removals")
    # The panel that lost its image; none for a panel that was itself removed.
    panel = models.ForeignKey(Panel, on_delete=models.SET_NULL, null=True, related_name="removals")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, null=True, related_name="+")
    # Of a removed panel: id, role, position, question, answer, accepted_variants, and the ids of
    # the removals of its images; empty for an image.
    words = models.JSONField(default=dict)
    removed_at = models.DateTimeField(auto_now_add=True)

    objects = RemovalQuerySet.as_manager()

    class Meta:
        indexes = [
            # newest_first of one problem: the undo button
            models.Index(fields=("problem", "-removed_at"), name="removal_newest_first"),
        ]

    def __str__(self) -> str:
        return f"removed from {self.problem}"

    @property
    def said(self) -> str:
        """What happened, in words. Load it by `undoable`."""
        if self.panel is None:
            is_query = self.words["role"] == PanelRole.QUERY
            label = "Query" if is_query else f"Example {self.words['position'] + 1}"
            return f"{label} was removed."
        what = "removed" if self.panel.image_id is None else "replaced"
        return f"The image of {self.panel.label} was {what}."
