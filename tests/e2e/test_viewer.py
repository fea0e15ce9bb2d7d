"""Looking closely at an image by keys alone; covering a part of it by mouse, for good."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.e2e import people
from tests.e2e.installation import Installation

SIZES = {"wide": (4000, 3000), "tall": (300, 1200), "tiny": (40, 40)}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft of an author, whose first panels show these pictures."""

    email: str
    overview: str
    panel: str


def _picture(folder: Path, name: str) -> Path:
    """Gray noise of a size, as a file to upload."""
    width, height = SIZES[name]
    noise = np.random.default_rng(width).integers(90, 160, (height, width), dtype=np.uint8)
    path = folder / f"{name}.png"
    Image.fromarray(noise).save(path, compress_level=1)
    return path


@pytest.fixture(scope="module")
def draft(
    browser: Browser, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Draft:
    """Written as an author writes it."""
    folder, email = tmp_path_factory.mktemp("pictures"), "viewing@example.org"
    code = (
        "from curation.models import User;"
        f"User.objects.create_user({email!r}, {people.PASSWORD!r}, name='Vera', is_author=True)"
    )
    installation.run_code(code)
    with people.Browsing(browser, installation).window() as page:
        people.log_in(page, email)
        people.start_problem(page)
        panels = []
        for label, name in zip(("Example 1", "Example 2", "Query"), SIZES, strict=True):
            people.panel_link(page, label).click()
            expect(page.get_by_role("heading", name=label)).to_be_visible()
            people.upload_image(page, _picture(folder, name), has_scripts=True)
            panels.append(page.url)
        overview = page.url.partition("panels/")[0]
    return Draft(email, overview, panels[0])


@pytest.fixture
def page(browser: Browser, installation: Installation, draft: Draft) -> Iterator[Page]:
    """The author's window; whatever the console says is a failure."""
    said: list[str] = []
    context = browser.new_context(base_url=installation.url, viewport=DESKTOP)
    window = context.new_page()
    window.on("console", lambda message: said.append(message.text))
    window.on("pageerror", lambda error: said.append(str(error)))
    people.log_in(window, draft.email)
    said.clear()
    yield window
    context.close()
    assert said == []


def _open(page: Page, draft: Draft, number: int = 0) -> Locator:
    """Open the viewer of a picture of the overview by keys."""
    page.goto(draft.overview)
    link = page.locator("[data-viewer] > a").nth(number)
    link.focus()
    page.keyboard.press("Enter")
    stage = page.locator(".viewer-stage[data-is-open]")
    expect(stage).to_be_focused()
    expect(page.locator(".viewer-scale")).to_have_text(re.compile(r"^\d+ %$"))
    return stage


def _percent(page: Page) -> Callable[[], int]:
    """The zoom that the viewer says, once it rests."""
    return lambda: int((page.locator(".viewer-scale").inner_text()).removesuffix(" %"))


def _settled(page: Page) -> int:
    percent = _percent(page)
    before = -1
    while (now := percent()) != before:
        before = now
        page.wait_for_timeout(200)
    return now


def _filter(page: Page) -> str:
    found = page.locator(".openseadragon-canvas").evaluate("e => getComputedStyle(e).filter")
    return str(found)


def _brightness(stage: Locator) -> float:
    """The mean brightness of the middle of what is seen."""
    shot = np.asarray(Image.open(io.BytesIO(stage.screenshot())).convert("L"))
    height, width = shot.shape
    return float(shot[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3].mean())


def test_zoom_invert_contrast_and_reset_by_keys_alone(page: Page, draft: Draft) -> None:
    stage = _open(page, draft)
    plain, fitting = _filter(page), _settled(page)
    gray = _brightness(stage)
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert _settled(page) > 1.5 * fitting
    page.keyboard.press("i")
    expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")
    assert abs(_brightness(stage) - (255 - gray)) < 5
    page.keyboard.press("}")
    page.keyboard.press("]")
    assert _filter(page) == "invert(1) brightness(1.149) contrast(1.149)"
    page.keyboard.press("0")
    assert _filter(page) == plain == "invert(0) brightness(1) contrast(1)"
    assert _settled(page) == fitting
    expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "false")


def test_the_picture_moves_by_arrows_and_the_page_stays(page: Page, draft: Draft) -> None:
    stage = _open(page, draft)
    for _ in range(6):
        page.keyboard.press("+")
    _settled(page)
    scrolled, before = page.evaluate("scrollY"), stage.screenshot()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(600)
    assert stage.screenshot() != before
    assert page.evaluate("scrollY") == scrolled


@pytest.mark.parametrize("width", [1440, 390])
def test_it_fills_the_window_at_once_and_gives_the_focus_back(
    page: Page, draft: Draft, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    stage = _open(page, draft)
    expect(page.locator("dialog.viewer-window")).to_be_visible()
    box = stage.bounding_box()
    assert box
    assert box["width"] == width
    page.keyboard.press("Escape")
    expect(page.locator("dialog.viewer-window")).to_have_count(0)
    expect(page.locator("[data-viewer] > a").first).to_be_focused()


def test_the_picture_is_rotated_and_reset(page: Page, draft: Draft) -> None:
    _open(page, draft)
    fitting = _settled(page)
    page.keyboard.press("o")
    assert _settled(page) < fitting  # a wide picture stands upright now
    page.keyboard.press("r")
    assert _settled(page) == fitting


def _pull(page: Page, stage: Locator) -> None:
    """Drag to the right and up."""
    box = stage.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y - 80, steps=4)
    page.mouse.up()


def test_dragging_with_shift_or_in_window_mode_changes_contrast_and_brightness(
    page: Page, draft: Draft
) -> None:
    stage = _open(page, draft)
    plain = _filter(page)
    _pull(page, stage)
    assert _filter(page) == plain
    page.keyboard.down("Shift")
    _pull(page, stage)
    page.keyboard.up("Shift")
    found = re.fullmatch(r"invert\(0\) brightness\((.+)\) contrast\((.+)\)", _filter(page))
    assert found
    assert float(found[2]) > float(found[1]) > 1
    page.keyboard.press("r")
    page.get_by_role("button", name="Window").click()
    _pull(page, stage)
    assert _filter(page) == found[0]


def test_the_keys_are_listed_and_do_nothing_elsewhere(page: Page, draft: Draft) -> None:
    _open(page, draft)
    plain = _filter(page)
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="In the image viewer")).to_be_visible()
    page.keyboard.press("i")
    assert _filter(page) == plain
    page.keyboard.press("Escape")
    expect(page.locator(".viewer-keys")).to_contain_text("Rotate")


def test_the_wheel_enlarges_and_the_page_stays(page: Page, draft: Draft) -> None:
    stage = _open(page, draft)
    fitting, scrolled = _settled(page), page.evaluate("scrollY")
    stage.hover()
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(600)
    assert _settled(page) > fitting
    assert page.evaluate("scrollY") == scrolled


@pytest.mark.parametrize("number", range(3), ids=SIZES.keys())
def test_the_whole_picture_is_seen_first(page: Page, draft: Draft, number: int) -> None:
    stage = _open(page, draft, number)
    width, height = list(SIZES.values())[number]
    box = stage.bounding_box()
    assert box
    expected = 100 * min(box["width"] / width, box["height"] / height)
    assert abs(_settled(page) - expected) <= 1 + expected / 100


def test_what_is_looked_at_closely_is_accessible(page: Page, draft: Draft) -> None:
    _open(page, draft)
    assert Axe().run(page).response["violations"] == []
    page.goto(f"{draft.panel}image/retouch/")
    page.get_by_role("button", name="Add a box").click()
    assert Axe().run(page).response["violations"] == []


def test_without_scripts_the_link_opens_the_file(
    browser: Browser, installation: Installation, draft: Draft
) -> None:
    with people.Browsing(browser, installation, has_scripts=False).window() as page:
        people.log_in(page, draft.email)
        page.goto(draft.overview)
        page.get_by_role("link", name="Look closely").first.click()
        assert re.search(r"/images/[0-9a-f-]{36}/$", page.url)


def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press, move and let go, in parts of the picture."""
    box = page.locator("[data-picture] > image").bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=4)
    page.mouse.up()


def _numbers(page: Page, name: str) -> list[int]:
    inputs = page.get_by_role("group", name=name, include_hidden=True).locator("input")
    return [int(field.input_value()) for field in inputs.all()]


def _apply(page: Page) -> np.ndarray:
    """Press Apply and read the picture that is stored now."""
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("The panel shows the changed picture now.")).to_be_visible()
    address = page.locator("figure.plate > a").first.get_attribute("href")
    assert address
    return np.asarray(Image.open(io.BytesIO(page.request.get(address).body())))


def test_a_box_drawn_with_the_mouse_is_black_in_the_stored_picture(
    page: Page, draft: Draft
) -> None:
    page.goto(f"{draft.panel}image/retouch/")
    _drag(page, (0.25, 0.25), (0.5, 0.5))
    drawn = _numbers(page, "Box 1")
    assert np.allclose(drawn, [1000, 750, 1000, 750], atol=12)
    _drag(page, (0.3, 0.3), (0.4, 0.3))  # move it
    left, top, width, height = _numbers(page, "Box 1")
    assert (top, width, height) == (drawn[1], drawn[2], drawn[3])
    assert abs(left - drawn[0] - 400) < 12
    page.get_by_label("Draw what to keep").check()
    _drag(page, (0.1, 0.1), (0.9, 0.9))
    crop = _numbers(page, "What to keep")
    stored = _apply(page)
    assert stored.shape == (crop[3], crop[2])
    down, right = top - crop[1], left - crop[0]
    covered = stored[down : down + height, right : right + width].copy()
    assert covered.max() == 0
    stored = stored.copy()
    stored[down : down + height, right : right + width] = 255
    assert stored.min() >= 90  # all the rest is the noise it was


def test_a_rectangle_is_moved_resized_and_removed_by_keys(page: Page, draft: Draft) -> None:
    page.goto(f"{draft.panel}image/retouch/")
    expect(page.get_by_text("None yet: drag over the picture.")).to_be_visible()
    page.get_by_role("button", name="Add a box").click()
    for label, value in (("Left", "8"), ("Top", "8"), ("Width", "400"), ("Height", "300")):
        page.get_by_role("group", name="Box 1").get_by_label(label).fill(value)
    rectangle = page.get_by_role("button", name=re.compile("Box 1: 400 by 300 pixels"))
    rectangle.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    left, top, width, height = _numbers(page, "Box 1")
    assert left == 0
    assert top > 8
    assert width > 400
    assert height == 300
    page.keyboard.press("Delete")
    expect(page.locator(".rectangle-drawn")).to_have_count(0)


def test_drawing_is_taken_back_and_done_again_step_by_step(page: Page, draft: Draft) -> None:
    page.goto(f"{draft.panel}image/retouch/")
    drawn = page.locator(".rectangle-drawn")
    _drag(page, (0.1, 0.1), (0.2, 0.2))
    first = _numbers(page, "Box 1")
    _drag(page, (0.15, 0.15), (0.3, 0.15))  # move it
    moved = _numbers(page, "Box 1")
    _drag(page, (0.6, 0.6), (0.8, 0.8))
    expect(drawn).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(drawn).to_have_count(1)
    page.keyboard.press("Control+z")
    assert _numbers(page, "Box 1") == first != moved
    page.keyboard.press("Control+Shift+Z")
    assert _numbers(page, "Box 1") == moved
    undo = page.get_by_role("button", name="Undo the last step")
    undo.click()
    undo.click()
    expect(drawn).to_have_count(0)
    expect(undo).to_be_disabled()
    page.get_by_role("button", name="Redo").click()
    assert _numbers(page, "Box 1") == first
