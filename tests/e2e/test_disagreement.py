"""A disagreement, end to end: changes, a new revision, dissent, an editor's decision, a release."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import people
from tests.e2e.installation import Installation
from tests.e2e.people import IMAGES, Browsing

_EDITOR = "arbiter@example.org"
_QUESTION = "Which tissue is seen here?"
_PANELS = (
    ("he_stroma_a.jpg", "Fibrous tissue"),
    ("he_adipose_a.jpg", "Adipose tissue"),
    ("he_adipose_b.jpg", "Adipose tissue"),
)


@pytest.fixture(scope="module")
def _editor(installation: Installation) -> None:
    code = (
        "from curation.models import User;"
        f"User.objects.create_superuser({_EDITOR!r}, {people.PASSWORD!r}, name='Arno Arbiter')"
    )
    installation.run_code(code)


@pytest.mark.usefixtures("_editor")
def test_a_disagreement_is_decided_by_an_editor_and_released(
    browser: Browser, installation: Installation
) -> None:
    """Nobody's verdict is lost, and everybody reads why it went on."""
    browsing = Browsing(browser, installation)
    names = ("first", "second", "third")
    with browsing.window() as page:
        people.log_in(page, _EDITOR)
        author = people.invite(page, "disputed-author@example.org", "Author")
        links = [people.invite(page, f"{name}-judge@example.org", "Reviewer") for name in names]
    with browsing.window() as page:
        people.join(page, author, "Doris Disputed")
        _write(page)
    for name, link in zip(names, links, strict=True):
        with browsing.window() as page:
            people.join(page, link, f"{name.capitalize()} Judge")
            if name == "first":
                people.judge(page, _QUESTION, "Request changes", "Say that it is stained.")
    with browsing.window() as page:
        people.log_in(page, "disputed-author@example.org")
        mended = _mend(page)
    _judge_as(browsing, "third", mended, "Reject", "One example is too blurred.")
    for name in ("first", "second"):
        _judge_as(browsing, name, mended, "Approve")
    with browsing.window() as page:
        people.log_in(page, _EDITOR)
        _decide(page, mended)
        _release(page, mended)


def _judge_as(
    browsing: Browsing, name: str, question: str, verdict: str, comment: str = ""
) -> None:
    with browsing.window() as page:
        people.log_in(page, f"{name}-judge@example.org")
        people.judge(page, question, verdict, comment)


def _write(page: Page) -> None:
    people.start_problem(page)
    for label, (file, answer) in zip(("Example 1", "Example 2", "Query"), _PANELS, strict=True):
        people.panel_link(page, label).click()
        expect(page.get_by_role("heading", name=label)).to_be_visible()
        people.upload_image(page, IMAGES / file, has_scripts=True)
        people.write_panel(page, _QUESTION, answer)
        people.describe_image(page)
    people.annotate(page)
    page.get_by_role("link", name="Go to the overview and submit").click()
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("Submitted. Reviewers see it now")).to_be_visible()


def _mend(page: Page) -> str:
    """Unchanged it is refused; with what was asked for it goes back to the reviewers."""
    page.get_by_role("link", name=_QUESTION).first.click()
    expect(page.get_by_text("Say that it is stained.").first).to_be_visible()
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("Nothing changed since revision 1")).to_be_visible()
    page.get_by_role("link", name="Write", exact=True).click()
    people.panel_link(page, "Query").click()
    expect(page.get_by_role("heading", name="Query")).to_be_visible()
    mended = "Which tissue is seen in this stained section?"
    people.write_panel(page, mended, _PANELS[2][1])
    people.panel_link(page, "About").click()
    page.get_by_role("link", name="Go to the overview and submit").click()
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("Submitted. Reviewers see it now")).to_be_visible()
    return mended


def _decide(page: Page, question: str) -> None:
    expect(page.get_by_role("heading", name="Disputes")).to_be_visible()
    page.get_by_role("link", name=question).first.click()
    expect(page.get_by_text("One example is too blurred.")).to_be_visible()
    people.decide(page, "Approve it over the rejection", "It is sharp enough to be told.")
    expect(page.locator(".status", has_text="Approved").first).to_be_visible()
    page.locator("#main").get_by_role("link", name="History").click()
    expect(page.get_by_text("It is sharp enough to be told.")).to_be_visible()
    expect(page.get_by_text("One example is too blurred.")).to_be_visible()


def _release(page: Page, question: str) -> None:
    page.goto("/releases/new/")
    version = people.release(page, has_scripts=True)
    page.goto(f"/releases/{version}/")
    expect(page.get_by_text(question).first).to_be_visible()
