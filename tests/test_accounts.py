"""Signing in: one login for all, limited for each client; no way in but an invitation."""

from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from curation.models import User
from tests.factories import make_person

pytestmark = pytest.mark.django_db

_PASSWORD = "seven quiet lungs"
_LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    """Limits count in the cache, which outlives a test."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def member() -> User:
    person = make_person(is_author=True)
    person.set_password(_PASSWORD)
    person.save()
    return person


def _sign_in(client: Client, email: str, password: str, forwarded_for: str = "") -> bool:
    headers = {"X-Forwarded-For": forwarded_for} if forwarded_for else {}
    answer = client.post(_LOGIN, {"login": email, "password": password}, headers=headers)
    return answer.status_code == 302


def _fail_often(client: Client, forwarded_for: str) -> None:
    for number in range(12):
        made_up = f"203.0.113.{number}, {forwarded_for}"
        assert not _sign_in(client, f"{number}@example.org", "eight quiet lungs", made_up)


def test_behind_a_proxy_guessing_is_limited_for_each_client(
    member: User, client: Client, settings: Settings
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    _fail_often(client, "198.51.100.2")
    assert not _sign_in(client, member.email, _PASSWORD, "203.0.113.77, 198.51.100.2")
    assert _sign_in(client, member.email, _PASSWORD, "198.51.100.3")


def test_without_a_proxy_nobody_chooses_their_address(member: User, client: Client) -> None:
    _fail_often(client, "198.51.100.2")
    assert not _sign_in(client, member.email, _PASSWORD, "198.51.100.3")


def test_too_many_resets_are_refused_in_words(client: Client) -> None:
    reset = reverse("account_reset_password")
    answers = [client.post(reset, {"email": "a@example.org"}) for _ in range(6)]
    assert answers[-1].status_code == 429
    assert "Wait a few minutes" in answers[-1].content.decode()


def test_whoever_forgot_their_password_chooses_a_new_one(member: User, client: Client) -> None:
    done = client.post(reverse("account_reset_password"), {"email": member.email}, follow=True)
    assert "Look into your mail" in done.content.decode()
    (message,) = mail.outbox
    (link,) = [word for word in str(message.body).split() if "/reset/key/" in word]
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0]
    assert client.get(address).status_code == 200
    new = {"password1": "nine quiet lungs", "password2": "nine quiet lungs"}
    assert client.post(address, new, follow=True).status_code == 200
    assert _sign_in(client, member.email, "nine quiet lungs")


def test_nobody_is_written_to_without_an_account(client: Client) -> None:
    done = client.post(reverse("account_reset_password"), {"email": "a@example.org"}, follow=True)
    assert "Look into your mail" in done.content.decode()
    assert mail.outbox == []


@pytest.mark.parametrize(
    "page", ["email", "confirm-email/a:b", "social/connections", "social/signup"]
)
def test_what_we_do_not_use_of_allauth_is_not_there(
    page: str, member: User, client: Client
) -> None:
    client.force_login(member)
    assert client.get(f"/accounts/{page}/").status_code == 404


@pytest.mark.parametrize(
    "page",
    [
        "account_change_password",
        "account_logout",
        "account_reset_password_done",
        "account_reauthenticate",
        "mfa_index",
        "mfa_list_webauthn",
        "socialaccount_login_cancelled",
    ],
)
def test_what_we_use_of_allauth_is_in_our_frame(page: str, member: User, client: Client) -> None:
    client.force_login(member)
    assert 'class="site-name"' in client.get(reverse(page)).content.decode()


def test_a_changed_password_is_the_one_to_sign_in_with(member: User, client: Client) -> None:
    client.force_login(member)
    new = "nine quiet lungs"
    sent = {"oldpassword": _PASSWORD, "password1": new, "password2": new}
    assert client.post(reverse("account_change_password"), sent).status_code == 302
    assert _sign_in(Client(), member.email, new)


def test_a_closed_account_does_not_open_and_says_so(member: User, client: Client) -> None:
    User.objects.filter(pk=member.pk).update(is_active=False)
    answer = client.post(_LOGIN, {"login": member.email, "password": _PASSWORD}, follow=True)
    assert "This account is closed" in answer.content.decode()
    assert "_auth_user_id" not in client.session
