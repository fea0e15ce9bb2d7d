"""Which images look alike: pairs found when an image is brought in, so that rules only look up."""

from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import F, Q

from curation.models.image import Image


class ImageLikenessQuerySet(models.QuerySet["ImageLikeness"]):
    """Which pairs?"""

    def of(self, images: Iterable[Image]) -> Self:
        """Those in which one of these images stands first."""
        return self.filter(image__in=images)


class ImageLikeness(models.Model):
    """Two images whose fingerprints differ by few bits; each pair stands here both ways."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="likenesses")
    other = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="+")
    distance = models.PositiveSmallIntegerField()  # bits of 64

    objects = ImageLikenessQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("image", "other"), name="likeness_pair_once"),
            models.CheckConstraint(condition=~Q(image=F("other")), name="likeness_of_two_images"),
        ]

    def __str__(self) -> str:
        return f"{self.image} is like {self.other}"
