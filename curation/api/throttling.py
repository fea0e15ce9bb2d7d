"""How often the API may be asked, counted by the minute in the cache.

With Redis the count holds for the whole installation. Without one it is kept in the memory of each
web process and forgotten with it: enough on one machine.
"""

import time
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from rest_framework import exceptions

from curation.models import User
from curation.tokens import Bearer

_WINDOW = 60  # seconds
_READS = {"GET", "HEAD"}


def count_request(request: Any) -> None:
    """Count it; `Throttled` says after how many seconds to ask again."""
    if not isinstance(request.user, User):
        count_stranger(request)
        return
    who = _who(request)
    _count("requests", who)
    if request.method not in _READS:
        _count("writes", who)


def count_stranger(request: Any) -> None:
    """Count what comes from an address of which nobody is known, or with a token that is none."""
    _count("anonymous", _address(request))


def _who(request: Any) -> str:
    bearer = request.auth
    if isinstance(bearer, Bearer):
        return f"token-{bearer.token_id}"
    return f"person-{request.user.pk}"


def _address(request: Any) -> str:
    """The client's address, by the rule that also limits logins."""
    try:
        return str(get_adapter().get_client_ip(request._request))  # noqa: SLF001 - DRF's way to Django's request
    except PermissionDenied:  # none to be known, as behind a socket
        return "unknown"


def _count(kind: str, who: str) -> None:
    window, elapsed = divmod(int(time.time()), _WINDOW)
    key = f"api:{kind}:{who}:{window}"
    cache.add(key, 0, 2 * _WINDOW)
    try:
        number = cache.incr(key)
    except ValueError:  # thrown out of a full cache a moment ago
        number = 1
    if number > settings.API_RATES[kind]:
        raise exceptions.Throttled(wait=_WINDOW - elapsed)
