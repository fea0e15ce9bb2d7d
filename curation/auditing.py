"""What the history keeps of moves, reviews and signing in; other verbs record by themselves."""

from collections.abc import Iterable
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from curation.domain.chain import digest
from curation.models import (
    Assignment,
    FailedSignIns,
    HistoryEntry,
    Review,
    Revision,
    StatusChange,
    Told,
    User,
    What,
)


def record_moves(changes: Iterable[StatusChange]) -> None:
    """Enter moves, each with the digest of its record."""
    HistoryEntry.objects.record_all(
        Told(
            What(f"move.{change.move}"),
            by=change.changed_by,
            subject=change,
            problem_id=change.problem_id,
            details=move_details(change),
        )
        for change in changes
    )


def move_details(change: StatusChange) -> dict[str, Any]:
    """What an entry keeps of a move: the digest alone tells of its comment."""
    facts = {
        "problem": str(change.problem_id),
        "revision": change.revision_id,
        "move": change.move,
        "old": change.old,
        "new": change.new,
        "changed_by": change.changed_by_id,
        "comment": change.comment,
    }
    return {"from": change.old, "to": change.new, "record_sha256": digest(facts)}


def record_review(review: Review) -> None:
    """Enter a verdict, with the digest of the review."""
    HistoryEntry.objects.record(
        What(f"review.{review.verdict}"),
        by=review.reviewer,
        subject=review,
        problem_id=review.revision.problem_id,
        **review_details(review),
    )


def review_details(review: Review) -> dict[str, Any]:
    """What an entry keeps of a review: the digest alone tells of its comment."""
    facts = {
        "revision": review.revision_id,
        "reviewer": review.reviewer_id,
        "verdict": review.verdict,
        "comment": review.comment,
        "checklist": review.checklist,
        "annotations": review.annotations,
        "seconds": review.seconds,
    }
    return {
        "revision": review.revision.number,
        "revision_sha256": review.revision.sha256,
        "record_sha256": digest(facts),
    }


def record_asked(what: What, assignment: Assignment, *, by: User) -> None:
    """Enter whom an editor asks to review a problem, with the day it is wanted by, or no longer."""
    due = {"wanted_by": f"{assignment.due_at:%Y-%m-%d}"} if assignment.due_at else {}
    HistoryEntry.objects.record(
        what, by=by, subject=assignment.reviewer, problem_id=assignment.problem_id, **due
    )


def record_declined(revision: Revision, by: User) -> None:
    """Enter that a reviewer leaves a revision to others."""
    HistoryEntry.objects.record(
        What.DECLINED,
        by=by,
        subject=revision,
        problem_id=revision.problem_id,
        revision=revision.number,
    )


@transaction.atomic
def record_sign_in(person: User) -> None:
    """Enter that somebody is in, second factor included."""
    HistoryEntry.objects.record(What.SIGNED_IN, by=person, subject=person)


@transaction.atomic
def record_sign_out(person: User | None) -> None:
    """Enter that somebody left; strangers have nothing to leave."""
    if person is not None:
        HistoryEntry.objects.record(What.SIGNED_OUT, by=person, subject=person)


@transaction.atomic
def record_key_changed(what: What, person: User) -> None:
    """Enter that somebody signs in with something else from now on."""
    HistoryEntry.objects.record(what, by=person, subject=person)


@transaction.atomic
def record_failed_sign_in(request: HttpRequest | None, email: str) -> None:
    """Count a wrong password, and enter the count whenever it doubles.

    A guesser who tries for a day leaves some twenty entries. Nothing that was typed is kept, for
    people type passwords into the wrong field: the account that was meant if there is one, and of
    the client's address a hash that only this installation can make.
    """
    person = User.objects.filter(email=email.strip().lower()).first()
    client = _keyed(_client_address(request))
    source = _keyed(f"{client} {person.pk if person else ''}")
    count = FailedSignIns.objects.one_more(source, timezone.now().date())
    if count.bit_count() == 1:  # 1, 2, 4, 8, ...
        HistoryEntry.objects.record(
            What.SIGN_IN_FAILED, by=person, subject=person, times_today=count, client=client[:16]
        )


def _client_address(request: HttpRequest | None) -> str:
    """By the rule that also limits logins; empty where none is to be known."""
    try:
        return str(get_adapter(request).get_client_ip(request)) if request else ""
    except PermissionDenied:
        return ""


def _keyed(text: str) -> str:
    return salted_hmac("curation.auditing", text, algorithm="sha256").hexdigest()


@transaction.atomic
def record_history_export(person: User) -> None:
    """Enter who took the history along."""
    HistoryEntry.objects.record(What.HISTORY_EXPORTED, by=person)
