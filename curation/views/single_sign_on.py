"""The way to the organization's sign-in and back, also when nobody answers there."""

from collections.abc import Callable

from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render


@login_not_required
def single_sign_on(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Leads to the organization's sign-in."""
    return _or_in_words(openid_connect.login, request, provider_id)


@login_not_required
def single_sign_on_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Where it sends people back to."""
    return _or_in_words(openid_connect.callback, request, provider_id)


def _or_in_words(
    step: Callable[[HttpRequest, str], HttpResponseBase], request: HttpRequest, provider_id: str
) -> HttpResponseBase:
    try:
        return step(request, provider_id)
    except (OSError, ValueError, KeyError):  # no answer, no JSON, or one that lacks an address
        return render(request, "socialaccount/authentication_error.html", status=503)
