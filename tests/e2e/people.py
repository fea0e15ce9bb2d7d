"""What people do in a browser, by the words on the pages."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.installation import Installation
from tests.environment import ROOT

IMAGES = ROOT / "config/demo/images"
PASSWORD = "a long enough sentence"
PATIENCE_MS = 90_000


@dataclass(frozen=True, slots=True)
class Browsing:
    """An installation and a browser, with scripts or without."""

    browser: Browser
    installation: Installation
    has_scripts: bool = True

    @contextmanager
    def window(self) -> Iterator[Page]:
        """A window without cookies."""
        context = self.browser.new_context(
            base_url=self.installation.url, java_script_enabled=self.has_scripts
        )
        context.set_default_timeout(20_000)
        try:
            yield context.new_page()
        finally:
            context.close()


def log_in(page: Page, email: str) -> None:
    """Enter with the password every person of the tests has."""
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="What waits for you")).to_be_visible()


def invite(page: Page, email: str, *roles: str) -> str:
    """Invite a person as an editor and take the link the page shows once."""
    page.goto("/people/")
    page.get_by_label("E-mail address").fill(email)
    for role in ("Author", "Reviewer", "Editor"):
        page.get_by_label(role, exact=True).set_checked(role in roles)
    page.get_by_role("button", name="Invite").click()
    link = page.get_by_text(re.compile(r"/join/\S+")).first.inner_text()
    found = re.search(r"/join/[\w-]+/", link)
    assert found
    return found[0]


def join(page: Page, link: str, name: str) -> None:
    """Follow an invitation."""
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_text(f"Welcome, {name}.")).to_be_visible()


def start_problem(page: Page) -> None:
    """Start an empty problem: its first panel is open then."""
    page.goto("/problems/")
    page.get_by_role("link", name="Start a problem").first.click()
    page.get_by_role("button", name="Start blank").click()
    expect(page.get_by_role("heading", name="Example 1")).to_be_visible()


def panel_link(page: Page, label: str) -> Locator:
    """A panel's entry in the strip."""
    return page.locator("#strip").get_by_role("link", name=label)


def write_panel(page: Page, question: str, answer: str) -> None:
    """Fill the words of the panel that is open and save them."""
    page.get_by_label("Question").fill(question)
    page.get_by_label(re.compile("^Answer")).fill(answer)
    save(page)


def save(page: Page) -> None:
    """Press Save and see that it was."""
    page.get_by_role("button", name="Save", exact=True).click()
    by_script = page.locator("#saved-note[data-saved]")
    expect(page.get_by_text("Saved.", exact=True).or_(by_script).first).to_be_visible()


def upload_image(page: Page, path: Path, *, has_scripts: bool) -> None:
    """Bring an image by file: choosing it is enough where scripts run."""
    page.locator("#upload").set_input_files(path)
    if not has_scripts:
        page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("About the image")).to_be_visible()


def paste_image(page: Page, path: Path) -> None:
    """Bring an image from the clipboard, as a browser hands it to a page."""
    page.evaluate(
        """(encoded) => {
            const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], "image.jpg", {type: "image/jpeg"}));
            document.body.dispatchEvent(
                new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})
            );
        }""",
        base64.b64encode(path.read_bytes()).decode(),
    )
    expect(page.get_by_text("About the image")).to_be_visible()


def describe_image(page: Page) -> None:
    """Say where the open panel's image is from and that it shows no patient."""
    page.get_by_label("Source").fill("histolab test images")
    page.get_by_label("License").select_option(label="Apache 2.0")
    page.get_by_label("Attribution").fill("histolab contributors")
    page.get_by_label("Description").fill("A microscopic field")
    page.get_by_label(re.compile("No patient can be identified")).check()
    save(page)


ANNOTATIONS = {
    "Specialty": "Pathology",
    "Answer format": "Free response",
    "Image type": "Staining",
    "Cognitive process": "Classification or diagnosis",
    "Rarity": "Common",
    "Difficulty": "Medium",
}


def annotate(page: Page) -> None:
    """Choose the six annotations."""
    panel_link(page, "About").click()
    for name, value in ANNOTATIONS.items():
        page.get_by_label(re.compile(f"^{name}")).select_option(label=value)
    save(page)


def approve_first(page: Page, question: str) -> None:
    """Open the problem in the queue, answer it blind and approve it."""
    judge(page, question, "Approve")


def answer_blind(page: Page, alone: str, with_examples: str) -> None:
    """Answer the query twice, on the page of a review: alone, then with the examples."""
    for answer, button in ((alone, "see the examples"), (with_examples, "see what is right")):
        page.get_by_label(re.compile("^(Your answer|Or in your own words)")).fill(answer)
        page.get_by_label("Rather sure").check()
        page.get_by_role("button", name=f"Answer and {button}").click()
    expect(page.get_by_role("heading", name="The answer", exact=True)).to_be_visible()


def wait_for_word(page: Page, word: str, *, has_scripts: bool) -> None:
    """Wait until a page that watches work says this; without scripts a person reloads it."""
    awaited = page.locator(".status", has_text=word).first
    if has_scripts:
        expect(awaited).to_be_visible(timeout=PATIENCE_MS)
        return
    for _ in range(PATIENCE_MS // 1000):
        if awaited.is_visible():
            return
        page.wait_for_timeout(1000)
        page.reload()
    expect(awaited).to_be_visible()


def judge(page: Page, question: str, verdict: str, comment: str = "") -> None:
    """Open the problem in the queue, answer it blind if that is asked, and give this verdict."""
    page.goto("/reviews/")
    # A link to read it, or the button of whoever holds a place.
    way_in = page.get_by_role("link", name=question).or_(page.get_by_role("button", name=question))
    way_in.first.click()
    expect(page.get_by_role("heading", name=question)).to_be_visible()
    if page.get_by_label("Rather sure").is_visible():
        answer_blind(page, "Adipose tissue", "Fibrous tissue")
    confirm_checklist(page)
    form = page.locator("#verdict")
    form.get_by_label(verdict, exact=True).check()
    form.get_by_label("Comment").fill(comment)
    form.get_by_role("button", name="Send verdict").click()
    expect(page.get_by_text("Your verdict is recorded.")).to_be_visible()


def confirm_checklist(page: Page) -> None:
    """Say yes to every item."""
    for item in page.locator(".check-item").all():
        item.get_by_label("Yes", exact=True).check()


def decide(page: Page, decision: str, reason: str) -> None:
    """Sign an editor's decision on the page that is open."""
    page.get_by_label(decision).check()
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Sign the decision").click()
    expect(page.get_by_text("Your decision is recorded")).to_be_visible()


def make_author(installation: Installation, address: str) -> str:
    """An author, made on the command line; the address to enter with."""
    code = (
        "from curation.models import User;"
        f"User.objects.create_user({address!r}, {PASSWORD!r}, name='Ada', is_author=True)"
    )
    installation.run_code(code)
    return address


def release(page: Page, *, has_scripts: bool) -> str:
    """Cut, look at and publish the next release; its version."""
    page.goto("/releases/new/")
    version = page.get_by_label("Version").input_value()
    page.get_by_role("button", name=re.compile("^Make a draft of ")).click()
    wait_for_word(page, "Draft, complete", has_scripts=has_scripts)
    page.get_by_role("link", name="Publish it").click()
    page.get_by_role("button", name=f"Publish release {version}").click()
    expect(page.get_by_text(f"Release {version} is published.")).to_be_visible()
    return version
