"""The history of everything that matters: one chain of entries, appended, never changed."""

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


class HistoryKind(models.TextChoices):
    """What an entry is about, as the editors' page filters by it."""

    MOVE = "move", "Moves"
    REVIEW = "review", "Reviews"
    PERSON = "person", "People and roles"
    SIGN_IN = "sign_in", "Signing in"
    KEY = "key", "Tokens and keys"
    RELEASE = "release", "Releases"
    FILE = "file", "Downloads and exports"
    IMPORT = "import", "Imports"
    INSTRUCTIONS = "instructions", "Instructions"


class What(models.TextChoices):
    """What was done. What stands before the dot is the kind; a move and a verdict keep theirs."""

    SUBMIT = "move.submit", "submitted a problem"
    WITHDRAW = "move.withdraw", "withdrew a problem"
    REOPEN = "move.reopen", "reopened a problem"
    MOVE_REQUEST_CHANGES = "move.request_changes", "returned a problem"
    MOVE_APPROVE = "move.approve", "approved a problem"
    MOVE_OVERRULE = "move.overrule", "approved a problem over a rejection"
    MOVE_RETURN = "move.return", "returned a disputed problem"
    MOVE_REJECT = "move.reject", "rejected a problem"
    PUBLISH = "move.publish", "published a problem"
    RETIRE = "move.retire", "retired a problem"
    MOVE_IMPORT = "move.import", "imported a problem of a release"
    DISCARD = "move.discard", "threw away a draft that was never submitted"

    APPROVE = "review.approve", "gave the verdict “approve”"
    REQUEST_CHANGES = "review.request_changes", "gave the verdict “request changes”"
    REJECT = "review.reject", "gave the verdict “reject”"

    ASKED = "review.asked", "asked somebody to review a problem"
    ASKED_NO_MORE = "review.asked_no_more", "asked somebody no longer to review a problem"
    DECLINED = "review.declined", "left a problem to other reviewers"

    INVITED = "person.invited", "invited somebody"
    INVITATION_REVOKED = "person.invitation_revoked", "revoked an invitation"
    ADDED = "person.added", "became a person here"
    JOINED = "person.joined", "accepted an invitation"
    ROLES_CHANGED = "person.roles_changed", "changed a person's roles"
    DEACTIVATED = "person.deactivated", "closed an account"
    REACTIVATED = "person.reactivated", "opened an account again"

    SIGNED_IN = "sign_in.succeeded", "signed in"
    SIGN_IN_FAILED = "sign_in.failed", "failed to sign in"
    SIGNED_OUT = "sign_in.ended", "signed out"

    TOKEN_MADE = "key.token_made", "made an API token"
    TOKEN_REVOKED = "key.token_revoked", "revoked an API token"
    SECOND_FACTOR_CHANGED = "key.second_factor_changed", "changed a second factor"
    PASSWORD_CHANGED = "key.password_changed", "changed a password"
    ENDPOINT_ADDED = "key.endpoint_added", "added an endpoint"
    ENDPOINT_CHANGED = "key.endpoint_changed", "changed an endpoint's address or key"

    RELEASE_CUT = "release.cut", "cut a release"
    RELEASE_WRITTEN = "release.written", "wrote a release's files"
    RELEASE_FAILED = "release.failed", "could not write a release's files"
    RELEASE_STOPPED = "release.stopped", "stopped the writing of a release's files"
    RELEASE_RETRIED = "release.retried", "had a release's files written again"

    RELEASE_PUBLISHED = "release.published", "published a release"
    RELEASE_DISCARDED = "release.discarded", "discarded the draft of a release"
    RELEASE_YANKED = "release.yanked", "yanked a release"
    RELEASE_OPENED = "release.opened", "opened a release to everybody"
    RELEASE_CLOSED = "release.closed", "kept a release for those who sign in"
    RELEASE_IMPORTED = "release.imported", "imported a release"
    RELEASE_PUSHED = "release.pushed", "pushed a release to a hub"

    DOWNLOADED = "file.downloaded", "downloaded a file of a release"
    EXPORTED = "file.exported", "exported a release"
    HISTORY_EXPORTED = "file.history_exported", "exported this history"

    IMPORT_STARTED = "import.started", "started an import"
    IMPORT_FINISHED = "import.finished", "finished an import"
    IMPORT_CANCELLED = "import.cancelled", "cancelled an import"

    INSTRUCTIONS_EDITED = "instructions.edited", "edited the instructions"

    @property
    def kind(self) -> HistoryKind:
        """What it is about."""
        return HistoryKind(self.value.partition(".")[0])


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
        if not transaction.get_connection(self.db).in_atomic_block:
            raise transaction.TransactionManagementError(
                "Record inside the transaction of what is recorded: neither is to be without the "
                "other."
            )
        # SQLite's transactions are immediate: there is one writer, who holds everything.
        end = ChainEnd.objects.select_for_update().get()
        entry = HistoryEntry(
            number=end.number + 1,
            at=timezone.now(),
            person=by,
            kind=what.kind,
            what=what,
            subject_type=(subject and subject._meta.model_name) or "",
            subject_id=str(subject.pk) if subject else "",
            problem_id=problem_id,
            details=details,
            previous_sha256=end.sha256,
        )
        entry.sha256 = entry.link().sha256()
        entry.save(force_insert=True, using=self.db)
        end.number, end.sha256 = entry.number, entry.sha256
        end.save(update_fields=["number", "sha256"])
        return entry

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
