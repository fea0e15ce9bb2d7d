"""What every request goes through: bodies, sign-in, caches, and a log without secrets."""

import logging
import re
from collections.abc import Iterator
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from config.gunicorn_conf import access_log_format
from config.middleware import BodyMiddleware
from curation.models import User
from curation.people import Roles, invite
from tests.factories import make_editor, make_person

pytestmark = pytest.mark.django_db

_MEBIBYTE = 1024**2
_FRAGMENT = {"HX-Request": "true"}


class _Unread:
    """A body that must not be touched."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("The body was read.")

    readline = read


def _declared(client: Client, **headers: str) -> HttpResponse:
    """The answer to a form of which only the headers have come."""
    login = reverse("account_login")
    return client.generic("POST", login, **headers, **{"wsgi.input": _Unread()})  # type: ignore[arg-type, return-value]  # the stubs know only strings, and a subclass


@pytest.fixture
def guarded() -> Client:
    """As a browser meets us: the check for forged requests reads the body of every form."""
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize("cookie", ["", "made-up"])
def test_a_stranger_s_huge_body_is_refused_unread(cookie: str, guarded: Client) -> None:
    guarded.cookies["sessionid"] = cookie
    answer = _declared(guarded, CONTENT_LENGTH=str(6 * _MEBIBYTE))
    assert answer.status_code == 413
    assert b"larger than this server takes" in answer.content


@pytest.mark.parametrize("charset", ["utf-16", "bz2_codec", "latin-1", "nonsense"])
def test_a_body_in_another_charset_is_refused_unread(charset: str, guarded: Client) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    answer = _declared(guarded, CONTENT_TYPE=kind, CONTENT_LENGTH="9")
    assert answer.status_code == 400
    assert b"UTF-8" in answer.content


@pytest.mark.parametrize(
    "headers",
    [{"CONTENT_LENGTH": str(60 * _MEBIBYTE)}, {"CONTENT_TYPE": "text/plain; charset=utf-16"}],
    ids=["too large", "charset"],
)
def test_a_refusal_is_as_guarded_as_a_page(headers: dict[str, str], guarded: Client) -> None:
    answer = _declared(guarded, **headers)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-store"


def _passes(person: User | AnonymousUser, **headers: str) -> bool:
    request = RequestFactory().post("/", **headers)  # type: ignore[arg-type]  # the stubs forget the environment
    request.user = person
    return BodyMiddleware(lambda _: HttpResponse("through"))(request).status_code == 200


@pytest.mark.parametrize(
    ("length", "stranger", "member"),
    [
        ("", True, True),
        ("nonsense", True, True),
        (str(5 * _MEBIBYTE), True, True),
        (str(5 * _MEBIBYTE + 1), False, True),
        (str(51 * _MEBIBYTE), False, True),
        (str(51 * _MEBIBYTE + 1), False, False),
    ],
)
def test_how_much_may_be_sent(
    length: str,
    stranger: bool,  # noqa: FBT001 - a parameter of the test, given by name
    member: bool,  # noqa: FBT001 - a parameter of the test, given by name
    settings: Settings,
) -> None:
    settings.UPLOAD_MAX_BYTES = 50 * _MEBIBYTE
    assert _passes(AnonymousUser(), CONTENT_LENGTH=length) is stranger
    assert _passes(make_person(), CONTENT_LENGTH=length) is member


@pytest.mark.parametrize("kind", ["text/plain", "text/plain; charset=UTF-8", "x/y; charset=utf8"])
def test_utf_8_may_be_said_or_not(kind: str) -> None:
    assert _passes(AnonymousUser(), CONTENT_TYPE=kind)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_fragment_for_nobody_is_401_and_not_the_login_page(method: str, client: Client) -> None:
    answer = getattr(client, method)(reverse("curation:home"), headers=_FRAGMENT)
    assert answer.status_code == 401
    assert "Location" not in answer.headers
    assert b"<" not in answer.content


def test_a_page_for_nobody_leads_to_the_login(client: Client) -> None:
    home = reverse("curation:home")
    assert client.get(home)["Location"] == f"{reverse('account_login')}?next={home}"


def test_an_open_page_stays_open_to_fragments(client: Client) -> None:
    assert client.get(reverse("account_login"), headers=_FRAGMENT).status_code == 200


@pytest.mark.parametrize("address", ["/", "/accounts/logout/", "/nowhere/", "/health/live"])
def test_no_cache_keeps_a_page(address: str, client: Client) -> None:
    assert client.get(address)["Cache-Control"] == "private, no-store"


def test_what_is_the_same_for_all_is_cached(client: Client) -> None:
    answer = client.get("/static/css/site.css")
    assert answer.status_code == 200
    assert "no-store" not in answer["Cache-Control"]
    answer.close()


@pytest.fixture
def log() -> Iterator[StringIO]:
    """All that is written for whoever collects the log."""
    handler = logging.getHandlerByName("stderr")
    assert isinstance(handler, logging.StreamHandler)
    written = StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


def _join(after: str = "") -> tuple[str, str]:
    """A token that opens an invitation, and its address."""
    _, token = invite("new@example.org", roles=Roles(is_author=True), by=make_editor())
    return token, reverse("curation:invitation_accept", args=[token]) + after


def test_an_invitation_is_logged_by_its_route(log: StringIO, client: Client) -> None:
    token, address = _join()
    assert client.get(address).status_code == 200
    assert "GET join/<str:token>/" in log.getvalue()
    assert token not in log.getvalue()


def test_a_refused_invitation_is_logged_without_its_token(log: StringIO, client: Client) -> None:
    token, address = _join()
    assert client.post(address, {"name": ""}).status_code == 422
    assert "Unprocessable" in log.getvalue()
    assert token not in log.getvalue()


@pytest.mark.parametrize("after", ["further", "?x=1", "%22"])
def test_a_damaged_link_is_logged_without_its_token(
    after: str, log: StringIO, client: Client
) -> None:
    token, address = _join(after)
    client.get(address)
    client.get(address.rstrip("/") + after)
    assert "request_finished" in log.getvalue()
    assert token not in log.getvalue()


def test_a_link_that_comes_from_elsewhere_is_logged_without_its_token(
    log: StringIO, guarded: Client
) -> None:
    token, address = _join()
    elsewhere = {"Referer": f"https://elsewhere.example.org{address}"}
    assert guarded.post(address, headers=elsewhere, secure=True).status_code == 403
    assert "Referer checking failed" in log.getvalue()
    assert token not in log.getvalue()


def test_a_failure_is_logged_without_the_token(
    log: StringIO, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, address = _join()

    def fail(token: str) -> None:
        raise RuntimeError(f"{address} broke")

    monkeypatch.setattr("curation.views.invitations.find_invitation", fail)
    client.raise_request_exception = False
    assert client.get(address).status_code == 500
    assert "request_failed" in log.getvalue()
    assert "RuntimeError" in log.getvalue()
    assert token not in log.getvalue()


def test_the_link_of_a_reset_is_logged_without_its_key(log: StringIO, client: Client) -> None:
    address = reverse("account_reset_password_from_key", args=["1", "d2x7-9f3ab"])
    client.get(address)
    client.get(address + "further")
    assert "password/reset/key/" in log.getvalue()
    assert "d2x7-9f3ab" not in log.getvalue()


def test_the_server_of_development_logs_no_token(log: StringIO) -> None:
    token, address = _join()
    line = f"GET {address} HTTP/1.1"
    logging.getLogger("django.server").info('"%s" %s %s', line, "200", "9")
    assert "GET /join/" in log.getvalue()
    assert token not in log.getvalue()


def test_the_server_of_production_logs_no_address() -> None:
    atoms = set(re.findall(r"%\((.+?)\)s", access_log_format))
    assert atoms
    # Request line, path, query, referer; a brace would name a header.
    assert not atoms & {"r", "U", "q", "f"}
    assert not any("{" in atom for atom in atoms)


@pytest.mark.parametrize(("proxies", "expected"), [(0, "192.0.2.7"), (1, "198.51.100.2")])
def test_the_client_s_address_is_what_our_proxy_says_and_nobody_else(
    proxies: int, expected: str, log: StringIO, client: Client, settings: Settings
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    said = {"X-Forwarded-For": "203.0.113.9, 198.51.100.2"}
    client.get("/health/live", headers=said, REMOTE_ADDR="192.0.2.7")
    assert f"ip={expected}" in re.sub(r"\x1b\[[0-9;]*m", "", log.getvalue())


def test_a_client_behind_a_socket_has_no_address(log: StringIO, client: Client) -> None:
    assert client.get("/health/live", REMOTE_ADDR="").status_code == 200
    assert "ip=None" in re.sub(r"\x1b\[[0-9;]*m", "", log.getvalue())
