"""No typed sentence is lost: a cut line, a closed tab, two windows, a sign-in that ended."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.e2e import people
from tests.e2e.installation import Installation
from tests.e2e.people import Browsing

# Its pictures are small, which its author may explain.
_MAKE = """
from curation.models import User
from tests.factories import make_problem
print(make_problem(User.objects.get(email={email!r})).pk)
"""
_SAVED = re.compile(r"^Saved (just now|\d+ s ago)$")


@dataclass(frozen=True, slots=True)
class Desk:
    """An author in a browser, with the first panel of a new problem before them."""

    context: BrowserContext
    page: Page
    address: str

    def another_tab(self) -> Page:
        """The same panel in a second tab."""
        tab = self.context.new_page()
        tab.goto(self.address)
        return tab


@pytest.fixture(scope="module")
def email(installation: Installation) -> str:
    """An author, made on the command line."""
    return people.make_author(installation, "writing-author@example.org")


def _open_desk(page: Page, email: str) -> Desk:
    people.log_in(page, email)
    people.start_problem(page)
    expect(page.get_by_role("heading", name="Example 1")).to_be_visible()
    page.wait_for_load_state()
    return Desk(page.context, page, page.url)


@pytest.fixture
def desk(browser: Browser, installation: Installation, email: str) -> Iterator[Desk]:
    with Browsing(browser, installation).window() as page:
        yield _open_desk(page, email)


def _question(page: Page) -> Locator:
    return page.get_by_label("Question")


def _answer(page: Page) -> Locator:
    return page.get_by_label(re.compile("^Answer"))


def _kept(page: Page) -> Locator:
    return page.locator("#kept-note")


def _expect_saved(page: Page) -> None:
    """The page says so, and this browser keeps nothing any more."""
    note = page.locator("#saved-note[data-saved]")
    expect(note).to_have_text(_SAVED)
    assert _left_in(page) == []


def _left_in(page: Page) -> list[str]:
    """The texts that the browser keeps until the server has them."""
    script = "Object.entries(localStorage).filter(([key]) => key.startsWith('typed '))"
    entries = [json.loads(value) for _, value in page.evaluate(script)]
    return [entry["text"] for entry in entries if not entry.get("isSaved")]


def _expect_stored(desk: Desk, *, question: str = "", answer: str = "") -> None:
    """What the server has, as a fresh page shows it."""
    tab = desk.another_tab()
    expect(_question(tab)).to_have_value(question)
    expect(_answer(tab)).to_have_value(answer)
    tab.close()


def test_what_is_typed_while_the_line_is_cut_is_kept_and_sent_when_it_is_back(desk: Desk) -> None:
    page = desk.page
    desk.context.set_offline(True)
    _question(page).fill("Which lobe is affected?")
    expect(_kept(page)).to_have_text(
        "No connection. 1 change is kept in this browser and is sent when the line is back."
    )
    _answer(page).fill("The left upper lobe")
    expect(_kept(page)).to_contain_text("2 changes are kept in this browser and are sent when")
    expect(page.locator("#page-alert")).to_be_hidden()
    expect(page.locator("#saved-note")).to_have_text("Not saved yet")
    assert sorted(_left_in(page)) == ["The left upper lobe", "Which lobe is affected?"]
    desk.context.set_offline(False)
    _expect_saved(page)
    expect(_kept(page)).to_be_hidden()
    _expect_stored(desk, question="Which lobe is affected?", answer="The left upper lobe")


def test_a_page_is_not_left_while_the_line_is_cut_and_says_so(desk: Desk) -> None:
    page = desk.page
    desk.context.set_offline(True)
    _answer(page).fill("The left upper lobe")
    page.get_by_role("link", name="Instructions").last.click()
    expect(_kept(page)).to_contain_text("the page cannot be left until the line is back")
    expect(_answer(page)).to_have_value("The left upper lobe")
    desk.context.set_offline(False)
    _expect_saved(page)


def test_one_press_at_the_field_mends_a_spelling_without_leaving_the_page(desk: Desk) -> None:
    page = desk.page
    _answer(page).fill("Head")
    page.get_by_role("link", name="Next: Example 2").last.click()
    expect(page.get_by_role("heading", name="Example 2")).to_be_focused()
    _answer(page).fill("head.")
    page.evaluate("window.isSamePage = true")
    page.get_by_role("button", name="Write it “Head”").click()
    expect(_answer(page)).to_have_value("Head")
    expect(_answer(page)).to_be_focused()
    expect(page.locator(".findings-said")).to_contain_text("1 text changed")
    assert page.evaluate("window.isSamePage")


def test_a_server_that_answers_nothing_useful_is_asked_again(desk: Desk) -> None:
    page = desk.page
    page.route("**/panels/**", lambda route: route.fulfill(status=502, body="Bad gateway"))
    _answer(page).fill("The left upper lobe")
    expect(_kept(page)).to_contain_text("The server could not save. 1 change is kept")
    page.unroute("**/panels/**")
    _expect_saved(page)
    _expect_stored(desk, answer="The left upper lobe")


def test_what_a_closed_tab_could_not_send_is_back_on_the_next_visit(desk: Desk) -> None:
    desk.context.set_offline(True)
    _answer(desk.page).fill("Typed without a line")
    expect(_kept(desk.page)).to_be_visible()
    desk.page.close()
    desk.context.set_offline(False)
    _expect_restored(desk, "Typed without a line")


def test_what_was_typed_the_moment_before_a_reload_is_not_lost(desk: Desk) -> None:
    desk.context.set_offline(True)
    _answer(desk.page).fill("Typed just now")
    desk.context.set_offline(False)
    desk.page.reload()
    expect(_answer(desk.page)).to_have_value("Typed just now")
    expect(desk.page.locator("#saved-note")).to_have_text(re.compile("^Saved"))
    _expect_stored(desk, answer="Typed just now")
    desk.page.reload()
    assert _left_in(desk.page) == []


def test_a_page_that_was_asked_for_before_a_save_shows_what_was_saved(desk: Desk) -> None:
    saves: list[Route] = []

    def save_between(route: Route) -> None:
        if route.request.method == "POST":
            saves.append(route)
            return
        old = route.fetch()
        saves.pop().continue_()
        time.sleep(2)  # the page before hears that it was saved
        route.fulfill(response=old)

    desk.context.set_offline(True)
    _answer(desk.page).fill("Typed just now")
    desk.page.route(desk.address, save_between)
    desk.context.set_offline(False)
    desk.page.wait_for_function("document.querySelector('form.htmx-request')")
    desk.page.reload()
    desk.page.unroute(desk.address)
    expect(_answer(desk.page)).to_have_value("Typed just now")
    _expect_stored(desk, answer="Typed just now")
    desk.page.reload()
    expect(_answer(desk.page)).to_have_value("Typed just now")


def test_a_page_that_was_asked_for_before_an_explanation_was_saved_shows_it(
    desk: Desk, installation: Installation, email: str
) -> None:
    page, saves = desk.page, list[Route]()

    def hold(route: Route) -> None:
        saves.append(route)

    def save_between(route: Route) -> None:
        old = route.fetch()
        saves.pop().continue_()
        time.sleep(2)  # the page before hears that it was saved
        route.fulfill(response=old)

    made = installation.run_code(_MAKE.format(email=email))
    page.goto(f"/problems/{made.split()[-1]}/")
    address, form = page.url, page.locator("form[data-explain]").first
    page.locator("summary", has_text="Explain").first.click()
    page.route("**/explain/", hold)
    page.route(address, save_between)
    with page.expect_request("**/explain/"):
        form.get_by_role("textbox").fill("A thumbnail is enough here.")
    page.reload()
    page.unroute(address)
    page.unroute("**/explain/")
    expect(form.locator("textarea")).to_have_value("A thumbnail is enough here.")


def _expect_restored(desk: Desk, answer: str) -> None:
    tab = desk.another_tab()
    expect(_answer(tab)).to_have_value(answer)
    _expect_saved(tab)
    _expect_stored(desk, answer=answer)


def test_two_tabs_in_different_fields_do_not_disturb_each_other(desk: Desk) -> None:
    first, second = desk.page, desk.another_tab()
    _question(first).fill("Which lobe is affected?")
    _expect_saved(first)
    _answer(second).fill("The left upper lobe")
    _expect_saved(second)
    # What the first tab wrote appears in the second, where nobody had touched it.
    expect(_question(second)).to_have_value("Which lobe is affected?")
    expect(second.locator(".conflict")).to_have_count(0)
    _expect_stored(desk, question="Which lobe is affected?", answer="The left upper lobe")


def _in_conflict(desk: Desk) -> Page:
    """A second tab whose answer another tab wrote otherwise meanwhile."""
    first, second = desk.page, desk.another_tab()
    _answer(first).fill("The left upper lobe")
    _expect_saved(first)
    _answer(second).fill("Lingula")
    expect(second.locator(".conflict-text")).to_have_text("The left upper lobe")
    expect(_answer(second)).to_have_value("Lingula")
    assert _left_in(second) == ["Lingula"]
    return second


@pytest.mark.parametrize(
    ("button", "kept"),
    [("Keep mine", "Lingula"), ("Take the stored text", "The left upper lobe")],
)
def test_two_tabs_in_one_field_show_both_texts_until_one_is_chosen(
    desk: Desk, button: str, kept: str
) -> None:
    tab = _in_conflict(desk)
    _expect_stored_answer_only(desk, "The left upper lobe")
    tab.get_by_role("button", name=button).click()
    expect(tab.locator(".conflict")).to_have_count(0)
    expect(_answer(tab)).to_have_value(kept)
    expect(_answer(tab)).to_be_focused()
    _expect_saved(tab)
    _expect_stored(desk, answer=kept)


def _expect_stored_answer_only(desk: Desk, answer: str) -> None:
    """Read by a window that shares nothing with the author's tabs but the account."""
    state = desk.context.storage_state()
    cookies = state["cookies"]
    assert desk.context.browser
    other = desk.context.browser.new_context(storage_state={"cookies": cookies})
    page = other.new_page()
    page.goto(desk.address)
    expect(_answer(page)).to_have_value(answer)
    other.close()


def test_in_a_conflict_typing_goes_on_and_other_fields_are_saved(desk: Desk) -> None:
    tab = _in_conflict(desk)
    _answer(tab).press_sequentially(" of the left lung")
    _question(tab).fill("Which part is affected?")
    tab.get_by_role("button", name="Keep mine").focus()  # which is not to press it
    expect(tab.locator("#saved-note")).to_have_text("Saved, but one text is in conflict")
    expect(tab.locator("#findings .is-conflicts li:visible")).to_have_count(1)
    tab.get_by_role("button", name="Remove panel").click()
    expect(tab.locator("[data-conflict]")).to_be_focused()
    expect(tab.locator("#kept-note")).to_contain_text("Choose one of the two texts")
    expect(_answer(tab)).to_have_value("Lingula of the left lung")
    assert _left_in(tab) == ["Lingula of the left lung"]
    tab.close()
    # The tab is gone, the choice is still open: both texts come back.
    back = desk.another_tab()
    expect(back.locator(".conflict-text")).to_have_text("The left upper lobe")
    expect(_answer(back)).to_have_value("Lingula of the left lung")
    expect(_question(back)).to_have_value("Which part is affected?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_conflict_is_accessible(desk: Desk, scheme: str) -> None:
    tab = _in_conflict(desk)
    tab.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()


def test_without_scripts_a_conflict_shows_both_texts_and_a_button_settles_it(
    browser: Browser, installation: Installation, email: str
) -> None:
    with Browsing(browser, installation, has_scripts=False).window() as page:
        desk = _open_desk(page, email)
        tab = desk.another_tab()
        people.write_panel(page, "Which lobe is affected?", "The left upper lobe")
        _answer(tab).fill("Lingula")
        tab.locator("form [data-save]").click()
        expect(tab.locator(".conflict-text")).to_have_text("The left upper lobe")
        expect(_answer(tab)).to_have_value("Lingula")
        tab.locator("form [data-save]").click()
        expect(tab.locator(".conflict-text")).to_have_text("The left upper lobe")
        tab.get_by_role("button", name="Keep mine").click()
        expect(tab.get_by_text("Saved.", exact=True)).to_be_visible()
        _expect_stored(desk, question="Which lobe is affected?", answer="Lingula")


def test_saving_by_key_keeps_page_caret_and_scroll(desk: Desk) -> None:
    page = desk.page
    page.evaluate("window.isSamePage = true")
    # From the first words on the page says what the panel misses, which moves what stands below.
    _answer(page).fill("The upper lobe")
    _expect_saved(page)
    _answer(page).fill("The left upper lobe")
    _answer(page).evaluate("(area) => area.setSelectionRange(4, 8)")
    place = _place(page)
    page.keyboard.press("Control+s")
    _expect_saved(page)
    expect(_answer(page)).to_be_focused()
    selection = _answer(page).evaluate("(area) => [area.selectionStart, area.selectionEnd]")
    assert selection == [4, 8]
    assert page.evaluate("window.isSamePage")
    assert abs(_place(page) - place) < _LINE


_LINE = 24  # pixels


def _place(page: Page) -> float:
    """Where in the window the answer stands; a note above may come or go."""
    place: float = _answer(page).evaluate("(area) => area.getBoundingClientRect().top")
    return place


def test_the_time_of_saving_stays_true(desk: Desk) -> None:
    page = desk.page
    page.clock.install()
    _answer(page).fill("The left upper lobe")
    page.keyboard.press("Control+s")
    _expect_saved(page)
    page.clock.fast_forward(12_000)
    # The page looks at the time every five seconds.
    said = page.locator("#saved-note")
    expect(said).to_have_text(re.compile(r"Saved 1\d s ago"))
    _answer(page).press("End")
    _answer(page).press_sequentially("s")
    expect(page.locator("#saved-note")).to_have_text("Not saved yet")


def test_a_link_followed_right_after_typing_saves_first(desk: Desk) -> None:
    page = desk.page
    _answer(page).fill("The left upper lobe")
    people.panel_link(page, "Example 2").click()
    expect(page.get_by_role("heading", name="Example 2")).to_be_visible()
    assert _left_in(page) == []
    _expect_stored(desk, answer="The left upper lobe")
    page.go_back()
    expect(_answer(page)).to_have_value("The left upper lobe")


def test_a_button_pressed_right_after_typing_saves_first(desk: Desk) -> None:
    page = desk.page
    _question(page).fill("Which lobe is affected?")
    page.get_by_role("button", name="Add example").click()
    expect(page.get_by_role("heading", name="Example 3")).to_be_visible()
    expect(_question(page)).to_have_value("Which lobe is affected?")
    assert _left_in(page) == []


def test_what_is_typed_after_the_sign_in_ended_is_sent_after_the_next(
    desk: Desk, email: str
) -> None:
    page = desk.page
    desk.context.clear_cookies()
    _answer(page).fill("The left upper lobe")
    expect(_kept(page)).to_contain_text("You were signed out. 1 change is kept in this browser")
    way_in = _kept(page).get_by_role("link", name="in another tab")
    expect(way_in).to_have_attribute("href", "/accounts/login/")
    other = desk.context.new_page()
    people.log_in(other, email)
    other.close()
    _expect_saved(page)
    _expect_stored(desk, answer="The left upper lobe")


def test_a_text_that_cannot_be_taken_is_said_beside_its_field(desk: Desk) -> None:
    page = desk.page
    _answer(page).evaluate("(area) => area.removeAttribute('maxlength')")
    _answer(page).fill("x" * 4001)
    expect(page.locator("#id_answer_helptext .errorlist")).to_contain_text("at most 4000")
    expect(_answer(page)).to_have_attribute("aria-invalid", "true")
    expect(_answer(page)).to_be_focused()
    _answer(page).fill("Short")
    _expect_saved(page)
    expect(_answer(page)).not_to_have_attribute("aria-invalid", "true")


def test_one_question_is_typed_once_and_another_panel_keeps_its_own(desk: Desk) -> None:
    page = desk.page
    expect(page.get_by_label("Ask this in every panel")).to_be_checked()
    _question(page).fill("Which lobe is affected?")
    _expect_saved(page)
    people.panel_link(page, "Query").click()
    expect(_question(page)).to_have_value("Which lobe is affected?")
    page.get_by_label("Ask this in every panel").uncheck()
    _question(page).fill("And which side?")
    expect(page.get_by_text("2 other panels ask something else.")).to_be_visible()
    page.get_by_role("button", name="Use this question in every panel").click()
    expect(page.get_by_text("Every panel asks this now.")).to_be_visible()
    _expect_stored(desk, question="And which side?")


def test_a_problem_that_was_closed_meanwhile_says_so_in_sight_and_keeps_the_words(
    desk: Desk, installation: Installation
) -> None:
    page = desk.page
    found = re.search(r"/problems/([0-9a-f-]{36})/", desk.address)
    assert found
    code = (
        "from curation.models import Problem;"
        f"Problem.objects.filter(pk='{found[1]}').update(status='withdrawn')"
    )
    installation.run_code(code)
    page.set_viewport_size({"width": 1000, "height": 400})
    _answer(page).fill("The left upper lobe")
    expect(_kept(page)).to_contain_text("This problem is withdrawn and cannot be changed now.")
    expect(_kept(page)).to_contain_text("What you typed is kept in this browser.")
    expect(_kept(page)).to_be_in_viewport()
    assert _left_in(page) == ["The left upper lobe"]


def test_a_suggested_specialty_is_taken_at_one_press(
    desk: Desk, installation: Installation, email: str
) -> None:
    code = (
        "from curation.models import User;"
        f"User.objects.filter(email={email!r}).update(specialty='pathology')"
    )
    installation.run_code(code)
    people.panel_link(desk.page, "About").click()
    expect(desk.page.get_by_label("Specialty")).to_have_value("")
    desk.page.get_by_role("button", name="Choose Pathology").click()
    expect(desk.page.get_by_label("Specialty")).to_have_value("pathology")
    _expect_saved(desk.page)


def test_an_address_that_names_a_field_opens_there(desk: Desk) -> None:
    desk.page.goto(f"{desk.address}#id_answer")
    expect(_answer(desk.page)).to_be_focused()


def test_annotations_of_two_tabs_are_kept_apart_too(desk: Desk) -> None:
    page = desk.page
    people.panel_link(page, "About").click()
    expect(page.get_by_role("heading", name="About this problem")).to_be_visible()
    other = desk.context.new_page()
    other.goto(page.url)
    page.get_by_label("Rarity").select_option(label="Rare")
    _expect_saved(page)
    other.get_by_label(re.compile("^Difficulty")).select_option(label="Hard")
    _expect_saved(other)
    expect(other.get_by_label("Rarity")).to_have_value("rare")
    page.get_by_label(re.compile("^Difficulty")).select_option(label="Easy")
    expect(page.locator(".conflict-text")).to_have_text("Hard")
    page.get_by_role("button", name="Keep mine").click()
    _expect_saved(page)
    expect(page.get_by_label(re.compile("^Difficulty"))).to_have_value("easy")
