"""Comments in a browser: written by an editor, mended and resolved by the author, and compared."""

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e import people
from tests.e2e.installation import Installation
from tests.e2e.people import Browsing

AUTHOR, EDITOR = "commenting-author@example.org", "commenting-editor@example.org"
REVIEWER = "commenting-reviewer@example.org"
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Submitted by rows: what an author writes and reviewers say is tried in other journeys.
_MAKE = f"""
from curation.models import User
from tests.factories import make_problem, submit
def person(email, **roles):
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, {people.PASSWORD!r}, name=email, **roles)
author = person({AUTHOR!r}, is_author=True)
editor = person({EDITOR!r}, is_editor=True)
problem = make_problem(author)
submit(problem)
print(problem.pk)
"""
_SKIP = f"""
from curation.models import Problem, User
from tests.curation.statuses import current, know_answer
problem = Problem.objects.get(pk={{problem!r}})
known = dict(name="Rita", is_reviewer=True)
reviewer = User.objects.filter(email={REVIEWER!r}).first()
reviewer = reviewer or User.objects.create_user({REVIEWER!r}, {people.PASSWORD!r}, **known)
know_answer(problem, reviewer)
print(current(problem).pk)
"""
_RETURN = """
from curation import workflow
from curation.models import Problem, User
problem = Problem.objects.get(pk={problem!r})
editor = User.objects.get(email={editor!r})
workflow.request_changes(problem, by=editor, comment="See the comment.")
"""


@pytest.fixture
def problem(installation: Installation) -> str:
    """The number of a problem before the reviewers."""
    return installation.run_code(_MAKE).split()[-1]


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def browsing(
    request: pytest.FixtureRequest, browser: Browser, installation: Installation
) -> Browsing:
    """A browser with scripts and one without."""
    return Browsing(browser, installation, has_scripts=request.param)


def _say_why(page: Page, reason: str, *, has_scripts: bool) -> None:
    """Choose a ready reason: a button fills the text, without scripts a list goes before it."""
    if has_scripts:
        page.get_by_role("button", name=reason).click()
        expect(page.get_by_label("Comment", exact=True)).not_to_have_value("")
    else:
        page.get_by_label("A ready reason").select_option(label=reason)


def test_a_comment_is_written_mended_and_resolved(
    browsing: Browsing, installation: Installation, problem: str
) -> None:
    with browsing.window() as editor:
        people.log_in(editor, EDITOR)
        editor.goto(f"/problems/{problem}/comments/?at=0:question")
        expect(editor.get_by_label("About", exact=True)).to_have_value("0:question")
        _say_why(editor, "The question is ambiguous", has_scripts=browsing.has_scripts)
        editor.get_by_role("button", name="Send comment").click()
        expect(editor.get_by_text("1 open")).to_be_visible()
    returned = _RETURN.format(problem=problem, editor=EDITOR)
    installation.run_code(returned)
    with browsing.window() as author:
        people.log_in(author, AUTHOR)
        author.goto(f"/problems/{problem}/resume/")
        author.locator(".open-comments").get_by_role("link", name="Example 1, question").click()
        expect(author.get_by_role("link", name="Open comment")).to_be_visible()
        author.get_by_text("Reply or resolve").click()
        author.get_by_label("Reply").fill("Now it asks for the side.")
        author.get_by_role("button", name="Resolve").click()
        done = author.locator(".comment-thread", has_text="Now it asks for the side.")
        if browsing.has_scripts:
            expect(done.get_by_text(re.compile("Resolved by You"))).to_be_visible()
        author.goto(f"/problems/{problem}/comments/")
        author.get_by_text("1 resolved").click()
        expect(done).to_be_visible()


def test_a_draft_of_a_comment_is_edited_before_the_verdict_sends_it(
    browsing: Browsing, installation: Installation, problem: str
) -> None:
    skipped = _SKIP.format(problem=problem)
    revision = installation.run_code(skipped).split()[-1]
    with browsing.window() as page:
        people.log_in(page, REVIEWER)
        page.goto(f"/reviews/{revision}/")
        new = page.locator("#new-comment")
        new.get_by_label("Comment", exact=True).fill("Wich side?")
        new.get_by_role("button", name="Keep for my verdict").click()
        draft = page.locator(".comment-thread.is-unsent")
        expect(draft.locator(".comment-text")).to_have_text("Wich side?")
        draft.locator("summary", has_text="Edit").click()
        if browsing.has_scripts:
            _expect_sound(page)
        draft.get_by_label("Your words").fill("Which side?")
        draft.get_by_role("button", name="Save").click()
        expect(draft.locator(".comment-text")).to_have_text("Which side?")
        page.reload()
        expect(draft.locator(".comment-text")).to_have_text("Which side?")
    returned = _RETURN.format(problem=problem, editor=EDITOR)
    installation.run_code(returned)


def _expect_sound(page: Page) -> None:
    for scheme in _SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
