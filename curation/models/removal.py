"""What an author took out of a draft, kept so that it can be put back."""

from django.db import models

from curation.models.image import Image
from curation.models.problem import Panel, Problem


class RemovalQuerySet(models.QuerySet["Removal"]):
    """Which removals?"""

    def newest_first(self) -> "RemovalQuerySet":
        """The last thing that was taken out comes first, as undo expects."""
        return self.order_by("-removed_at", "-pk")


class Removal(models.Model):
    """A panel that was taken out with its words, or the image that a panel no longer shows."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="removals")
    # The panel that lost its image; none for a panel that was itself removed.
    panel = models.ForeignKey(Panel, on_delete=models.SET_NULL, null=True, related_name="removals")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, null=True, related_name="+")
    # Of a removed panel: role, position, question, answer, accepted_variants.
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
