"""Who asks: a program by its token, a browser by its session, or somebody unknown."""

from typing import Any

from rest_framework import authentication, exceptions

from curation.errors import RefusedTokenError
from curation.models import User
from curation.tokens import Bearer, authenticate_token

_SCHEME = "bearer"
CHALLENGE = 'Bearer realm="api"'


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer icl_...`: a program that acts for a person."""

    def authenticate(self, request: Any) -> tuple[User, Bearer] | None:
        """Whom the token stands for; None without one, so that a session may count."""
        scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != _SCHEME:
            return None
        try:
            bearer = authenticate_token(token)
        except RefusedTokenError as error:
            raise exceptions.AuthenticationFailed(str(error)) from error
        return bearer.person, bearer

    def authenticate_header(self, request: Any) -> str:
        """What a 401 says is wanted."""
        return CHALLENGE


class BrowserAuthentication(authentication.SessionAuthentication):
    """Somebody signed in who tries an operation on the page; what writes needs the CSRF token."""
