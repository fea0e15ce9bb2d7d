"""What a page says of comments after one was settled, without loading the page anew."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import people
from tests.e2e.installation import Installation
from tests.e2e.people import Browsing

_EDITOR = "counting-editor@example.org"
_SETUP = f"""
from uuid import uuid4
from curation.commenting import write_comment
from curation.domain.anchors import Anchor
from curation.models import User
from tests.factories import make_person, make_problem, submit
names = dict(name="Edith Editor", is_editor=True)
editor = User.objects.create_user({_EDITOR!r}, {people.PASSWORD!r}, **names)
problem = make_problem(make_person(uuid4().hex + "@example.org", is_author=True))
revision = submit(problem)
for text in ("Which side?", "Which lobe?"):
    write_comment(revision, by=editor, anchor=Anchor(0, "question"), text=text)
print(problem.pk)
"""


@pytest.fixture
def problem(installation: Installation) -> str:
    """The number of a problem with two open comments."""
    return installation.run_code(_SETUP).split()[-1]


def test_settling_one_of_two_comments_counts_anew_and_sets_no_style(
    browser: Browser, installation: Installation, problem: str
) -> None:
    with Browsing(browser, installation).window() as page:
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text))
        people.log_in(page, _EDITOR)
        page.goto(f"/problems/{problem}/comments/")
        count = page.locator("#comments-title .count")
        expect(count).to_have_text("2 open")
        first = page.locator(".comment-thread", has_text="Which side?")
        # As after something was moved or shown by a script: an empty attribute stays.
        first.evaluate("(thread) => { thread.style.color = 'red'; thread.style.color = ''; }")
        first.locator("summary").click()
        first.get_by_role("button", name="Resolve").click()
        expect(first.get_by_text("Resolved by You")).to_be_visible()
        expect(count).to_have_text("1 open")
        assert [text for text in refused if "style" in text] == []
