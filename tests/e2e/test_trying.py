"""An editor opens a model to authors; an author tries a draft on it and reads what it means."""

import re
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from evaluation.most_alike_server import MODEL
from tests.e2e import people
from tests.e2e.installation import Installation
from tests.e2e.people import IMAGES, Browsing
from tests.servers import free_port

EDITOR, AUTHOR = "trying-editor@example.org", "trying-author@example.org"
QUESTION = "Which tissue is this?"
# The query's fat looks more like the example of fat than like the fibrous one.
PANELS = (
    ("Example 1", "he_stroma_a.jpg", "Fibrous tissue"),
    ("Example 2", "he_adipose_a.jpg", "Adipose tissue"),
    ("Query", "he_adipose_b.jpg", "Adipose tissue"),
)
_PEOPLE = f"""
from curation.models import User
User.objects.create_user({EDITOR!r}, {people.PASSWORD!r}, name='Edith', is_editor=True)
User.objects.create_user({AUTHOR!r}, {people.PASSWORD!r}, name='Anna', is_author=True)
"""


@pytest.fixture(scope="module")
def chat_url(installation: Installation) -> Iterator[str]:
    """A model's address: the server that answers like the most alike example."""
    port = free_port()
    command = (sys.executable, "manage.py", "serve_most_alike", "--port", str(port))
    with installation.process("trying-chat", *command):
        yield f"http://127.0.0.1:{port}/v1"


@pytest.fixture(scope="module")
def _cast(browser: Browser, installation: Installation, chat_url: str) -> None:
    """An author, and a model that an editor opened to authors."""
    installation.run_code(_PEOPLE)
    with Browsing(browser, installation).window() as page:
        people.log_in(page, EDITOR)
        page.goto("/endpoints/new/")
        page.get_by_label("Name", exact=True).fill("The likeness model")
        page.get_by_label(re.compile("^Address")).fill(chat_url)
        page.get_by_label(re.compile("^Model")).fill(MODEL)
        page.get_by_label(re.compile("Authors may try problems on it")).check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("open to authors")).to_be_visible()


@pytest.mark.usefixtures("_cast")
@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no_scripts"])
def test_an_author_tries_a_draft_and_reads_the_finding(
    browser: Browser, installation: Installation, *, has_scripts: bool
) -> None:
    """The draft is written, found incomplete, finished, tried, and tried again knowingly."""
    with Browsing(browser, installation, has_scripts).window() as page:
        people.log_in(page, AUTHOR)
        address = _write(page, has_scripts=has_scripts)
        page.goto(address)
        page.get_by_role("button", name="Ask the model (4 questions)").click()
        _wait_for_finding(page, has_scripts=has_scripts)
        arms = page.locator(".trial-arm")
        expect(arms).to_have_count(4)
        for number, word in enumerate(("No answer", "No answer", "Right", "Right")):
            expect(arms.nth(number).locator(".status")).to_have_text(re.compile(word))
        arms.nth(2).get_by_text("About the call").click()
        expect(arms.nth(2).get_by_text("3, received 3")).to_be_visible()
        page.get_by_role("button", name="Ask again (4 questions)").click()
        expect(page.locator(".trial")).to_have_count(2)


def _write(page: Page, *, has_scripts: bool) -> str:
    """Write the draft; the address of its trials, which said meanwhile what was missing."""
    people.start_problem(page)
    found = re.search(r"/problems/[0-9a-f-]{36}/", page.url)
    assert found
    start = page.url
    page.goto(f"{found[0]}try/")
    expect(page.get_by_text("The query needs an image.")).to_be_visible()
    page.goto(start)
    for label, file, answer in PANELS:
        people.panel_link(page, label).click()
        expect(page.get_by_role("heading", name=label)).to_be_visible()
        people.upload_image(page, IMAGES / file, has_scripts=has_scripts)
        people.write_panel(page, QUESTION, answer)
    return f"{found[0]}try/"


def _wait_for_finding(page: Page, *, has_scripts: bool) -> None:
    finding = page.get_by_role("heading", name="Right with the examples, without them no answer")
    if has_scripts:
        expect(finding).to_be_visible(timeout=people.PATIENCE_MS)
        return
    for _ in range(people.PATIENCE_MS // 1000):
        if finding.is_visible():
            return
        page.wait_for_timeout(1000)
        page.reload()
    expect(finding).to_be_visible()
