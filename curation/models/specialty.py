"""Medical specialties: SMMILE's six, "other", and what an editor adds."""

from django.db import models


class Specialty(models.Model):
    """One specialty. The slug enters revisions and exports and never changes; the name may."""

    slug = models.SlugField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "specialties"

    def __str__(self) -> str:
        return self.name
