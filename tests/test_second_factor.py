"""Two-factor sign-in: an app's codes, recovery codes, and where the installation asks for it."""

import time
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from curation.models import User
from tests.factories import make_person

pytestmark = pytest.mark.django_db

_PASSWORD = "seven quiet lungs"


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def editor() -> User:
    person = make_person(is_editor=True)
    person.set_password(_PASSWORD)
    person.save()
    return person


def _code(secret: str) -> str:
    """What an authenticator app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def _sign_in(person: User) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": _PASSWORD})
    return client


def _set_up(person: User) -> tuple[Client, str]:
    """A browser in which an app was set up, and the app's secret."""
    client = _sign_in(person)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    answer = client.post(reverse("mfa_activate_totp"), {"code": _code(secret)})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    return client, secret


def _signed_in_long_ago(client: Client) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 301
    session.save()


def test_how_one_signs_in_is_changed_only_soon_after_typing_the_password(editor: User) -> None:
    client = _sign_in(editor)
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    _signed_in_long_ago(client)
    refused = client.get(reverse("mfa_activate_totp"))
    assert refused["Location"].startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": "eight quiet lungs"})
    assert client.get(reverse("mfa_activate_totp")).status_code == 302
    client.post(reverse("account_reauthenticate"), {"password": _PASSWORD})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_after_a_wrong_code_the_secret_to_type_stays_in_sight_in_fours(editor: User) -> None:
    client = _sign_in(editor)
    answer = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    page = answer.content.decode()
    assert "<details open>" in page
    secret = answer.context["form"].secret
    assert f"<span>{secret[:4]}</span><span>{secret[4:8]}</span>" in page


@pytest.mark.parametrize(
    ("page", "is_said"), [("generate_recovery_codes", True), ("activate_totp", False)]
)
def test_codes_that_come_with_an_app_get_no_banner_of_their_own(
    rf: RequestFactory, page: str, *, is_said: bool
) -> None:
    words = render_to_string(
        "mfa/messages/recovery_codes_generated.txt", {}, rf.post(reverse(f"mfa_{page}"))
    )
    assert bool(words.strip()) == is_said


def test_the_code_to_scan_is_drawn_in_the_page_without_a_style(editor: User) -> None:
    page = _sign_in(editor).get(reverse("mfa_activate_totp")).content.decode()
    drawing = page[page.index('<svg class="qr-code"') :]
    drawing = drawing[: drawing.index("</svg>")]
    assert drawing.count("h1v1h-1z") > 400  # modules of a code that holds an address
    assert "style" not in drawing
    assert "<?xml" not in page


def test_after_setting_up_an_app_the_password_alone_does_not_open_the_account(
    editor: User,
) -> None:
    _, secret = _set_up(editor)
    client = _sign_in(editor)
    assert client.get(reverse("curation:home")).status_code == 302
    cache.clear()
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()
    client.post(reverse("mfa_authenticate"), {"code": _code(secret)})
    assert client.get(reverse("curation:home")).status_code == 200


def test_a_code_is_good_once(editor: User) -> None:
    _, secret = _set_up(editor)
    cache.clear()
    code = _code(secret)
    first, second = _sign_in(editor), _sign_in(editor)
    first.post(reverse("mfa_authenticate"), {"code": code})
    second.post(reverse("mfa_authenticate"), {"code": code})
    opened = [client.get(reverse("curation:home")).status_code for client in (first, second)]
    assert opened == [200, 302]


def test_each_recovery_code_opens_the_account_once(editor: User) -> None:
    client, _ = _set_up(editor)
    codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert len(set(codes)) == 10
    opened = []
    for _ in range(2):
        cache.clear()
        lost = _sign_in(editor)
        # Typed in the groups in which it is shown.
        lost.post(reverse("mfa_authenticate"), {"code": f"{codes[0][:4]} {codes[0][4:]}"})
        opened.append(lost.get(reverse("curation:home")).status_code)
        if opened == [200]:
            adding = lost.get(reverse("mfa_add_webauthn"))
            assert "Passkey of" in adding.content.decode()
    assert opened == [200, 302]
    text = client.get(reverse("mfa_download_recovery_codes")).content.decode()
    assert text.split() == codes[1:]


def test_guessing_codes_is_limited(editor: User) -> None:
    _, secret = _set_up(editor)
    client = _sign_in(editor)
    for number in range(12):
        client.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})
    client.post(reverse("mfa_authenticate"), {"code": _code(secret)})
    assert client.get(reverse("curation:home")).status_code == 302


def test_where_editors_need_it_nothing_else_opens_before(editor: User, settings: Settings) -> None:
    settings.REQUIRE_MFA_FOR_EDITORS = True
    client = _sign_in(editor)
    for page in ("curation:home", "curation:people", "curation:account", "admin:index"):
        assert client.get(reverse(page))["Location"] == reverse("mfa_index")
    assert client.post(reverse("curation:people"), {"email": "a@example.org"}).status_code == 403
    fragment = client.get(reverse("curation:home"), headers={"HX-Request": "true"})
    assert fragment.status_code == 403
    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.get(reverse("account_logout")).status_code == 200


def test_where_editors_need_it_everything_opens_after(editor: User, settings: Settings) -> None:
    settings.REQUIRE_MFA_FOR_EDITORS = True
    client, _ = _set_up(editor)
    assert client.get(reverse("curation:people")).status_code == 200


def test_where_editors_need_it_recovery_codes_alone_are_no_second_factor(
    editor: User, settings: Settings
) -> None:
    client, _ = _set_up(editor)
    settings.REQUIRE_MFA_FOR_EDITORS = True
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert client.get(reverse("curation:people"))["Location"] == reverse("mfa_index")


@pytest.mark.parametrize("role", ["is_author", "is_reviewer"])
def test_where_editors_need_it_others_do_not(role: str, settings: Settings) -> None:
    settings.REQUIRE_MFA_FOR_EDITORS = True
    client = Client()
    client.force_login(make_person("member@example.org", **{role: True}))
    assert client.get(reverse("curation:home")).status_code == 200
