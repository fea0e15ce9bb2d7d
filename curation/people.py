"""Inviting people and joining."""

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import HistoryEntry, Invitation, Specialty, User, What


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """What an invitation grants."""

    is_author: bool = False
    is_reviewer: bool = False
    is_editor: bool = False


@transaction.atomic
def invite(
    email: str, *, roles: Roles, by: User, specialty: Specialty | None = None
) -> tuple[Invitation, str]:
    """A new invitation and its token, which is shown once and of which only the hash is kept.

    Whoever is invited again has one link that works: the last.
    """
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise InvalidContentError(f"{email} has an account already.")
    now = timezone.now()
    Invitation.objects.open_at(now).filter(email=email).update(expires_at=now)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email,
        is_author=roles.is_author,
        is_reviewer=roles.is_reviewer,
        is_editor=roles.is_editor,
        specialty=specialty,
        token_sha256=_hash(token),
        invited_by=by,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
    )
    HistoryEntry.objects.record(What.INVITED, by=by, subject=invitation, **asdict(roles))
    return invitation, token


def find_invitation(token: str) -> Invitation | None:
    """The invitation that this token opens, if it is still open."""
    open_now = Invitation.objects.open_at(timezone.now())
    return open_now.filter(token_sha256=_hash(token)).first()


@transaction.atomic
def accept_invitation(invitation: Invitation, *, name: str, password: str) -> User:
    """Make the person with what the invitation grants; a second use is refused."""
    roles = Roles(
        is_author=invitation.is_author,
        is_reviewer=invitation.is_reviewer,
        is_editor=invitation.is_editor,
    )
    person = add_person(
        invitation.email, name=name, password=password, roles=roles, specialty=invitation.specialty
    )
    open_now = Invitation.objects.open_at(timezone.now()).filter(pk=invitation.pk)
    if not open_now.update(accepted_at=timezone.now(), accepted_by=person):
        raise WrongMomentError("This invitation was used or has expired. Ask for a new link.")
    HistoryEntry.objects.record(What.JOINED, by=person, subject=invitation)
    return person


def add_person(email: str, *, name: str, password: str | None, roles: Roles, **facts: Any) -> User:
    """A person whose address is known to be theirs; `facts` are other columns of `User`."""
    try:
        with transaction.atomic():
            person = User.objects.create_user(email, password, name=name, **asdict(roles), **facts)
            EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
            HistoryEntry.objects.record(What.ADDED, by=person, subject=person, **asdict(roles))
    except IntegrityError as error:
        raise WrongMomentError(
            "There is an account with this e-mail address. Log in instead."
        ) from error
    return person


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
