"""Images come by file, by paste, by drop and by address, one or several, and no word is lost."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e import people
from tests.e2e.installation import Installation
from tests.e2e.people import IMAGES, Browsing

AUTHOR = "bringing-author@example.org"
FILES = ("he_stroma_a.jpg", "he_adipose_a.jpg", "he_adipose_b.jpg", "he_nests.jpg")
_BRING = """([event, files, text]) => {
    const data = new DataTransfer();
    for (const [name, type, encoded] of files) {
        const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
        data.items.add(new File([bytes], name, {type}));
    }
    if (text) data.setData(...text);
    const zone = document.querySelector("[data-drop]");
    const options = {bubbles: true, cancelable: true};
    if (event === "paste") {
        const where = document.activeElement ?? document.body;
        return where.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, ...options}));
    }
    zone.dispatchEvent(new DragEvent("dragover", {dataTransfer: data, ...options}));
    return zone.dispatchEvent(new DragEvent("drop", {dataTransfer: data, ...options}));
}"""


@pytest.fixture(scope="module")
def _author(installation: Installation) -> None:
    code = (
        "from curation.models import User;"
        f"User.objects.create_user({AUTHOR!r}, {people.PASSWORD!r}, name='Bea', is_author=True)"
    )
    installation.run_code(code)


@pytest.fixture(params=[True, False], ids=["scripts", "no_scripts"])
def has_scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def draft(
    browser: Browser, installation: Installation, _author: None, *, has_scripts: bool
) -> Iterator[Page]:
    """The first panel of a new problem, in a browser with scripts or without."""
    with Browsing(browser, installation, has_scripts).window() as page:
        yield _first_panel(page)


@pytest.fixture
def scripted(browser: Browser, installation: Installation, _author: None) -> Iterator[Page]:
    """The first panel of a new problem, in a browser with scripts."""
    with Browsing(browser, installation).window() as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield _first_panel(page)
        assert errors == []


def _first_panel(page: Page) -> Page:
    people.log_in(page, AUTHOR)
    people.start_problem(page)
    people.panel_link(page, "Example 1").click()
    expect(page.get_by_role("heading", name="Example 1")).to_be_visible()
    return page


def _choose(page: Page, *paths: Path, has_scripts: bool) -> None:
    page.locator("#upload").set_input_files(paths)
    if not has_scripts:
        page.get_by_role("button", name="Upload").click()


def _encoded(*names: str) -> list[list[str]]:
    return [
        [name, "image/jpeg", base64.b64encode((IMAGES / name).read_bytes()).decode()]
        for name in names
    ]


def _expect_images(page: Page, count: int) -> None:
    """So many panels of the strip show an image."""
    expect(page.locator("#strip img")).to_have_count(count)


def test_several_files_fill_the_panels_and_then_new_examples(
    draft: Page, *, has_scripts: bool
) -> None:
    _choose(draft, *(IMAGES / name for name in FILES), has_scripts=has_scripts)
    expect(draft.get_by_text("About the image")).to_be_visible()
    _expect_images(draft, 4)
    expect(people.panel_link(draft, "Example 3")).to_be_visible()
    expect(draft.get_by_text("Add an image.")).to_have_count(0)


def test_what_is_refused_is_said_where_files_are_brought_and_the_others_are_kept(
    draft: Page, tmp_path: Path, *, has_scripts: bool
) -> None:
    broken = tmp_path / "report.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")
    draft.get_by_label("Question").fill("What is this?")
    files = (IMAGES / FILES[0], broken, IMAGES / FILES[1])
    _choose(draft, *files, has_scripts=has_scripts)
    refusal = draft.locator("[data-bring]").get_by_role("alert")
    expect(refusal).to_contain_text("report.pdf")
    expect(refusal).to_contain_text("This looks like a PDF.")
    expect(draft.locator("#upload-results")).to_contain_text(FILES[1])
    _expect_images(draft, 2)
    expect(draft.get_by_label("Question")).to_have_value("What is this?")
    expect(refusal).to_be_in_viewport()


def test_an_address_brings_a_picture_with_its_source(
    draft: Page, archive: str, *, has_scripts: bool
) -> None:
    address = f"{archive}/{FILES[0]}"
    draft.get_by_label("Question").fill("What is this?")
    draft.get_by_label("Or the address of a picture").fill(address)
    draft.get_by_role("button", name="Fetch").click()
    expect(draft.get_by_label("Source")).to_have_value(address)
    expect(draft.get_by_label("Question")).to_have_value("What is this?")
    _expect_images(draft, 1)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/", "This address is a web page, not a picture."),
        ("/images.csv", "This is not a picture of a kind that can be taken"),
        ("/none.png", "There is no picture at this address any more."),
    ],
)
def test_an_address_that_gives_no_picture_is_refused_in_words(
    draft: Page, archive: str, path: str, says: str
) -> None:
    draft.get_by_label("Or the address of a picture").fill(archive + path)
    draft.get_by_role("button", name="Fetch").click()
    expect(draft.locator("[data-bring]").get_by_role("alert")).to_contain_text(says)
    _expect_images(draft, 0)


def test_an_address_of_the_server_s_own_network_is_refused(
    draft: Page, installation: Installation
) -> None:
    for address in (installation.url, "http://169.254.169.254/", "http://localhost/"):
        draft.get_by_label("Or the address of a picture").fill(address)
        draft.get_by_role("button", name="Fetch").click()
        alert = draft.locator("[data-bring]").get_by_role("alert")
        expect(alert).to_contain_text(address)
        expect(alert).to_contain_text(re.compile("cannot be reached|port number"))
        expect(draft.get_by_label("Or the address of a picture")).to_have_value(address)


class TestScripts:
    """What only a browser with scripts can do."""

    def test_pictures_are_pasted(self, scripted: Page) -> None:
        scripted.evaluate(_BRING, ["paste", _encoded(*FILES[:2]), None])
        expect(scripted.get_by_text("About the image")).to_be_visible()
        _expect_images(scripted, 2)

    def test_text_that_comes_with_a_picture_of_it_is_pasted_as_text(self, scripted: Page) -> None:
        scripted.get_by_label("Question").focus()
        goes_on = scripted.evaluate(
            _BRING, ["paste", _encoded(FILES[0]), ["text/plain", "a cell of a table"]]
        )
        assert goes_on
        expect(scripted.locator(".upload-result")).to_have_count(0)

    def test_pictures_are_dropped(self, scripted: Page) -> None:
        scripted.evaluate(_BRING, ["drop", _encoded(*FILES[:3]), None])
        expect(scripted.locator(".upload-result.is-placed")).to_have_count(3)
        _expect_images(scripted, 3)
        expect(scripted.locator("[data-bring-status]")).to_have_text("3 brought, 0 refused.")

    def test_the_picture_of_another_page_is_dropped_by_its_address(
        self, scripted: Page, archive: str
    ) -> None:
        address = f"{archive}/{FILES[0]}"
        scripted.evaluate(_BRING, ["drop", [], ["text/uri-list", address]])
        expect(scripted.get_by_label("Source")).to_have_value(address)

    def test_enter_fetches_the_address(self, scripted: Page, archive: str) -> None:
        field = scripted.get_by_label("Or the address of a picture")
        field.fill(f"{archive}/{FILES[0]}")
        field.press("Enter")
        expect(scripted.get_by_text("About the image")).to_be_visible()

    def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
        self, scripted: Page, tmp_path: Path
    ) -> None:
        large = tmp_path / "large.png"
        with large.open("wb") as file:
            file.truncate(50 * 1024**2 + 1)
        _choose(scripted, large, IMAGES / FILES[0], has_scripts=True)
        expect(scripted.get_by_role("alert")).to_contain_text("larger than 50 MB")
        expect(scripted.get_by_text("About the image")).to_be_visible()
        _expect_images(scripted, 1)

    def test_what_is_typed_while_files_are_under_way_is_kept(self, scripted: Page) -> None:
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        scripted.route("**/image/", hold)
        question = scripted.get_by_label("Question")
        question.fill("Before")
        _choose(scripted, *(IMAGES / name for name in FILES[:2]), has_scripts=True)
        for text in ("While the first", "While the second"):
            _wait_for(scripted, held)
            question.fill(text)
            question.press("End")
            held.pop().continue_()
        expect(scripted.locator(".upload-result.is-placed")).to_have_count(2)
        _expect_images(scripted, 2)
        expect(question).to_have_value("While the second")
        expect(question).to_be_focused()
        expect(scripted.get_by_text(re.compile("^Saved just now"))).to_be_visible()
        scripted.reload()
        expect(question).to_have_value("While the second")

    def test_a_lost_connection_is_said_at_the_file_and_the_next_one_is_tried(
        self, scripted: Page
    ) -> None:
        lost: list[str] = []

        def lose_the_first(route: Route) -> None:
            lost.append(route.request.url)
            route.abort() if len(lost) == 1 else route.continue_()

        scripted.route("**/image/", lose_the_first)
        _choose(scripted, *(IMAGES / name for name in FILES[:2]), has_scripts=True)
        expect(scripted.get_by_role("alert")).to_contain_text(FILES[0])
        expect(scripted.get_by_role("alert")).to_contain_text("The server could not be reached.")
        _expect_images(scripted, 1)

    def test_words_in_conflict_are_settled_before_files_come(
        self, scripted: Page, browser: Browser, installation: Installation
    ) -> None:
        _choose(scripted, IMAGES / FILES[0], has_scripts=True)
        expect(scripted.get_by_text("About the image")).to_be_visible()
        with Browsing(browser, installation).window() as other:
            people.log_in(other, AUTHOR)
            other.goto(scripted.url)
            people.write_panel(other, "What do others see?", "Something else")
        scripted.evaluate("document.querySelector('#id_question').value = 'What do I see?'")
        _choose(scripted, IMAGES / FILES[1], IMAGES / FILES[2], has_scripts=True)
        expect(scripted.locator(".upload-result.is-refused")).to_have_count(2)
        expect(scripted.locator(".conflict-text")).to_have_text("What do others see?")
        expect(scripted.get_by_label("Question")).to_have_value("What do I see?")
        _expect_images(scripted, 1)


def _wait_for(page: Page, held: list[Route]) -> None:
    for _ in range(100):
        if held:
            return
        page.wait_for_timeout(100)
    raise AssertionError("no file was sent")
