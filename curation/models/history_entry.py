"""The history of everything that matters: one chain of entries, appended, never changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, Model, OuterRef, Q
from django.db.models.functions import Cast
from django.utils import timezone

from curation.domain.chain import START, Link
from curation.models.problem import Problem
from curation.models.user import User
from curation.models.what import What

_AT_ONCE = 1000


class ChainEnd(models.Model):
    """The one row that says where the chain ends: a tail that was cut off is missed.

    Whoever appends holds it until their transaction ends, so that entries are made one at a time.
    """

    number = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, default=START)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="chain_end_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.number}:{self.sha256}"


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry is to tell of; see `HistoryEntryQuerySet.record`."""

    what: What
    by: User | None
    subject: Model | None = None
    problem_id: UUID | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def after(self, end: ChainEnd) -> "HistoryEntry":
        """The entry that comes next, with its hash; not written yet."""
        entry = HistoryEntry(
            number=end.number + 1,
            at=timezone.now(),
            person=self.by,
            kind=self.what.kind,
            what=self.what,
            subject_type=(self.subject and self.subject._meta.model_name) or "",
            subject_id=str(self.subject.pk) if self.subject else "",
            problem_id=self.problem_id,
            details=dict(self.details),
            previous_sha256=end.sha256,
        )
        entry.sha256 = entry.link().sha256()
        return entry


class HistoryEntryQuerySet(models.QuerySet["HistoryEntry"]):
    """Which entries?"""

    def record(
        self,
        what: What,
        *,
        by: User | None,
        subject: Model | None = None,
        problem_id: UUID | None = None,
        **details: Any,
    ) -> "HistoryEntry":
        """Append an entry inside the transaction of what it tells of.

        `details` are JSON without floats, and without secrets, answers or words that a person
        wrote. Verbs call this as late as they can: all who record afterwards wait for their end.
        Nobody may lock a row of a problem, a person or a revision after it that others lock before.
        """
        told = Told(what, by=by, subject=subject, problem_id=problem_id, details=details)
        (entry,) = self.record_all([told])
        return entry

    def record_all(self, told: "Iterable[Told]") -> "list[HistoryEntry]":
        """Append entries one after the other, in few queries at any number, as `record` does."""
        if not transaction.get_connection(self.db).in_atomic_block:
            raise transaction.TransactionManagementError(
                "Record inside the transaction of what is recorded: neither is to be without the "
                "other."
            )
        # SQLite's transactions are immediate: there is one writer, who holds everything.
        end = ChainEnd.objects.select_for_update().get()
        entries = []
        for one in told:
            entry = one.after(end)
            entries.append(entry)
            end.number, end.sha256 = entry.number, entry.sha256
        self.bulk_create(entries, batch_size=_AT_ONCE)
        end.save(update_fields=["number", "sha256"])
        return entries

    def in_order(self) -> Self:
        """As they were appended."""
        return self.order_by("number")

    def newest_first(self) -> Self:
        """As pages show them."""
        return self.order_by("-number")

    def older_than(self, number: int) -> Self:
        """Those that were appended before this one."""
        return self.filter(number__lt=number)

    def newer_than(self, number: int) -> Self:
        """Those that were appended after this one."""
        return self.filter(number__gt=number)

    def of_kind(self, kind: str) -> Self:
        """Those about one kind of thing."""
        return self.filter(kind=kind)

    def of_person(self, person: User) -> Self:
        """What one person did, or somebody tried in their name."""
        return self.filter(person=person)

    def of_downloads(self, person: User, subject: Model, since: datetime) -> Self:
        """What they took of this since then."""
        return self.of_person(person).filter(
            kind=What.DOWNLOADED.kind,
            what=What.DOWNLOADED,
            subject_type=subject._meta.model_name,
            subject_id=str(subject.pk),
            at__gte=since,
        )

    def of_problem(self, problem_id: UUID) -> Self:
        """What happened to one problem."""
        return self.filter(problem=problem_id)

    def lacking[M: Model](self, rows: models.QuerySet[M]) -> models.QuerySet[M]:
        """Those of the rows that no entry tells of."""
        told = self.filter(
            subject_type=rows.model._meta.model_name,
            subject_id=Cast(OuterRef("pk"), models.CharField()),
        )
        return rows.filter(~Exists(told))


class HistoryEntry(models.Model):
    """One thing that was done: by whom, when, to what; chained to the one before by its hash."""

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    # Without foreign keys in the database: appending never waits for somebody else's row, and an
    # entry outlives a draft that is thrown away.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="history_entries",
    )
    # Of `HistoryKind` and `What`, which grow without a migration that would touch this table.
    kind = models.CharField(max_length=20)
    what = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=40)  # the model's name, in lower case
    subject_id = models.CharField(max_length=40)
    problem = models.ForeignKey(
        Problem,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="history_entries",
    )
    details = models.JSONField(default=dict)
    previous_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)

    objects = HistoryEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "history entries"
        indexes = [
            # of_kind, of_person, both, of_problem, each newest first: the editors' page
            models.Index(fields=("kind", "number"), name="history_by_kind"),
            models.Index(fields=("person", "number"), name="history_by_person"),
            models.Index(fields=("person", "kind", "number"), name="history_by_person_kind"),
            models.Index(fields=("problem", "number"), name="history_by_problem"),
            # lacking: which rows have an entry
            models.Index(fields=("subject_type", "subject_id"), name="history_by_subject"),
        ]

    def __str__(self) -> str:
        return f"entry {self.number}"

    @property
    def words(self) -> str:
        """What was done, to be read after a name."""
        return What(self.what).label

    def link(self) -> Link:
        """What is hashed."""
        return Link(
            number=self.number,
            at=self.at,
            person=self.person_id,
            kind=self.kind,
            what=self.what,
            subject_type=self.subject_type,
            subject_id=self.subject_id,
            problem=self.problem_id,
            details=self.details,
            previous_sha256=self.previous_sha256,
        )
