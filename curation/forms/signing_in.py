"""Signing in, in our words."""

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.forms import Form

_ADDRESS = "E-mail address"
_GROUP = 4  # letters of a secret that one keeps in mind while typing it on a phone


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """allauth's, with the cursor where one types first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _ADDRESS
        self.fields["login"].widget.attrs |= {"autofocus": True, "placeholder": _ADDRESS}
        self.fields["remember"].label = "Stay signed in"


class AskForLinkForm(ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """allauth's, which calls the address as the page of signing in does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _ADDRESS
        self.fields["email"].widget.attrs["placeholder"] = _ADDRESS


def _open_at_code(form: Form) -> None:
    """Put the cursor into the code; its label says already what it is."""
    field = form.fields["code"]
    field.label = "Code"
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= {"autofocus": True, "inputmode": "numeric"}


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The code after the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _open_at_code(self)


class CodeAgainForm(ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """A code before how one signs in is changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _open_at_code(self)


class SetUpAppForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    """The first code of an app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _open_at_code(self)

    @property
    def secret_groups(self) -> list[str]:
        """The secret in the pieces in which it is read."""
        return [self.secret[at : at + _GROUP] for at in range(0, len(self.secret), _GROUP)]
