"""Tokens by which programs act for a person: made, shown once, recognized, revoked."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from curation.errors import InvalidContentError, RefusedTokenError, WrongMomentError
from curation.models import ApiToken, HistoryEntry, Scope, User, What
from curation.permissions import is_lacking_second_factor

LONGEST_DAYS = 365
_MOST = 20  # open at once; more are forgotten ones
_MARK = "icl"
_COARSE = timedelta(hours=1)
# Compared with where no token is found, so that a guess costs the same time.
_NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Bearer:
    """For whom a program acts, and what it may do at most."""

    person: User
    scopes: frozenset[str]
    token_id: int


@transaction.atomic
def create_token(
    person: User, *, name: str, scopes: Iterable[str], days: int
) -> tuple[ApiToken, str]:
    """A new token and its text, which is shown once and of which only the hash is kept."""
    wanted = sorted({str(Scope(scope)) for scope in scopes})
    if not wanted:
        raise InvalidContentError("Choose at least one thing that the token is for.")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidContentError(f"A token works for 1 to {LONGEST_DAYS} days.")
    now = timezone.now()
    if ApiToken.objects.of(person).open_at(now).count() >= _MOST:
        raise InvalidContentError(f"You have {_MOST} tokens that work. Revoke one first.")
    prefix = secrets.token_hex(6)
    text = f"{_MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        person=person,
        name=name.strip(),
        prefix=prefix,
        sha256=_hash(text),
        scopes=wanted,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    HistoryEntry.objects.record(What.TOKEN_MADE, by=person, subject=token, scopes=wanted)
    return token, text


@transaction.atomic
def revoke_token(token: ApiToken) -> None:
    """It works no more, from now on."""
    still_open = ApiToken.objects.open_at(timezone.now()).filter(pk=token.pk)
    if not still_open.update(revoked_at=timezone.now()):
        raise WrongMomentError("This token has expired or was revoked already.")
    HistoryEntry.objects.record(What.TOKEN_REVOKED, by=token.person, subject=token)


def authenticate_token(text: str) -> Bearer:
    """Who sent this token and what it is good for.

    Raises `RefusedTokenError` for what was never a token, expired, was revoked, belongs to a closed
    account or to an editor who must set up a second factor first.
    """
    token = _find(text)
    now = timezone.now()
    if token is None or not token.is_open_at(now) or not token.person.is_active:
        raise RefusedTokenError("This token does not work. Make a new one on the page Account.")
    if is_lacking_second_factor(token.person):
        raise RefusedTokenError(
            "Editors need two-factor sign-in here. Set it up on the page Account; the token works "
            "from then on."
        )
    if token.last_used_at is None or now - token.last_used_at >= _COARSE:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return Bearer(token.person, frozenset(token.scopes), token.pk)


def _find(text: str) -> ApiToken | None:
    mark, _, rest = text.strip().partition("_")
    prefix = rest.partition("_")[0] if mark == _MARK else ""
    token = None
    if len(prefix) == 12 and prefix.isalnum():
        token = ApiToken.objects.filter(prefix=prefix).select_related("person").first()
    is_it = constant_time_compare(_hash(text.strip()), token.sha256 if token else _NOTHING)
    return token if is_it else None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
