"""Single sign-on: one OpenID Connect server, named by settings."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

# Part of the address that the other side calls back: /accounts/oidc/sso/login/callback/
PROVIDER_ID = "sso"


def openid_connect(
    *, name: str, issuer: str, client_id: str, client_secret: str
) -> dict[str, dict[str, Any]]:
    """The providers of allauth: none without an issuer, else that one.

    Raises `ImproperlyConfigured` naming the variable that is missing or cannot be.
    """
    needed = {
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": client_id,
        "OIDC_CLIENT_SECRET": client_secret,
    }
    missing = [variable for variable, value in needed.items() if not value]
    if len(missing) == len(needed):
        return {}
    if missing:
        raise ImproperlyConfigured(f"Single sign-on needs {' and '.join(missing)} too.")
    _require_address(issuer)
    app = {
        "provider_id": PROVIDER_ID,
        "name": name,
        "client_id": client_id,
        "secret": client_secret,
        # Tickets come over TLS from this address only; who may join is asked in curation.accounts.
        "settings": {"server_url": issuer.rstrip("/")},
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


def _require_address(issuer: str) -> None:
    address = urlsplit(issuer)
    is_local = address.hostname in {"127.0.0.1", "localhost"}
    if not address.hostname or (address.scheme != "https" and not is_local):
        raise ImproperlyConfigured(
            f"OIDC_ISSUER must be an https address such as https://login.example.org, not "
            f"{issuer!r}."
        )
