"""What happens to every request before its view, and to every answer after it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.cache import patch_vary_headers
from django_structlog.middlewares import RequestMiddleware

from curation.api.problems import refuse
from curation.permissions import is_lacking_second_factor

type GetResponse = Callable[[HttpRequest], HttpResponseBase]

# What a form adds to the file it carries.
_FORM_BYTES = 1024**2
_UTF_8 = {"utf-8", "utf8"}


class NoStoreMiddleware:
    """No cache keeps a page, unless its view says otherwise: machines in clinics are shared."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class RequestLogMiddleware(RequestMiddleware):
    """Logs the route instead of the address: whoever holds the link of an invitation may join."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """The method and the pattern of urls.py that the path matches."""
        try:
            return f"{request.method} {resolve(request.path_info).route}"
        except Resolver404:
            return f"{request.method} (no such address)"

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """Put the client's address on every line, by the rule that also limits logins."""
        try:
            ip = get_adapter(request).get_client_ip(request)
        except PermissionDenied:  # none to be known, as behind a socket
            ip = None
        structlog.contextvars.bind_contextvars(ip=ip)


class BodyMiddleware:
    """Refuses a body by what its headers declare, before anything has read it.

    Comes after the authentication, which needs no body, and before all `process_view`, of which the
    check for forged requests reads the body of everybody.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in _UTF_8:
            words = "This server reads UTF-8 only. Send the request again as UTF-8."
            return _refused(request, words, 400, code="bad_request")
        if _declared_bytes(request) > _most_bytes(request):
            words = "That is larger than this server takes. Choose a smaller file."
            return _refused(request, words, 413, code="too_large")
        return self.get_response(request)


def _declared_bytes(request: HttpRequest) -> int:
    """The length that Django would read; it takes one it cannot understand for none."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _most_bytes(request: HttpRequest) -> int:
    """What this person may send. Asks who it is only if it matters: that takes a query."""
    few: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    # Of a program, the API reads the body only once its token was found to work.
    is_program = is_of_api(request) and "Authorization" in request.headers
    if _declared_bytes(request) <= few or not (is_program or request.user.is_authenticated):
        return few
    most: int = settings.IMPORT_MAX_BYTES if _is_import(request) else settings.UPLOAD_MAX_BYTES
    return most + _FORM_BYTES


def _is_import(request: HttpRequest) -> bool:
    with suppress(Resolver404):
        return resolve(request.path_info).view_name == "curation:import_create"
    return False


def is_of_api(request: HttpRequest) -> bool:
    """Whether a program asks, which reads problem details rather than words."""
    return request.path_info.startswith("/api/")


def _refused(request: HttpRequest, words: str, status: int, *, code: str) -> HttpResponse:
    return refuse(status, code, words) if is_of_api(request) else _in_words(words, status)


def _in_words(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")


class SignedInMiddleware(LoginRequiredMiddleware):
    """Sends strangers to the login, but answers 401 to htmx.

    It would follow to the login and put that page where the fragment belongs, over what somebody
    typed; 401 it leaves to static/js/site.js, which says what to do.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[Any, Any],
    ) -> HttpResponseBase | None:
        """Nothing for those who may pass."""
        refusal = super().process_view(request, view_func, view_args, view_kwargs)
        if refusal is not None and "HX-Request" in request.headers:
            return _in_words("You are signed out.", 401)
        return refusal


# Where somebody sets up a second factor, and the way out.
_OPEN_BEFORE_SECOND_FACTOR = {"account_reauthenticate", "account_logout", "account_change_password"}


class SecondFactorMiddleware:
    """Leads who must have a second factor to where it is set up, before anything else opens."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[Any, Any],
    ) -> HttpResponseBase | None:
        """Nothing for those who may pass; what would change something is refused, not led away."""
        if not settings.REQUIRE_MFA_FOR_EDITORS or not request.user.is_authenticated:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        # The operations of the API ask for it themselves, of programs too.
        is_open = name.startswith(("mfa_", "curation_api:", "evaluation_api:"))
        is_open = is_open or name in _OPEN_BEFORE_SECOND_FACTOR
        if is_open or not is_lacking_second_factor(request.user):
            return None
        if request.method in {"GET", "HEAD"} and "HX-Request" not in request.headers:
            return redirect("mfa_index")
        return _in_words("Set up two-factor sign-in first: open the page Account.", 403)


class VaryOnHtmxMiddleware:
    """Tell caches that a page and its fragment share an address, also for the back button."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        return response
