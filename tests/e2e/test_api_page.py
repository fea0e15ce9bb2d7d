"""The page of the API in a browser, and the example that stands there on a command line."""

import json
import os
import shutil
import subprocess
import time
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.installation import Installation
from tests.e2e.people import PASSWORD, log_in

_EDITOR = """
from curation.models import User
from curation.tokens import create_token
person = User.objects.create_user("{email}", "{password}", name="Ada", is_editor=True)
print("token", create_token(person, name="A script", scopes=["releases:read"], days=1)[1])
"""


@pytest.fixture
def email() -> str:
    return f"ada.{time.time_ns()}@example.org"


@pytest.fixture
def token(email: str, installation: Installation) -> str:
    """A token of an editor, who can sign in, too."""
    script = _EDITOR.format(email=email, password=PASSWORD)
    said = installation.run_code(script)
    (token,) = [line.split()[1] for line in said.splitlines() if line.startswith("token ")]
    return token


@pytest.mark.usefixtures("token")
def test_an_operation_is_tried_on_the_page_without_a_word_of_the_policy(
    page: Page, email: str, installation: Installation
) -> None:
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    log_in(page, email)
    page.goto("/api/v1/")
    operation = page.locator("#operations-releases-cut_release")
    operation.locator("button.opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("textarea").fill('{"version": "not a version"}')
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text("invalid_content")
    assert [words for words in said if "422" not in words] == []
    places = (installation.url, "data:", "blob:")
    assert [address for address in asked if not address.startswith(places)] == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_everybody_can_read_the_page_and_name_what_is_on_it(
    browser: Browser, installation: Installation, width: int, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(
        base_url=installation.url, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page = context.new_page()
    page.goto("/api/v1/")
    for name in ("releases-cut_release", "problems-list_problems"):
        page.locator(f"#operations-{name} button.opblock-summary-control").click()
        page.locator(f"#operations-{name}").get_by_role("button", name="Try it out").click()
    page.get_by_label("Request body", exact=True).fill("{}")
    page.locator("#operations-releases-cut_release").get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table")).to_contain_text("not_authenticated")
    expect(page.get_by_label("status", exact=True)).to_be_visible()
    faults = [(each["id"], each["nodes"]) for each in Axe().run(page).response["violations"]]
    assert faults == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()


def test_the_example_with_curl_works_as_it_stands(page: Page, token: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    page.goto("/api/v1/")
    command = page.locator("#api-curl").inner_text()
    done = subprocess.run(  # noqa: S602 - what stands on the page, as a person pastes it
        command,
        shell=True,
        capture_output=True,
        timeout=60,
        check=True,
        env={**os.environ, "TOKEN": token},
    )
    assert set(json.loads(done.stdout)) == {"results", "next"}
