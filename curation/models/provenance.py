"""Provenance: releases made elsewhere, each taken in by an editor who signed for it.

It stands in the place of approvals and is none: whoever reviewed the problems, it was not here.
"""

from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from curation.models.release import Release
from curation.models.revision import Revision


class ProvenanceQuerySet(models.QuerySet["Provenance"]):
    """Which imported releases?"""

    def of_release(self, release: Release) -> Self:
        """Those from which this release has problems."""
        return self.filter(covered__revision__release_items__release=release).distinct()

    def with_count_in(self, revisions: models.QuerySet[Revision]) -> Self:
        """With `count`, of those revisions that each stands in for."""
        within = Q(covered__revision__in=revisions)
        return self.annotate(count=models.Count("covered", filter=within, distinct=True))

    def of_revisions(self, revisions: Iterable[Revision]) -> Self:
        """Those that stand in for the approvals of these revisions."""
        return self.filter(covered__revision__in=revisions).distinct()


class Provenance(models.Model):
    """What was imported from where, by whom. The database refuses to change or forget it."""

    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="imported_releases"
    )
    imported_at = models.DateTimeField(auto_now_add=True)
    version = models.CharField("the release it became here", max_length=20)

    origin_name = models.CharField(max_length=200)
    origin_version = models.CharField(max_length=50, blank=True)
    origin_homepage = models.CharField(max_length=500, blank=True)
    origin_authors = models.JSONField(default=list, blank=True)
    # Of manifest.json; of a folder without one, of a list of its files and their hashes.
    manifest_sha256 = models.CharField(max_length=64)
    has_manifest = models.BooleanField()
    # Whether the editor confirmed for all its images that no patient can be identified.
    no_patient_confirmed = models.BooleanField(default=False)
    count: int  # of `with_count_in`

    revisions = models.ManyToManyField(
        Revision, through="CoveredRevision", related_name="provenances"
    )

    objects = ProvenanceQuerySet.as_manager()

    class Meta:
        ordering = ("-imported_at", "-id")
        verbose_name_plural = "provenances"
        constraints = [
            models.CheckConstraint(condition=~Q(origin_name=""), name="provenance_names_origin"),
            models.CheckConstraint(
                condition=Q(manifest_sha256__length=64), name="provenance_sha256_is_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin_name} {self.origin_version}".strip()

    def in_a_card(self) -> dict[str, Any]:
        """What the card of a release says of it; ask for it `with_count_in`."""
        return {
            "name": self.origin_name,
            "version": self.origin_version,
            "homepage": self.origin_homepage,
            "authors": self.origin_authors,
            "problems": self.count,
        }

    @property
    def link(self) -> str:
        """Where it was published, if that is an address of the web: a stranger wrote it."""
        is_web = self.origin_homepage.startswith(("https://", "http://"))
        return self.origin_homepage if is_web else ""


class CoveredRevision(models.Model):
    """A revision that an imported release brought: it needs no approvals of people here."""

    provenance = models.ForeignKey(Provenance, on_delete=models.PROTECT, related_name="covered")
    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="covered")
    # Codes of what the rules here call errors, and the editor took all the same.
    accepted_errors = models.JSONField(default=list, blank=True)

    def __str__(self) -> str:
        return f"{self.revision}, imported from {self.provenance}"
