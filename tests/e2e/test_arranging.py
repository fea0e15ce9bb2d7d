"""The strip of panels in a browser: keys, dragging, undo, going on where one stopped."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import people
from tests.e2e.installation import Installation
from tests.e2e.people import IMAGES, Browsing

AUTHOR = "arranging-author@example.org"
ANSWERS = ("Fat", "Muscle", "Nerve")
QUERY = "Vessel"
_MAKE = f"""
from curation.domain.skeletons import SKELETONS
from curation.models import User
from curation.starting import start_from_skeleton
author = User.objects.filter(email={AUTHOR!r}).first() or User.objects.create_user(
    {AUTHOR!r}, {people.PASSWORD!r}, name="Arno", is_author=True
)
problem = start_from_skeleton(author, SKELETONS["three-classes"])
for panel, answer in zip(problem.panels.in_order(), {(*ANSWERS, QUERY)!r}):
    panel.answer = answer
    panel.save()
print(problem.pk)
"""


@pytest.fixture
def desk(browser: Browser, installation: Installation) -> Iterator[Page]:
    """A draft of three examples and a query, the first example open."""
    number = installation.run_code(_MAKE).split()[-1]
    with Browsing(browser, installation).window() as page:
        people.log_in(page, AUTHOR)
        page.goto(f"/problems/{number}/resume/")
        expect(page.get_by_role("heading", name="Example 1")).to_be_visible()
        expect(page.get_by_text("Drag an example to another place")).to_be_visible()
        yield page


def _expect_answers(page: Page, *answers: str) -> None:
    """Open each panel as it is stored now, and read its answer."""
    page.reload()
    assert page.locator("#strip [data-panel]").count() == len(answers)
    for link, answer in enumerate(answers):
        page.locator("#strip [data-panel] a").nth(link).click()
        expect(page.get_by_label("Answer")).to_have_value(answer)


def _drag(page: Page, start: int, end: int, *, beyond: float = 0.5) -> bool:
    """Drag a panel onto another by the mouse, as far as this part of its width: was it lifted?"""
    panels = page.locator("#strip [data-panel]")
    page.locator("#editor h1").scroll_into_view_if_needed()
    source, target = panels.nth(start).bounding_box(), panels.nth(end).bounding_box()
    assert source
    assert target
    page.mouse.move(source["x"] + source["width"] / 2, source["y"] + source["height"] / 2)
    page.mouse.down()
    across = target["x"] + target["width"] * beyond
    page.mouse.move(across, target["y"] + target["height"] / 2, steps=20)
    page.wait_for_timeout(300)  # the strip makes room while the example hovers
    is_lifted = page.locator("#strip .is-lifted").count() == 1
    page.mouse.up()
    return is_lifted


def test_an_example_is_moved_by_keys_alone(desk: Page) -> None:
    moved = desk.locator("#strip [data-panel] a").nth(1)
    identity = moved.get_attribute("id")
    moved.focus()
    desk.keyboard.press("Shift+ArrowLeft")
    expect(desk.locator("#strip-said")).to_have_text("Example 2 is now first of 3")
    expect(desk.locator("#strip a").nth(1)).to_have_id(str(identity))
    expect(desk.locator(f"#{identity}")).to_be_focused()
    # The open panel is the second now, and says so.
    expect(desk.locator("#editor h1")).to_have_text("Example 2")
    expect(desk.get_by_role("link", name="Previous: Example 1")).to_be_visible()
    desk.keyboard.press("Shift+ArrowLeft")
    expect(desk.locator("#strip-said")).to_have_text("Example 1 is first already")
    desk.keyboard.press("Shift+ArrowRight")
    desk.keyboard.press("Shift+ArrowRight")
    expect(desk.locator("#strip-said")).to_have_text("Example 2 is now third of 3")
    expect(desk.locator(f"#{identity}")).to_be_focused()
    _expect_answers(desk, "Fat", "Nerve", "Muscle", QUERY)


def test_the_query_is_last_by_keys_too(desk: Page) -> None:
    desk.locator("#strip [data-query] a").focus()
    desk.keyboard.press("Shift+ArrowLeft")
    expect(desk.locator("#strip-said")).to_have_text("The query is always last")
    _expect_answers(desk, *ANSWERS, QUERY)


def test_an_example_is_dragged_to_another_place(desk: Page) -> None:
    assert _drag(desk, 0, 1, beyond=0.9)
    expect(desk.locator("#strip-said")).to_have_text("Example 1 is now second of 3")
    expect(desk.locator("#editor h1")).to_have_text("Example 2")
    people.panel_link(desk, "Example 3").click()  # not taken for the end of the drag
    expect(desk.get_by_role("heading", name="Example 3")).to_be_visible()
    _expect_answers(desk, "Muscle", "Fat", "Nerve", QUERY)


def test_an_example_dropped_behind_the_query_stays_where_it_was(desk: Page) -> None:
    assert _drag(desk, 0, 3, beyond=0.9)
    expect(desk.locator("#strip .is-lifted")).to_have_count(0)
    expect(desk.locator("#strip-said")).to_be_empty()
    _expect_answers(desk, *ANSWERS, QUERY)


def test_the_query_is_dragged_nowhere(desk: Page) -> None:
    assert not _drag(desk, 3, 0)
    expect(desk.locator("#strip-said")).to_be_empty()
    _expect_answers(desk, *ANSWERS, QUERY)


def test_an_order_that_is_stale_shows_the_panels_as_they_are(desk: Page) -> None:
    with desk.context.expect_page() as opened:
        desk.evaluate("window.open(location.href)")
    other = opened.value
    other.get_by_role("button", name="Add example").click()
    expect(other.get_by_role("heading", name="Example 4")).to_be_visible()
    desk.locator("#strip [data-panel] a").first.focus()
    desk.keyboard.press("Shift+ArrowRight")
    expect(desk.get_by_role("alert").filter(has_text="changed since you saw")).to_be_visible()
    expect(desk.locator("#strip [data-panel]")).to_have_count(5)
    desk.keyboard.press("Shift+ArrowRight")
    expect(desk.locator("#strip-said")).to_have_text("Example 1 is now second of 4")


def test_add_pressed_twice_adds_one_example(desk: Page) -> None:
    desk.get_by_role("button", name="Add example").dblclick()
    expect(desk.get_by_role("heading", name="Example 4")).to_be_visible()
    expect(desk.locator("#strip [data-panel]")).to_have_count(5)


@pytest.mark.parametrize("how", ["button", "keys"])
def test_a_removed_panel_comes_back(desk: Page, how: str) -> None:
    people.panel_link(desk, "Example 2").click()
    desk.get_by_role("button", name="Remove panel").click()
    expect(desk.get_by_text("Example 2 was removed.")).to_be_visible()
    expect(desk.locator("#strip [data-panel]")).to_have_count(3)
    if how == "button":
        desk.get_by_role("button", name="Undo").click()
    else:
        desk.keyboard.press("Control+z")
    expect(desk.locator("#strip [data-panel]")).to_have_count(4)
    expect(desk.get_by_label("Answer")).to_have_value("Muscle")
    expect(desk.get_by_role("button", name="Undo")).to_have_count(0)
    _expect_answers(desk, *ANSWERS, QUERY)


def test_the_undo_of_a_text_field_is_its_own(desk: Page) -> None:
    desk.get_by_role("button", name="Remove panel").click()
    expect(desk.get_by_text("Example 1 was removed.")).to_be_visible()
    answer = desk.get_by_label("Answer")
    answer.press_sequentially("x")
    answer.press("Control+z")
    expect(answer).to_have_value("Muscle")
    expect(desk.locator("#strip [data-panel]")).to_have_count(3)


def test_a_replaced_image_comes_back(desk: Page) -> None:
    shown = desk.locator("#editor figure img[width]").first
    people.upload_image(desk, IMAGES / "he_stroma_a.jpg", has_scripts=True)
    first = shown.get_attribute("src")
    desk.locator("#upload").set_input_files(IMAGES / "he_adipose_a.jpg")
    expect(desk.get_by_text("The image of Example 1 was replaced.")).to_be_visible()
    expect(shown).not_to_have_attribute("src", str(first))
    expect(desk.get_by_role("alert").get_by_text("The image was replaced.")).to_be_in_viewport()
    desk.get_by_role("alert").get_by_role("button", name="Undo").click()
    expect(shown).to_have_attribute("src", str(first))
    expect(desk.get_by_text("Put back: the earlier image of Example 1.")).to_be_visible()
    expect(desk.get_by_role("button", name="Redo")).to_be_visible()


def test_a_draft_goes_on_where_it_stopped(desk: Page) -> None:
    desk.goto("/")
    desk.get_by_role("link", name="Continue: Which diagnosis fits this image best?").first.click()
    expect(desk.get_by_role("heading", name="Example 1")).to_be_visible()
    assert desk.url.endswith("#upload")
