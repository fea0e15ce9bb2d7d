"""What django-allauth asks of us: nobody joins without an invitation, however they sign in."""

import time
from typing import Any, NoReturn

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from qrcode.main import QRCode

from curation.errors import WrongMomentError
from curation.models import Invitation, User
from curation.people import accept_invitation

_QUIET_ZONE = 4  # modules of white around it, without which cameras do not find it


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Login and reset are allauth's; joining is our invitation page, `invitation_accept`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: allauth's own signup page stays closed."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not right after signing in: allauth counts only who typed it a second time."""
        records = get_authentication_records(self.request, self.request.user)
        seconds_ago = time.time() - max((record["at"] for record in records), default=0)
        if seconds_ago < app_settings.REAUTHENTICATION_TIMEOUT:
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """How two-factor sign-in names and draws things."""

    def get_totp_issuer(self) -> str:
        """Under what name an authenticator app lists the code."""
        return str(settings.SITE_NAME)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        """What a passkey is called until its owner calls it otherwise."""
        return f"Passkey of {date_format(timezone.localdate(), 'j F Y')}"

    def build_totp_svg(self, url: str) -> str:
        """The code as one path, without a style of its own, which our pages do not allow."""
        code = QRCode(border=_QUIET_ZONE)
        code.add_data(url)
        rows = code.get_matrix()
        path = "".join(
            f"M{across} {down}h1v1h-1z"
            for down, row in enumerate(rows)
            for across, is_dark in enumerate(row)
            if is_dark
        )
        return format_html(
            '<svg class="qr-code" viewBox="0 0 {0} {0}" role="img" '
            'aria-label="The code to scan"><path d="{1}"/></svg>',
            len(rows),
            path,
        )


class InvitedOnlyAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Single sign-on: who has an account or an invitation gets in, by a verified address."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never: who is invited is made a person in `pre_social_login`."""
        return False

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Whether the address is known to be theirs."""
        return bool(email) and email.lower() == _verified_email(login)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse whoever is a stranger, and let in by their invitation who is not yet known."""
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            _refuse(request, "Single sign-on is for signing in; it changes nothing else here.")
        if not _is_about_one_person(sociallogin):
            _refuse(request, "The other side answered for two different people.")
        if not sociallogin.is_existing:
            sociallogin.connect(request, _invited(request, sociallogin))


def _claims(login: SocialLogin) -> list[dict[str, object]]:
    """What the other side says, the answer to our question first, the signed ticket after it."""
    data = login.account.extra_data
    return [data[name] for name in ("userinfo", "id_token") if data.get(name)]


def _is_about_one_person(login: SocialLogin) -> bool:
    """OpenID Connect Core 1.0, 5.3.2: what is said must be about the holder of the ticket."""
    claims = _claims(login)
    return len(claims) == 2 and claims[0].get("sub") == claims[1].get("sub")


def _verified_email(login: SocialLogin) -> str:
    """The address that the other side has verified, or "".

    Only `true` says so: some send the word "false", which is not empty.
    """
    for claims in _claims(login):
        if claims.get("email"):
            is_verified = claims.get("email_verified") is True
            return str(claims["email"]).strip().lower() if is_verified else ""
    return ""


def _invited(request: HttpRequest, login: SocialLogin) -> User:
    email = _verified_email(login)
    if not email:
        _refuse(request, "Your organization did not confirm an e-mail address of yours.")
    invitation = Invitation.objects.open_to(email, timezone.now())
    if invitation is None:
        _refuse(request, f"There is neither an account nor an open invitation for {email}.")
    name = str(_claims(login)[0].get("name") or email.partition("@")[0])[:200]
    try:
        return accept_invitation(invitation, name=name, password=None)
    except WrongMomentError as error:
        _refuse(request, str(error))


def _refuse(request: HttpRequest, reason: str) -> NoReturn:
    page = render(request, "socialaccount/refused.html", {"reason": reason}, status=403)
    raise ImmediateHttpResponse(page)
