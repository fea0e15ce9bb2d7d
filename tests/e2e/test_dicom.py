"""A clinician brings a DICOM file: chooses frame and window, sees it in the panel, changes it."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.curation.dicoms import dicom_bytes
from tests.e2e import people
from tests.e2e.installation import Installation
from tests.e2e.people import Browsing

PATIENT = "CANARY7351"


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A CT of four frames, as a PACS exports it: without an ending. A disc that grows."""
    rows, columns = np.mgrid[:128, :160]
    away = np.hypot(rows - 64, columns - 80)
    frames = [np.where(away < 20 + 10 * n, 60 - away, -900 + away) for n in range(4)]
    path = tmp_path / "IM000001"
    says = {"PatientName": PATIENT, "WindowCenter": 50, "WindowWidth": 350}
    path.write_bytes(dicom_bytes(np.stack(frames).astype(np.int16), **says))
    return path


def _enter(page: Page, installation: Installation, name: str) -> None:
    """A new author with a new draft, at its first panel."""
    email = f"{name}@example.org"
    code = (
        "from curation.models import User;"
        f"User.objects.create_user({email!r}, {people.PASSWORD!r}, name='Dora', is_author=True)"
    )
    installation.run_code(code)
    people.log_in(page, email)
    people.start_problem(page)
    people.panel_link(page, "Example 1").click()
    expect(page.get_by_role("heading", name="Example 1")).to_be_visible()


def _shown(page: Page) -> str:
    """The hash of the picture on the plate."""
    picture = page.locator("#preview, .panel-editor .plate img")
    expect(picture).to_have_js_property("complete", value=True)
    address = picture.get_attribute("src")
    answer = page.request.get(address or "")
    assert answer.headers["content-type"] == "image/png"
    return hashlib.sha256(answer.body()).hexdigest()


def _see_it_in_the_panel(page: Page) -> None:
    page.get_by_role("button", name="Use this picture").click()
    told = page.get_by_text("The picture is in the panel.")
    expect(told).to_be_visible(timeout=people.PATIENCE_MS)


def _choose(page: Page, *, has_scripts: bool) -> None:
    """The third frame in the brain window."""
    if has_scripts:
        page.locator("h1").click()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_label("Frame", exact=True)).to_have_value("2")
        page.locator("#preview").hover()
        page.mouse.wheel(0, 100)
        expect(page.get_by_label("Frame", exact=True)).to_have_value("3")
        page.get_by_role("link", name=re.compile("^Brain")).click()
    else:
        page.get_by_role("link", name="Frame after").click()
        page.get_by_label("Frame", exact=True).fill("3")
        page.get_by_role("button", name="Show").click()
        page.get_by_role("link", name=re.compile("^Brain")).click()
    expect(page.get_by_label("Width", exact=True)).to_have_value("80")
    expect(page.locator("#preview")).to_have_attribute(
        "src", re.compile(r"\?frame=3&center=40&width=80$")
    )
    expect(page.locator("#choose-form [name=width]")).to_have_value("80")


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no_scripts"])
def test_a_window_is_chosen_seen_in_the_panel_and_changed(
    browser: Browser, installation: Installation, scan: Path, *, has_scripts: bool
) -> None:
    with Browsing(browser, installation, has_scripts).window() as page:
        _enter(page, installation, "dicom-script" if has_scripts else "dicom-plain")
        page.get_by_label("Question").fill("What is it?")
        page.locator("#upload").set_input_files(scan)
        if not has_scripts:
            page.get_by_role("button", name="Upload").click()
        expect(page.get_by_role("heading", name="Choose the picture")).to_be_visible(
            timeout=people.PATIENCE_MS
        )
        first = _shown(page)
        _choose(page, has_scripts=has_scripts)
        brain = _shown(page)
        _see_it_in_the_panel(page)
        expect(page.get_by_label("Question")).to_have_value("What is it?")
        expect(page.get_by_text("160 \u00d7 128 pixels")).to_be_visible()
        in_panel = _shown(page)
        page.get_by_role("link", name="Change frame or window").click()
        expect(page.get_by_label("Center", exact=True)).to_have_value("40")
        page.get_by_label("Center", exact=True).fill("-900")
        page.get_by_label("Width", exact=True).fill("200")
        page.get_by_label("Width", exact=True).press("Enter")
        expect(page.locator("#choose-form [name=center]")).to_have_value("-900")
        _see_it_in_the_panel(page)
        assert in_panel == brain
        assert len({first, brain, _shown(page)}) == 3
    _assert_nothing_names_the_patient(installation)


def _assert_nothing_names_the_patient(installation: Installation) -> None:
    """No file of the installation: database, logs, queue, images, scans."""
    files = [path for path in installation.folder.rglob("*") if path.is_file()]
    assert any("scans" in path.parts for path in files)
    assert [path for path in files if PATIENT.encode() in path.read_bytes()] == []
