"""What an author took out of a draft, kept so that it can be put back."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from curation.domain.content import PanelRole
from curation.models.image import Image
from curation.models.problem import Panel, Problem

_OFFERED_FOR = timedelta(hours=4)
_PANEL_OFFERED_EVERYWHERE_FOR = timedelta(minutes=10)


class RemovalQuerySet(models.QuerySet["Removal"]):
    """Which removals?"""

    def newest_first(self) -> Self:
        """The last thing that was taken out comes first, as undo expects."""
        return self.order_by("-removed_at", "-pk")

    def undoable(self) -> Self:
        """Those that still have somewhere to go: an image whose panel is gone waits for it."""
        has_place = Q(panel__isnull=False) | Q(words__has_key="role")
        return self.filter(has_place).select_related("panel", "image")

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
    # the removals of its images. Of an image: "was_put_in_place" where undoing took it out,
    # "done" where another was made of it.
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
    def is_redo(self) -> bool:
        """Whether an undo took it out, so that putting it back does that change again."""
        return "was_put_in_place" in self.words

    def is_offered_on(self, panel: Panel | None, now: datetime) -> bool:
        """Whether the page of this panel, or of no panel, says so by itself.

        An image belongs to the page of its panel; a panel that is gone has no page of its own.
        """
        if self.panel_id is None:
            return self.removed_at >= now - _PANEL_OFFERED_EVERYWHERE_FOR
        return panel is not None and self.panel_id == panel.pk

    @property
    def back(self) -> str:
        """What is back once it was put back. Load it by `undoable`."""
        if self.panel is None:
            return f"Put back: {self._label}."
        when = "later" if self.is_redo else "earlier"
        return f"Put back: the {when} image of {self.panel.label}."

    @property
    def _label(self) -> str:
        """What a removed panel was called."""
        is_query = self.words["role"] == PanelRole.QUERY
        return "Query" if is_query else f"Example {self.words['position'] + 1}"

    @property
    def said(self) -> str:
        """What happened, in words. Load it by `undoable`."""
        if self.panel is None:
            return f"{self._label} was removed."
        if self.is_redo:
            return f"The earlier image of {self.panel.label} was put back."
        changed = self.words.get("done", "replaced")
        what = "removed" if self.panel.image_id is None else changed
        return f"The image of {self.panel.label} was {what}."
