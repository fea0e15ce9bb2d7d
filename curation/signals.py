"""The one place where we listen: signing in, failing to, signing out, and keys to sign in with.

The house has no signals, for a verb says all that it does. These are no verb of ours: people
come in by allauth's pages (password, second factor, single sign-on), by an invitation and by the
admin, and all of them end in `django.contrib.auth.login`, which offers nothing but its signals.
A hook in each page would miss the next way in. So each receiver is one line that calls a verb.
"""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from curation import auditing
from curation.models import User, What


@receiver(user_logged_in)
def signed_in(user: User, **_: Any) -> None:
    """Somebody is in."""
    auditing.record_sign_in(user)


@receiver(user_login_failed)
def failed(credentials: dict[str, str], request: HttpRequest | None, **_: Any) -> None:
    """Somebody is not."""
    auditing.record_failed_sign_in(request, credentials.get("email", ""))


@receiver(user_logged_out)
def signed_out(user: User | None, **_: Any) -> None:
    """Somebody left."""
    auditing.record_sign_out(user)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def second_factor_changed(user: User, **_: Any) -> None:
    """Somebody set up or took away a second factor of theirs."""
    auditing.record_key_changed(What.SECOND_FACTOR_CHANGED, user)


@receiver([password_changed, password_reset, password_set])
def password_was_changed(user: User, **_: Any) -> None:
    """Somebody has another password."""
    auditing.record_key_changed(What.PASSWORD_CHANGED, user)
