"""Choosing a picture from a DICOM file by its pages."""

import io
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow

from curation import workflow
from curation.models import Scan
from tests.curation.dicoms import RAMP, dicom_bytes, make_scan, wheel_file
from tests.curation.writing import WORDS, Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Desk:
    return make_desk(client)


@pytest.fixture
def scan(desk: Desk) -> Scan:
    return make_scan(desk.panel())


def at(name: str, scan: Scan) -> str:
    return reverse(f"curation:{name}", args=[scan.pk])


def text(answer: Any) -> str:
    words: str = answer.content.decode()
    return words


def picture(answer: Any) -> Any:
    return np.asarray(Pillow.open(io.BytesIO(answer.content)))


def test_a_dicom_file_leads_to_its_choice_and_the_words_are_kept(desk: Desk) -> None:
    before = desk.panel().image
    upload = SimpleUploadedFile("IM000001", dicom_bytes(np.stack([RAMP, RAMP])))

    answer = desk.send("image_upload", upload=upload)

    scan = Scan.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, at("scan_detail", scan))
    assert (scan.panel, scan.uploaded_by) == (desk.panel(), desk.author)
    assert desk.panel().answer == WORDS["answer"]
    assert desk.panel().image == before


@pytest.mark.parametrize("name", ["rtplan.dcm", "image_dfl.dcm", "MR_truncated.dcm"])
def test_a_dicom_file_without_a_picture_is_refused_beside_the_words(desk: Desk, name: str) -> None:
    answer = desk.send("image_upload", upload=SimpleUploadedFile(name, wheel_file(name)))

    assert answer.status_code == 422
    assert "This DICOM file" in text(answer)
    assert "Please" in text(answer)
    assert WORDS["question"] in text(answer)
    assert not Scan.objects.exists()


def test_the_page_starts_with_the_first_window_of_the_first_frame(desk: Desk, scan: Scan) -> None:
    page = text(desk.client.get(at("scan_detail", scan)))

    assert f"{at('scan_preview', scan)}?frame=1&amp;center=300&amp;width=1000" in page
    assert "From the file: bone" in page
    for name, values in (
        ("Soft tissue", "40 / 400"),
        ("Lung", "-600 / 1500"),
        ("Brain", "40 / 80"),
    ):
        assert f'{name} <span class="count">{values}</span>' in page
    assert page.count('aria-current="true"') == 1
    assert "3 frames" in page


def test_the_address_says_what_is_shown(desk: Desk, scan: Scan) -> None:
    page = text(desk.client.get(at("scan_detail", scan), {"frame": 2, "center": 40, "width": 400}))

    assert f"{at('scan_preview', scan)}?frame=2&amp;center=40&amp;width=400" in page
    assert f"{at('scan_detail', scan)}?frame=1&amp;center=40&amp;width=400" in page
    assert f"{at('scan_detail', scan)}?frame=3&amp;center=40&amp;width=400" in page
    assert '<input type="hidden" name="width" value="400">' in page


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"frame": 4}, "There are frames 1 to 3."),
        ({"frame": 0}, "greater than or equal to 1"),
        ({"frame": "first"}, "whole number"),
        ({"center": 40}, "Give center and width, both."),
        ({"width": 40}, "Give center and width, both."),
        ({"center": 40, "width": 0}, "The width must be more than 0."),
        ({"center": 40, "width": -5}, "greater than or equal to 0"),
        ({"center": "nan", "width": 5}, "Enter a number."),
        ({"center": "inf", "width": 5}, "Enter a number."),
        ({"center": "1e300", "width": 5}, "less than or equal to"),
        ({"curve": 1}, "no such curve"),
    ],
)
def test_what_there_is_not_is_said_beside_what_there_is(
    desk: Desk, scan: Scan, asked: dict[str, Any], says: str
) -> None:
    before = desk.panel().image
    for answer in (
        desk.client.get(at("scan_detail", scan), asked),
        desk.client.post(at("scan_choose", scan), asked),
    ):
        assert answer.status_code == 422
        assert says in text(answer)
        assert f"{at('scan_preview', scan)}?frame=1&amp;center=300&amp;width=1000" in text(answer)
    assert desk.client.get(at("scan_preview", scan), asked).status_code == 400
    assert desk.panel().image == before


def test_the_preview_is_the_frame_in_the_window_and_no_cache_keeps_it(
    desk: Desk, scan: Scan
) -> None:
    answer = desk.client.get(at("scan_preview", scan), {"frame": 2, "center": 0, "width": 1_001})

    expected = 255 * np.clip((RAMP + 100 + 0.5) / 1_000 + 0.5, 0, 1)
    assert np.abs(picture(answer) - expected).max() <= 0.51
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_chosen_picture_is_in_the_panel_and_inherits_no_credit(desk: Desk, scan: Scan) -> None:
    answer = desk.client.post(at("scan_choose", scan), {"frame": 3, "center": 40, "width": 400})

    image = desk.panel().image
    assert (answer.status_code, answer["Location"]) == (302, desk.address())
    assert image is not None
    assert image.acquisition == {
        "modality": "CT",
        "frame": 3,
        "window_center": 40,
        "window_width": 400,
    }
    assert image.credit == ("", "", "")
    assert image.no_patient_confirmed_at is None
    page = text(desk.client.get(desk.address()))
    assert "The picture is in the panel." in page
    assert f'href="{at("scan_detail", scan)}">Change frame or window</a>' in page


def test_changing_the_window_starts_where_it_was_chosen(desk: Desk, scan: Scan) -> None:
    desk.client.post(at("scan_choose", scan), {"frame": 3, "center": 40, "width": 400})

    page = text(desk.client.get(at("scan_detail", scan)))

    assert f"{at('scan_preview', scan)}?frame=3&amp;center=40&amp;width=400" in page


def test_a_picture_of_another_kind_has_no_window_to_change(desk: Desk, scan: Scan) -> None:
    assert scan.panel == desk.panel()
    assert at("scan_detail", scan) not in text(desk.client.get(desk.address()))


@pytest.mark.parametrize(
    ("frames", "is_color", "offered"),
    [
        (2, False, "Change frame or window"),
        (1, False, "Change the window"),
        (2, True, "Change the frame"),
        (1, True, "See the scan"),
    ],
)
def test_the_way_back_names_what_can_be_changed(
    scan: Scan, *, frames: int, is_color: bool, offered: str
) -> None:
    scan.description["frames"] = scan.description["frames"][:frames]
    scan.description["is_color"] = is_color
    assert scan.way_back == offered


def test_text_in_the_picture_is_warned_of_right_above_the_button(desk: Desk, scan: Scan) -> None:
    page = text(desk.client.get(at("scan_detail", scan)))
    warning, button = page.index("such text stays"), page.index("Use this picture")
    assert page.index('id="choose-form"') < warning < button


def test_a_color_scan_has_no_windows(desk: Desk) -> None:
    colors = np.repeat(RAMP[..., np.newaxis] % 256, 3, axis=-1).astype(np.uint8)
    upload = SimpleUploadedFile("us.dcm", dicom_bytes(colors, Modality="US"))

    page = text(desk.client.get(desk.send("image_upload", upload=upload)["Location"]))

    assert "Center" not in page
    assert "Use this picture" in page


def test_of_a_long_file_the_page_says_that_only_some_frames_can_be_chosen(
    desk: Desk, scan: Scan
) -> None:
    scan.description["total"] = 250
    scan.save()

    page = text(desk.client.get(at("scan_detail", scan)))

    assert "This file has 250 frames; 3 of them, evenly spaced, can be chosen here." in page


def test_a_submitted_problem_takes_no_choice(desk: Desk, scan: Scan) -> None:
    workflow.submit(desk.problem, by=desk.author, version=desk.version())

    shown = desk.client.get(at("scan_detail", scan))
    chosen = desk.client.post(at("scan_choose", scan), {"frame": 1})

    overview = reverse("curation:problem_overview", args=[desk.problem.pk])
    assert (shown.status_code, shown["Location"]) == (302, overview)
    assert chosen.status_code == 409


def test_what_was_chosen_first_is_not_chosen_by_a_form_sent_twice_again(
    desk: Desk, scan: Scan
) -> None:
    for _ in range(2):
        desk.client.post(at("scan_choose", scan), {"frame": 3, "center": 40, "width": 400})

    assert desk.panel().image == Scan.objects.get(pk=scan.pk).image
    assert desk.author.images.filter(acquisition__frame=3).count() == 1
