"""Two-factor in a browser: an app by scanning its code, a passkey, recovery, by keyboard too."""

import time
from collections.abc import Iterator
from io import BytesIO
from typing import cast
from urllib.parse import quote

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from qrcode.main import QRCode

from tests.e2e.installation import Installation
from tests.e2e.people import PASSWORD

_ADD = """
from curation.models import User
from curation.people import Roles, add_person
User.objects.filter(email="{email}").exists() or add_person(
    "{email}", name="Dr. Osei", password="{password}", roles=Roles(is_author=True)
)
"""
_KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


@pytest.fixture
def email() -> str:
    return f"osei.{time.time_ns()}@example.org"


@pytest.fixture(params=["light", "dark"])
def tab(
    email: str, browser: Browser, installation: Installation, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A window at a name rather than a bare address, which passkeys need; somebody has a key."""
    script = _ADD.format(email=email, password=PASSWORD)
    installation.run_code(script)
    url = installation.url.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=url, color_scheme=request.param)
    page = context.new_page()
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": _KEY})
    page.goto("/accounts/login/")
    _type_password(page, email)
    yield page
    context.close()


def _type_password(page: Page, email: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def _code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def _is_well_made(page: Page) -> None:
    page.wait_for_load_state("load")
    assert Axe().run(page).response["violations"] == [], page.url
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), page.url


def _sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()


def _scanned(page: Page) -> list[list[bool]]:
    """What a camera sees of the code: whether the middle of each module is dark."""
    code = page.get_by_role("img", name="The code to scan")
    size = int(str(code.get_attribute("viewBox")).split()[-1])
    with Image.open(BytesIO(code.screenshot())) as picture:
        grey = picture.convert("L")
    step = grey.width / size
    middles = [int((place + 0.5) * step) for place in range(size)]
    return [[cast("int", grey.getpixel((x, y))) < 64 for x in middles] for y in middles]


def _drawn(address: str) -> list[list[bool]]:
    code = QRCode(border=4)
    code.add_data(address)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def test_an_app_is_set_up_and_asked_for_and_a_recovery_code_helps(tab: Page, email: str) -> None:
    tab.goto("/account/")
    _is_well_made(tab)
    tab.get_by_role("link", name="Set it up").click()
    _is_well_made(tab)
    tab.get_by_role("link", name="Set up an app").click()
    _is_well_made(tab)
    expect(tab.locator("#id_code")).to_be_focused()
    tab.get_by_text("I cannot scan it").click()
    secret = tab.locator("#totp-secret").inner_text()
    assert _scanned(tab) == _drawn(
        f"otpauth://totp/{quote(email)}?secret={secret}&issuer=ICL%20Bench"
    )
    tab.locator("#id_code").fill(_code(secret))
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
    _is_well_made(tab)
    code = tab.locator("#recovery-codes").inner_text().split()[0]
    _sign_out(tab)
    _type_password(tab, email)
    expect(tab.get_by_role("heading", name="Enter your code")).to_be_visible()
    _is_well_made(tab)
    tab.locator("#id_code").fill(code)
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("Dr. Osei").first).to_be_visible()
    tab.goto("/accounts/2fa/")
    expect(tab.get_by_text("9 codes left")).to_be_visible()
    _is_well_made(tab)


def test_a_passkey_is_added_asked_for_signs_in_alone_and_is_removed(tab: Page, email: str) -> None:
    tab.goto("/accounts/2fa/webauthn/add/")
    _is_well_made(tab)
    tab.get_by_label("Name").fill("Laptop")
    tab.get_by_label("Let it sign me in without a password").check()
    tab.get_by_role("button", name="Add it").click()
    expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
    tab.goto("/accounts/2fa/webauthn/")
    expect(tab.get_by_text("without password")).to_be_visible()
    _is_well_made(tab)
    _sign_out(tab)
    tab.get_by_role("button", name="Sign in with a passkey").click()
    expect(tab.get_by_text("Dr. Osei").first).to_be_visible()
    _sign_out(tab)
    _type_password(tab, email)
    tab.get_by_role("button", name="Use my passkey").click()
    expect(tab.get_by_text("Dr. Osei").first).to_be_visible()
    tab.goto("/accounts/2fa/webauthn/")
    tab.get_by_role("link", name="Remove Laptop").click()
    _is_well_made(tab)
    tab.get_by_role("button", name="Remove it").click()
    expect(tab.get_by_text("The passkey is removed.")).to_be_visible()
    _sign_out(tab)
    _type_password(tab, email)
    expect(tab.get_by_text("Dr. Osei").first).to_be_visible()
