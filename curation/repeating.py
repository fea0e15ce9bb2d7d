"""Doing a write once however often it is asked: by the key that its client gives it.

The key is taken first, in a transaction of its own, so that who asks at the same time learns of it.
What is answered is kept in the transaction of the write itself: both are there, or neither.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import IdempotentRequest, User

_KEPT = timedelta(hours=24)
_LEASE = timedelta(minutes=5)  # longer than a web server lets a request take


class ReusedKeyError(InvalidContentError):
    """The key was given to another request."""


class InProgressError(WrongMomentError):
    """A request with this key is being answered."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered the first time."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Held:
    """The right to answer a request; nobody else does meanwhile."""

    lease: uuid.UUID

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Write in here and `keep` the answer; a failure frees the key and leaves nothing."""
        try:
            with transaction.atomic():
                yield
        except BaseException:
            self.forget()
            raise

    def keep(self, status: int, body: str) -> None:
        """Keep the answer; WrongMomentError, which undoes the write, if another took over."""
        kept = IdempotentRequest.objects.held_by(self.lease).update(http_status=status, body=body)
        if not kept:
            raise InProgressError("This took too long, and was begun again. Ask once more.")

    def forget(self) -> None:
        """Free the key."""
        IdempotentRequest.objects.held_by(self.lease).delete()


def take_key(person: User, key: str, fingerprint: str) -> Answered | Held:
    """What was answered before under this key, or the right to answer now.

    Raises ReusedKeyError where the key was another request's, InProgressError while that of an
    equal one is being answered.
    """
    now, lease = timezone.now(), uuid.uuid4()
    fresh = {
        "fingerprint": fingerprint,
        "lease": lease,
        "leased_until": now + _LEASE,
        "expires_at": now + _KEPT,
    }
    row, is_new = IdempotentRequest.objects.get_or_create(person=person, key=key, defaults=fresh)
    if is_new:
        return Held(lease)
    if row.expires_at > now:
        known = _known(row, fingerprint, now)
        if known is not None:
            return known
    abandoned = IdempotentRequest.objects.known(person, key).filter(lease=row.lease)
    if not abandoned.update(http_status=None, body="", **fresh):
        raise _in_progress()
    return Held(lease)


def _known(row: IdempotentRequest, fingerprint: str, now: datetime) -> Answered | None:
    """What was answered; nothing for what a process left that is no more."""
    if row.fingerprint != fingerprint:
        raise ReusedKeyError(
            "This Idempotency-Key was given to another request. Choose a new key for a new one."
        )
    if row.http_status is not None:
        return Answered(row.http_status, row.body)
    if row.leased_until > now:
        raise _in_progress()
    return None


def _in_progress() -> InProgressError:
    return InProgressError("The first request with this key is being answered. Ask again soon.")


def forget_requests(now: datetime) -> None:
    """Delete what nobody repeats any more."""
    IdempotentRequest.objects.expired_at(now).delete()
