"""What was typed without a line is known on every page of its problem, and never left behind."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Locator, Page, expect

from tests.e2e import people
from tests.e2e.installation import Installation
from tests.e2e.people import Browsing


@pytest.fixture(scope="module")
def email(installation: Installation) -> str:
    """An author, made on the command line."""
    return people.make_author(installation, "unsent-author@example.org")


@pytest.fixture
def page(browser: Browser, installation: Installation, email: str) -> Iterator[Page]:
    """The first panel of a new problem, with an answer that is stored."""
    with Browsing(browser, installation).window() as window:
        people.log_in(window, email)
        people.start_problem(window)
        people.write_panel(window, "Which lobe is affected?", "Old")
        yield window


def _answer(page: Page) -> Locator:
    return page.get_by_label(re.compile("^Answer"))


def _type_without_line_and_close(page: Page, text: str) -> Page:
    """A tab in which a text is typed while there is no line; it is closed, another is open."""
    other = page.context.new_page()
    page.context.set_offline(True)
    _answer(page).fill(text)
    expect(page.locator("#kept-note")).to_be_visible()
    page.close()
    page.context.set_offline(False)
    return other


def _overview(address: str) -> str:
    return address.partition("panels/")[0]


def test_the_overview_sends_what_a_closed_tab_left_and_shows_it(page: Page) -> None:
    address = page.url
    other = _type_without_line_and_close(page, "New")
    other.goto(_overview(address))
    expect(other.locator(".turn-text.is-answer").first).to_contain_text("New")
    expect(other.locator("#unsent")).to_be_hidden()


def test_the_overview_catches_up_with_what_was_stored_while_it_was_on_its_way(
    page: Page, browser: Browser, installation: Installation, email: str
) -> None:
    address = page.url
    late = page.context.request.get(_overview(address)).text()
    other = _type_without_line_and_close(page, "New")
    with Browsing(browser, installation).window() as elsewhere:
        people.log_in(elsewhere, email)
        elsewhere.goto(address)
        _answer(elsewhere).fill("New")
        people.save(elsewhere)
    other.route(_overview(address), lambda route: route.fulfill(body=late), times=1)
    other.goto(_overview(address))
    expect(other.locator(".turn-text.is-answer").first).to_contain_text("New")
    expect(other.locator("#unsent")).to_be_hidden()


def test_another_panel_sends_it_too(page: Page) -> None:
    address = page.url
    people.panel_link(page, "Query").click()
    expect(page.get_by_role("heading", name="Query")).to_be_visible()
    other = _type_without_line_and_close(page, "New")
    other.goto(address)
    expect(other.locator("#strip .strip-unsent")).to_have_count(0)
    people.panel_link(other, "Query").click()
    expect(_answer(other)).to_have_value("New")


def test_what_cannot_be_sent_is_listed_marked_and_holds_back_submitting(page: Page) -> None:
    address = page.url
    other = _type_without_line_and_close(page, "New")
    other.route("**/panels/**", lambda route: route.abort())
    other.goto(_overview(address))
    line = other.locator("#unsent li:visible")
    expect(line).to_contain_text("Unsent words in Example 1: open it")
    expect(line).to_contain_text("“New”")
    expect(line.get_by_role("link", name="open it")).to_have_attribute(
        "href", re.compile("/panels/")
    )
    other.get_by_role("button", name="Submit for review").click()
    expect(other.locator("#unsent")).to_be_focused()
    assert Axe().run(other).violations_count == 0
    other.goto(f"{_overview(address)}edit/")
    expect(other.locator("#strip .strip-unsent")).to_have_text("unsent words")
    other.get_by_role("button", name="Give them up").click()
    expect(other.locator("#unsent")).to_be_hidden()
    other.goto(_overview(address))
    other.get_by_role("button", name="Submit for review").click()
    expect(other.get_by_text("must be mended before submitting")).to_be_visible()


def test_two_texts_left_without_a_choice_are_listed_before_submitting(page: Page) -> None:
    address = page.url
    other = page.context.new_page()
    other.goto(address)
    _answer(other).fill("Stored meanwhile")
    people.save(other)
    other.close()
    mine = _type_without_line_and_close(page, "Mine")
    mine.goto(_overview(address))
    expect(mine.locator("#unsent li:visible")).to_contain_text("Two texts in Example 1: open it")
    mine.get_by_role("button", name="Submit for review").click()
    expect(mine.locator("#unsent")).to_be_focused()
    mine.goto(f"{_overview(address)}edit/")
    expect(mine.locator("#strip .strip-unsent")).to_have_text("two texts")
    mine.get_by_role("link", name="open it").click()
    expect(mine.locator(".conflict-text")).to_have_text("Stored meanwhile")
    expect(_answer(mine)).to_have_value("Mine")
    mine.get_by_role("button", name="Keep mine").click()
    expect(mine.locator("#saved-note")).to_have_text(re.compile("^Saved just now"))
    mine.goto(_overview(address))
    expect(mine.locator("#unsent")).to_be_hidden()
    expect(mine.locator(".turn-text.is-answer").first).to_contain_text("Mine")


def test_what_is_drawn_on_a_picture_is_not_left_without_a_question(page: Page) -> None:
    people.upload_image(page, people.IMAGES / "bone_scan_whole_body.jpg", has_scripts=True)
    page.get_by_role("link", name="Crop or cover parts").click()
    picture = page.locator("[data-picture]")
    box = picture.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2 + 40, steps=4)
    page.mouse.up()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.evaluate("history.back()")
    expect(page.locator(".rectangle-drawn")).to_have_count(1)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("The image of Example 1 was covered.")).to_be_visible()
    assert asked == ["beforeunload"]
