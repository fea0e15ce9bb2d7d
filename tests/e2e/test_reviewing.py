"""A whole review by keys alone, sound in light and dark at each of its steps."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e import people
from tests.e2e.installation import Installation
from tests.e2e.people import Browsing

_MOST_TABS = 80
_QUESTION = "Where is the disc of this picture?"
_HAS_FOCUS = """([wanted, words]) => {
  const focused = document.activeElement;
  return focused.matches(wanted) && focused.textContent.includes(words);
}"""
_EMAIL = "keyboard-reviewer@example.org"
_SETUP = f"""
from uuid import uuid4
from curation import workflow
from curation.models import User
from tests.factories import Shown, make_person, make_problem
if not User.objects.filter(email={_EMAIL!r}).exists():
    names = dict(name="Rita Reviewer", is_reviewer=True)
    User.objects.create_user({_EMAIL!r}, {people.PASSWORD!r}, **names)
author = make_person(uuid4().hex + "@example.org", is_author=True)
examples = [Shown(answer=a, question={_QUESTION!r}) for a in ("Upper left", "Lower right")]
query = Shown(answer="Upper left", question={_QUESTION!r}, accepted_variants=("Top left",))
problem = make_problem(author, examples=tuple(examples), query=query)
workflow.submit(problem, by=author, version=problem.version)
"""


@pytest.fixture
def reviewer(browser: Browser, installation: Installation) -> Iterator[Page]:
    """Signed in, before the queue, with one problem in it."""
    installation.run_code(_SETUP)
    with Browsing(browser, installation).window() as page:
        people.log_in(page, _EMAIL)
        page.goto("/reviews/")
        yield page


def _tab_to(page: Page, selector: str, words: str = "") -> None:
    """Press Tab until what has the focus is this and says so."""
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(_HAS_FOCUS, [selector, words]):
            return
    raise AssertionError(f"{selector} cannot be reached by the key Tab.")


def _expect_sound(page: Page) -> None:
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def _answer(page: Page, answer: str, confidence: str) -> None:
    _tab_to(page, "textarea[name=answer]")
    page.keyboard.type(answer)
    page.keyboard.press("Escape")
    page.keyboard.press(confidence)
    _expect_sound(page)
    page.keyboard.press("Control+Enter")


def test_a_review_is_done_by_keys_alone(reviewer: Page) -> None:
    page = reviewer
    _tab_to(page, "main th a", _QUESTION)  # others of the installation may wait before it
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Your answer to the query alone")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(1)
    _answer(page, "In the middle", "2")

    expect(page.get_by_role("heading", name="Your answer now that")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(5)
    _answer(page, "top left.", "5")

    answers = page.locator(".own-answers")
    expect(answers).to_contain_text("In the middle")
    expect(answers).to_contain_text("Not the same · confidence 2 of 5")
    expect(answers).to_contain_text("Right · confidence 5 of 5")
    for item in range(page.locator(".check-item").count()):
        _tab_to(page, f".check-item:nth-of-type({item + 1}) input")
        page.keyboard.press("Space")
    expect(page.locator(".check-item input:checked")).to_have_count(6)
    page.keyboard.press("1")
    expect(page.get_by_label("Approve")).to_be_checked()
    _expect_sound(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Your verdict is recorded.")).to_be_visible()


def test_a_skipped_step_is_reached_by_keys_too(reviewer: Page) -> None:
    page = reviewer
    _tab_to(page, "main th a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your answer to the query alone")).to_be_visible()
    _tab_to(page, ".column-side summary")
    page.keyboard.press("Enter")
    _tab_to(page, "textarea[name=reason]")
    page.keyboard.type("I know this case.")
    _expect_sound(page)
    _tab_to(page, "button[name=rest]")
    page.keyboard.press("Enter")
    expect(page.locator(".own-answers")).to_contain_text("Skipped: I know this case.")
