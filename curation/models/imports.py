"""Imports: files with problems that exist already, on their way to drafts."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from curation.domain.importing import FoundProblem, RowFinding
from curation.domain.rules import Severity
from curation.models.problem import Problem

if TYPE_CHECKING:
    from curation.models.user import User

KEPT_FOR = timedelta(days=7)


class ImportStatus(models.TextChoices):
    """How far an import is."""

    ARRIVING = "arriving", "Arriving"
    QUEUED = "queued", "Waiting to be read"
    CHECKING = "checking", "Being checked"
    READY = "ready", "Ready to import"
    IMPORTING = "importing", "Importing"
    FINISHED = "finished", "Finished"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


# What a worker takes up, and what nothing more happens to by itself.
WORKED = (ImportStatus.QUEUED, ImportStatus.CHECKING, ImportStatus.IMPORTING)
OVER = (ImportStatus.FINISHED, ImportStatus.CANCELLED, ImportStatus.FAILED)


class ImportQuerySet(models.QuerySet["Import"]):
    """Which imports?"""

    def visible_to(self, person: "User") -> Self:
        """One's own: nobody else sees what is not even a draft yet."""
        return self.filter(author=person)

    def unattended_at(self, moment: datetime) -> Self:
        """Those with work left that no living worker does."""
        is_free = Q(leased_until__isnull=True) | Q(leased_until__lt=moment)
        return self.filter(is_free, status__in=WORKED)

    def forgotten_at(self, moment: datetime) -> Self:
        """Those that their author left lying so long that their files go."""
        return self.filter(brought_at__lt=moment - KEPT_FOR).exclude(status__in=OVER)

    def over_with_files(self) -> Self:
        """Those that need their files no more and still have them."""
        return self.filter(status__in=OVER, has_files=True)

    def newest_first(self) -> Self:
        """As lists show them."""
        return self.order_by("-brought_at", "id")


class Import(models.Model):
    """What one author brought at once. Its files lie in the storage "imports" under its id."""

    Status = ImportStatus

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="imports"
    )
    brought_at = models.DateTimeField(auto_now_add=True)
    # What the files were called; they are stored by number.
    file_names = models.JSONField(default=list)
    has_files = models.BooleanField(default=True)

    status = models.CharField(max_length=10, choices=ImportStatus, default=ImportStatus.ARRIVING)
    # Sentences about the files as a whole.
    findings = models.JSONField(default=list)
    failure = models.TextField(blank=True)
    # How often a worker took it up since a row was last done; whoever holds the lease works on.
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ("-brought_at", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=ImportStatus.values), name="import_status_is_known"
            ),
        ]
        indexes = [
            # visible_to, newest first: the list under "Import problems"
            models.Index(fields=("author", "-brought_at"), name="import_by_author"),
            # unattended_at, forgotten_at, over_with_files: the sweep
            models.Index(fields=("status", "brought_at"), name="import_by_status"),
        ]

    def __str__(self) -> str:
        return ", ".join(self.file_names) or f"import {str(self.id)[:8]}"

    @property
    def is_worked(self) -> bool:
        """Whether a worker has something to do for it."""
        return self.status in WORKED

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in OVER

    def stored_name(self, name: str) -> str:
        """Where a file of it lies; the name is ours: a number, or the hash of a picture."""
        return f"{self.id}/{name}"


class ImportRowStatus(models.TextChoices):
    """What becomes of one problem of an import."""

    FOUND = "found", "Not checked yet"
    READY = "ready", "Will be imported"
    KNOWN = "known", "Already among your problems"
    REFUSED = "refused", "Cannot be imported"
    IMPORTED = "imported", "Imported"


class ImportRowQuerySet(models.QuerySet["ImportRow"]):
    """Which problems of imports?"""

    def in_status(self, *statuses: ImportRowStatus) -> Self:
        """Those that are in one of these statuses."""
        return self.filter(status__in=statuses)

    def count_by_status(self) -> dict[str, int]:
        """How many are in each status that any is in."""
        rows = self.order_by().values_list("status").annotate(count=models.Count("pk"))
        return dict(rows)

    def made_by(self, author_id: int) -> Self:
        """Those from which this author has a problem."""
        return self.filter(batch__author=author_id, problem__isnull=False)

    def like(self, digest: str) -> Self:
        """Those with the same panels."""
        return self.filter(digest=digest)


# The shape that goes with the word, of those that components/status.html draws.
_SHAPES = {
    ImportRowStatus.READY: "draft",
    ImportRowStatus.KNOWN: "approved",
    ImportRowStatus.REFUSED: "rejected",
    ImportRowStatus.IMPORTED: "finished",
}


class ImportRow(models.Model):
    """One problem of an import: what was found, what is wrong with it, the draft it became."""

    Status = ImportRowStatus

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    # A `FoundProblem`, and what was found about it (severity, message).
    document = models.JSONField()
    findings = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True)  # of its panels, once they were checked
    status = models.CharField(max_length=10, choices=ImportRowStatus, default=ImportRowStatus.FOUND)
    problem = models.ForeignKey(
        Problem, on_delete=models.SET_NULL, null=True, related_name="import_rows"
    )

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=("batch", "position"), name="import_row_one_a_position"),
            models.CheckConstraint(
                condition=Q(status__in=ImportRowStatus.values), name="import_row_status_is_known"
            ),
        ]
        indexes = [
            # like: whether the same panels were imported before
            models.Index(fields=("digest",), name="import_row_by_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.document.get('place', 'a row')} of {self.batch_id}"

    def found(self) -> FoundProblem:
        """What the file says."""
        return FoundProblem.from_document(self.document)

    @property
    def question(self) -> str:
        """What lists call it: the question of its last panel that asks one."""
        asked = [panel["question"] for panel in self.document["panels"] if panel["question"]]
        return asked[-1] if asked else "No question"

    @property
    def shape(self) -> str:
        """Which shape says the same as the word of its status."""
        return _SHAPES.get(ImportRowStatus(self.status), "")

    @property
    def image_count(self) -> int:
        """How many of its panels have an image."""
        return sum(panel["image"] is not None for panel in self.document["panels"])

    def row_findings(self) -> list[RowFinding]:
        """What the author should know of it."""
        return [
            RowFinding(severity=Severity(each["severity"]), message=each["message"])
            for each in self.findings
        ]


def plain(findings: Sequence[RowFinding]) -> list[dict[str, Any]]:
    """Findings as JSON keeps them."""
    return [{"severity": each.severity.value, "message": each.message} for each in findings]
