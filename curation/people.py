"""Inviting people, joining, and what an editor decides about an account."""

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import (
    AccountChange,
    ApiToken,
    Claim,
    HistoryEntry,
    Invitation,
    Specialty,
    User,
    What,
)

_ENTRIES = {
    AccountChange.Kind.ROLES: What.ROLES_CHANGED,
    AccountChange.Kind.DEACTIVATED: What.DEACTIVATED,
    AccountChange.Kind.REACTIVATED: What.REACTIVATED,
    AccountChange.Kind.SECOND_FACTOR_REMOVED: What.SECOND_FACTOR_CHANGED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """What a person may do, or an invitation grants."""

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
        **asdict(roles),
        specialty=specialty,
        token_sha256=_hash(token),
        invited_by=by,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
    )
    HistoryEntry.objects.record(What.INVITED, by=by, subject=invitation, **asdict(roles))
    return invitation, token


def invite_again(invitation: Invitation, *, by: User) -> tuple[Invitation, str]:
    """The same invitation with a new link and a new time; the link of before is closed."""
    try:
        return invite(
            invitation.email, roles=_roles_of(invitation), specialty=invitation.specialty, by=by
        )
    except InvalidContentError as error:
        raise WrongMomentError(f"{error} There is nobody to invite again.") from error


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: User) -> None:
    """Close the link; one that was accepted meanwhile stays an account."""
    unanswered = Invitation.objects.unanswered().filter(pk=invitation.pk)
    if not unanswered.update(revoked_at=timezone.now()):
        raise WrongMomentError(
            "This invitation is not open any more: it was accepted, sent again or taken back. "
            "Close the account instead if somebody joined who should not have."
        )
    HistoryEntry.objects.record(What.INVITATION_REVOKED, by=by, subject=invitation)


def find_invitation(token: str) -> Invitation | None:
    """The invitation that this token opens, if it is still open."""
    open_now = Invitation.objects.open_at(timezone.now())
    return open_now.filter(token_sha256=_hash(token)).first()


@transaction.atomic
def accept_invitation(invitation: Invitation, *, name: str, password: str | None) -> User:
    """Make the person with what the invitation grants; a second use is refused.

    Without a password they sign in by single sign-on, or set one by a reset.
    """
    person = add_person(
        invitation.email,
        name=name,
        password=password,
        roles=_roles_of(invitation),
        specialty=invitation.specialty,
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


@transaction.atomic
def change_roles(person: User, roles: Roles, *, by: User, reason: str = "") -> AccountChange | None:
    """Give and take roles; nothing is recorded if they stay as they are.

    Who stops being a reviewer gives back the places they hold; what they wrote stays.
    """
    person = _taken_in_hand(person, by)
    before = person.role_names
    if person == by and not roles.is_editor:
        raise InvalidContentError(
            "You cannot take the role of editor from yourself. Ask another editor to do it."
        )
    for name, is_held in asdict(roles).items():
        setattr(person, name, is_held)
    if person.role_names == before:
        return None
    person.save(update_fields=[*asdict(roles)])
    if not person.is_reviewer:
        Claim.objects.by(person).delete()
    change = {"before": ", ".join(before), "after": ", ".join(person.role_names)}
    return _record(AccountChange.Kind.ROLES, person, by, reason, **change)


@transaction.atomic
def deactivate(person: User, *, by: User, reason: str) -> AccountChange:
    """Close an account: sessions and tokens end at once, places are given back, work stays."""
    person = _taken_in_hand(person, by)
    if person == by:
        raise WrongMomentError("You cannot close your own account. Ask another editor to do it.")
    if not person.is_active:
        raise WrongMomentError(f"The account of {person} is closed already.")
    person.is_active = False
    # Also after the account is opened again, a session of before stays ended.
    person.signed_out_at = timezone.now()
    person.save(update_fields=["is_active", "signed_out_at"])
    ApiToken.objects.of(person).open_at(timezone.now()).update(revoked_at=timezone.now())
    Claim.objects.by(person).delete()
    return _record(AccountChange.Kind.DEACTIVATED, person, by, reason)


@transaction.atomic
def reactivate(person: User, *, by: User, reason: str = "") -> AccountChange:
    """Open a closed account again; its person signs in anew, with the roles they had."""
    person = _taken_in_hand(person, by)
    if person.is_active:
        raise WrongMomentError(f"The account of {person} is open already.")
    person.is_active = True
    person.save(update_fields=["is_active"])
    return _record(AccountChange.Kind.REACTIVATED, person, by, reason)


@transaction.atomic
def remove_second_factor(person: User, *, by: User, reason: str) -> AccountChange:
    """Let somebody in by password alone who lost their phone, their keys and their codes.

    Their sessions end, for whoever asks for this may not be who they say they are.
    """
    person = _taken_in_hand(person, by)
    if person == by:
        raise WrongMomentError("Remove your own on the page Account, where you confirm who it is.")
    removed, _ = Authenticator.objects.filter(user=person).delete()
    if not removed:
        raise WrongMomentError(f"{person} has set up no second factor.")
    sign_out_everywhere(person)
    return _record(AccountChange.Kind.SECOND_FACTOR_REMOVED, person, by, reason)


def has_second_factor(person: User) -> bool:
    """Whether a password alone does not let them in."""
    return bool(Authenticator.objects.filter(user=person).exists())


def sign_out_everywhere(person: User) -> None:
    """End all sessions of a person, on all machines."""
    person.signed_out_at = timezone.now()
    person.save(update_fields=["signed_out_at"])


def _taken_in_hand(person: User, by: User) -> User:
    """The person as they are now, while no other editor changes anybody.

    All editors are locked in one order, so that of two who take each other's role one comes first
    and the other is no editor any more: the last editor stays.
    """
    wanted = User.objects.in_charge() | User.objects.filter(pk=person.pk)
    locked = {each.pk: each for each in wanted.order_by("pk").select_for_update()}
    editor = locked.get(by.pk)
    if editor is None or not (editor.is_editor and editor.is_active):
        raise WrongMomentError("You are not an editor any more. Ask one to do this.")
    return locked[person.pk]


def _record(
    kind: AccountChange.Kind, person: User, by: User, reason: str, **roles: str
) -> AccountChange:
    change = AccountChange.objects.create(
        person=person, kind=kind, changed_by=by, reason=reason.strip(), **roles
    )
    details: dict[str, Any] = dict(roles)
    HistoryEntry.objects.record(_ENTRIES[kind], by=by, subject=person, **details)
    return change


def _roles_of(invitation: Invitation) -> Roles:
    return Roles(
        is_author=invitation.is_author,
        is_reviewer=invitation.is_reviewer,
        is_editor=invitation.is_editor,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
