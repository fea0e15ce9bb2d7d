"""What is typed blind survives a reload, and is forgotten once it was sent."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import people
from tests.e2e.installation import Installation
from tests.e2e.people import Browsing

_EMAIL = "reloading-reviewer@example.org"
_QUESTION = "Which way does this picture lean?"
_SETUP = f"""
from uuid import uuid4
from curation import workflow
from curation.models import User
from tests.factories import Shown, make_person, make_problem
names = dict(name="Rolf Reviewer", is_reviewer=True)
if not User.objects.filter(email={_EMAIL!r}).exists():
    User.objects.create_user({_EMAIL!r}, {people.PASSWORD!r}, **names)
author = make_person(uuid4().hex + "@example.org", is_author=True)
examples = [Shown(answer=a, question={_QUESTION!r}) for a in ("To the left", "To the right")]
query = Shown(answer="To the left", question={_QUESTION!r})
problem = make_problem(author, examples=tuple(examples), query=query)
print(workflow.submit(problem, by=author, version=problem.version).pk)
"""


@pytest.fixture
def reviewer(browser: Browser, installation: Installation) -> Iterator[Page]:
    """Signed in, at the first step of a review."""
    revision = installation.run_code(_SETUP).split()[-1]
    with Browsing(browser, installation).window() as page:
        people.log_in(page, _EMAIL)
        page.goto(f"/reviews/{revision}/")
        expect(page.get_by_role("heading", name="Your answer to the query alone")).to_be_visible()
        page.wait_for_load_state()
        yield page


def _kept(page: Page) -> int:
    return int(
        page.evaluate("Object.keys(localStorage).filter((key) => key.includes('blind/')).length")
    )


def test_a_blind_answer_survives_a_reload_until_it_is_sent(reviewer: Page) -> None:
    page = reviewer
    page.locator("textarea[name=answer]").fill("Leaning to the left")
    page.get_by_label("Rather sure").check()
    page.reload()
    expect(page.locator("textarea[name=answer]")).to_have_value("Leaning to the left")
    expect(page.get_by_label("Rather sure")).to_be_checked()

    page.get_by_role("button", name="Answer and see the examples").click()
    heading = page.get_by_role("heading", name="Your answer now that")
    expect(heading).to_be_focused()
    expect(page.locator("textarea[name=answer]")).to_have_value("")
    page.wait_for_load_state()
    assert _kept(page) == 0

    page.locator("textarea[name=answer]").fill("To the left")
    page.reload()
    expect(page.locator("textarea[name=answer]")).to_have_value("To the left")
    page.get_by_label("Rather sure").check()
    page.get_by_role("button", name="Answer and see what is right").click()
    expect(page.get_by_role("heading", name="The answer", exact=True)).to_be_focused()
    assert _kept(page) == 0


def test_a_reason_for_skipping_survives_a_reload(reviewer: Page) -> None:
    page = reviewer
    page.get_by_text("Skip this step").click()
    page.locator("textarea[name=reason]").fill("Not my field.")
    page.reload()
    expect(page.locator("textarea[name=reason]")).to_have_value("Not my field.")
    expect(page.locator("textarea[name=reason]")).to_be_visible()
