"""Single sign-on against a server that speaks OpenID Connect: who gets in and who does not."""

from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from config.sign_in import openid_connect
from curation.models import Invitation, User
from curation.people import Roles, add_person, deactivate, invite
from tests.curation.oidc_server import CLIENT_ID, CLIENT_SECRET, OidcServer, oidc_server
from tests.factories import make_editor

pytestmark = pytest.mark.django_db

_MAYA = {
    "sub": "248289761001",
    "name": "Maya Osei",
    "email": "Maya@Hospital.example.org",
    "email_verified": True,
}
_EMAIL = "maya@hospital.example.org"


@pytest.fixture
def oidc(settings: Settings) -> Iterator[OidcServer]:
    with oidc_server() as server:
        settings.SOCIALACCOUNT_PROVIDERS = openid_connect(
            name="Hospital", issuer=server.url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET
        )
        server.says = dict(_MAYA)
        yield server


def _there_and_back(client: Client, **query: str) -> str:
    """Go to the other side and come back; the address of ours that it sends the browser to."""
    login = reverse("openid_connect_login", args=["sso"])
    away = client.get(login, {"process": "login", **query})
    assert away.status_code == 302
    there = urlsplit(away["Location"])
    connection = HTTPConnection(there.netloc, timeout=10)
    connection.request("GET", f"{there.path}?{there.query}")
    back = urlsplit(connection.getresponse().headers["Location"])
    connection.close()
    assert back.path == reverse("openid_connect_callback", args=["sso"])
    return f"{back.path}?{back.query}"


def _sign_in(client: Client, **query: str) -> Any:
    return client.get(_there_and_back(client, **query))


def _known(**facts: Any) -> User:
    return add_person(_EMAIL, name="Dr. Osei", password=None, roles=Roles(), **facts)


def _is_signed_in(client: Client) -> bool:
    return client.get(reverse("curation:home")).status_code == 200


def test_the_sign_in_page_offers_it_only_where_it_is_set_up(client: Client) -> None:
    assert "Hospital" not in client.get(reverse("account_login")).content.decode()
    assert client.get(reverse("openid_connect_login", args=["sso"])).status_code == 404


def test_the_sign_in_page_names_the_other_side(client: Client, oidc: OidcServer) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert "Sign in with Hospital" in page
    assert reverse("openid_connect_login", args=["sso"]) in page


def test_who_has_an_account_gets_in_by_their_verified_address(
    client: Client, oidc: OidcServer
) -> None:
    person = _known()
    assert _sign_in(client)["Location"] == reverse("curation:home")
    assert client.session["_auth_user_id"] == str(person.pk)
    assert SocialAccount.objects.get().user == person


def test_who_came_before_is_known_by_more_than_the_address(
    client: Client, oidc: OidcServer
) -> None:
    person = _known()
    _sign_in(client)
    oidc.says |= {"email": "osei@elsewhere.example.org", "email_verified": False}
    again = Client()
    _sign_in(again)
    assert again.session["_auth_user_id"] == str(person.pk)


def test_who_was_invited_joins_with_what_the_invitation_grants(
    client: Client, oidc: OidcServer
) -> None:
    invitation, _ = invite(_EMAIL, roles=Roles(is_reviewer=True), by=make_editor())
    assert _sign_in(client)["Location"] == reverse("curation:home")
    person = User.objects.get(email=_EMAIL)
    assert (person.name, person.role_names) == ("Maya Osei", ("reviewer",))
    assert not person.has_usable_password()
    invitation.refresh_from_db()
    assert invitation.accepted_by == person
    assert _is_signed_in(client)


@pytest.mark.parametrize(
    "says",
    [
        {},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": "false"},
        {"email_verified": None},
        {"email": ""},
        {"email": "other@hospital.example.org"},
    ],
    ids=str,
)
@pytest.mark.parametrize("is_known", [True, False], ids=["account", "invitation"])
def test_strangers_and_unverified_addresses_do_not_get_in(
    is_known: bool,  # noqa: FBT001 - a parameter of the test, given by name
    says: dict[str, Any],
    client: Client,
    oidc: OidcServer,
) -> None:
    oidc.says |= says
    if says:  # without a change of words: nobody has invited them
        _ = _known() if is_known else invite(_EMAIL, roles=Roles(), by=make_editor())
    people = User.objects.count()
    answer = _sign_in(client)
    assert answer.status_code == 403
    assert "You are not signed in" in answer.content.decode()
    assert not _is_signed_in(client)
    assert (User.objects.count(), SocialAccount.objects.count()) == (people, 0)


def test_an_invitation_that_was_taken_back_lets_nobody_in(client: Client, oidc: OidcServer) -> None:
    invite(_EMAIL, roles=Roles(), by=make_editor())
    Invitation.objects.update(revoked_at="2026-01-01T00:00:00Z")
    assert _sign_in(client).status_code == 403
    assert not User.objects.filter(email=_EMAIL).exists()


def test_whose_account_is_closed_stays_out(client: Client, oidc: OidcServer) -> None:
    person = _known()
    _sign_in(Client())
    deactivate(person, by=make_editor(), reason="They left.")
    answer = client.get(_there_and_back(client), follow=True)
    assert "This account is closed" in answer.content.decode()
    assert not _is_signed_in(client)


def test_the_second_factor_is_asked_for_here_too(client: Client, oidc: OidcServer) -> None:
    TOTP.activate(_known(), generate_totp_secret())
    assert _sign_in(client)["Location"] == reverse("mfa_authenticate")
    assert not _is_signed_in(client)


def test_a_ticket_about_somebody_else_is_refused(client: Client, oidc: OidcServer) -> None:
    _known()
    oidc.ticket_says = {"sub": "somebody else"}
    assert _sign_in(client).status_code == 403
    assert not _is_signed_in(client)


@pytest.mark.parametrize("says", [{"aud": "another site"}, {"iss": "http://elsewhere"}, {"exp": 1}])
def test_a_ticket_for_another_site_or_of_another_time_is_refused(
    says: dict[str, Any], client: Client, oidc: OidcServer
) -> None:
    _known()
    oidc.ticket_says = says
    answer = _sign_in(client)
    assert answer.status_code == 401
    assert "Signing in did not work" in answer.content.decode()
    assert not _is_signed_in(client)


def test_an_answer_opens_only_the_browser_that_asked(client: Client, oidc: OidcServer) -> None:
    _known()
    back = _there_and_back(client)
    other = Client()
    assert other.get(back).status_code == 401
    assert not _is_signed_in(other)


def test_an_answer_is_taken_once(client: Client, oidc: OidcServer) -> None:
    _known()
    back = _there_and_back(client)
    client.get(back)
    client.post(reverse("account_logout"))
    assert client.get(back).status_code == 401
    assert not _is_signed_in(client)


@pytest.mark.parametrize("process", ["connect", "redirect"])
def test_it_signs_in_and_does_nothing_else(process: str, client: Client, oidc: OidcServer) -> None:
    client.force_login(_known())
    assert _sign_in(client, process=process).status_code == 403
    assert not SocialAccount.objects.exists()


def test_who_goes_back_from_the_other_side_is_told_so(client: Client, oidc: OidcServer) -> None:
    back = _there_and_back(client)
    state = dict(part.split("=") for part in back.partition("?")[2].split("&"))["state"]
    refused = {"error": "access_denied", "state": state}
    callback = reverse("openid_connect_callback", args=["sso"])
    answer = client.get(callback, refused, follow=True)
    assert "You did not go on" in answer.content.decode()


def test_a_server_that_is_down_is_said_in_words(client: Client, oidc: OidcServer) -> None:
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"] = {
        "server_url": "http://127.0.0.1:9"
    }
    answer = client.get(reverse("openid_connect_login", args=["sso"]), {"process": "login"})
    assert answer.status_code == 503
    assert "Signing in did not work" in answer.content.decode()


def test_a_server_that_talks_nonsense_is_said_in_words(client: Client, oidc: OidcServer) -> None:
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"] = {
        "server_url": f"{oidc.url}/.well-known/../jwks"
    }
    answer = client.get(reverse("openid_connect_login", args=["sso"]), {"process": "login"})
    assert answer.status_code == 503


def test_half_a_configuration_is_refused_by_name() -> None:
    given = {"name": "Hospital", "issuer": "https://login.example.org", "client_id": "bench"}
    with pytest.raises(ImproperlyConfigured, match="OIDC_CLIENT_SECRET"):
        openid_connect(**given, client_secret="")


@pytest.mark.parametrize("issuer", ["http://login.example.org", "login.example.org", "https://"])
def test_tickets_come_over_tls_only(issuer: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="OIDC_ISSUER must be an https address"):
        openid_connect(name="Hospital", issuer=issuer, client_id="a", client_secret="b")
