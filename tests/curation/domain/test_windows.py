"""Windows: which values are told apart, and what is offered."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from curation.domain.dicom_terms import window_name
from curation.domain.windows import Curve, Frame, ScanDescription, Window, pictured, unpacked

CT = ScanDescription(
    width=2,
    height=1,
    total=1,
    is_color=False,
    is_inverted=False,
    function="LINEAR",
    frames=(Frame(number=1, low=-1_024, top=4_000),),
    said={"modality": "CT"},
)


def png(pixels: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels)).save(buffer, "PNG")
    return buffer.getvalue()


def level(value: float, window: Window, scan: ScanDescription = CT) -> int:
    """What a value of the first frame becomes."""
    frame = scan.frames[0]
    return int(scan.levels(0, window)[round((value - frame.low) / frame.step)])


@pytest.mark.parametrize(
    ("value", "becomes"),
    [(-1_000, 0), (-160, 0), (-159, 1), (39, 127), (40, 128), (239, 255), (900, 255)],
)
def test_below_a_window_all_is_black_and_above_it_all_is_white(value: int, becomes: int) -> None:
    # PS3.3 C.11.2.1.2.1: black up to c - 0.5 - (w - 1) / 2, white beyond c - 0.5 + (w - 1) / 2
    assert level(value, Window(center=40, width=400)) == becomes


def test_a_window_of_one_value_is_a_threshold() -> None:
    assert [level(value, Window(center=40, width=1)) for value in (39, 40)] == [0, 255]


def test_the_whole_range_ends_at_the_least_and_the_greatest_value() -> None:
    for frame in (
        CT.frames[0],
        Frame(number=1, low=0.25, step=0.001, top=500),
        Frame(number=1, low=100, step=-2, top=50),
        Frame(number=1, low=-2_001, top=700, is_padded=True),
    ):
        for function in ("LINEAR", "LINEAR_EXACT"):
            scan = replace(CT, frames=(frame,), function=function)
            window = scan.whole(0)
            low, high = frame.ends
            assert (level(low, window, scan), level(high, window, scan)) == (0, 255)


def test_one_value_alone_has_a_whole_range_too() -> None:
    scan = replace(CT, frames=(Frame(number=1, low=7, top=0),))

    assert scan.whole(0).width > 0
    assert level(7, scan.whole(0), scan) in range(256)


def test_an_inverted_scan_shows_its_least_values_white_and_its_padding_black() -> None:
    frame = Frame(number=1, low=-1, top=100, is_padded=True)
    levels = replace(CT, frames=(frame,), is_inverted=True).levels(0, Window(center=50, width=100))

    assert (levels[0], levels[1], levels[101]) == (0, 255, 0)


def test_a_curve_holds_its_ends() -> None:
    scan = replace(CT, curves=(Curve(first=0, length=3),))
    levels = scan.curved_levels(0, 0, np.array([0, 32_768, 65_535], np.uint16))

    assert [int(levels[value + 1_024]) for value in (-500, 0, 1, 2, 900)] == [0, 0, 128, 255, 255]


def test_the_file_s_windows_come_first_then_the_usual_ones_and_none_twice() -> None:
    own = (Window(center=40, width=400), Window(center=1, width=2, name="brain"))
    scan = replace(CT, frames=(replace(CT.frames[0], windows=own),))

    assert [(window.name, window.center, window.width) for window in scan.presets(0)] == [
        ("as in the file (1)", 40, 400),
        ("as in the file: brain", 1, 2),
        ("lung", -600, 1_500),
        ("bone", 480, 2_500),
        ("brain", 40, 80),
        ("whole range", 976.5, 4_001),
    ]


def test_only_ct_has_usual_windows() -> None:
    scan = replace(CT, said={"modality": "MR"})

    assert [window.name for window in scan.presets(0)] == ["whole range"]


def test_a_description_comes_back_from_its_row() -> None:
    frame = replace(CT.frames[0], windows=(Window(center=1, width=2, name="lung"),))
    scan = replace(CT, frames=(frame,), curves=(Curve(first=-3, length=4),))

    assert ScanDescription.from_json(scan.as_json()) == scan


@pytest.mark.parametrize(
    ("explanation", "name"),
    [
        ("LUNG", "lung"),
        ("Soft_Tissue", "soft tissue"),
        ("DOE", ""),
        ("LUNG DOE", ""),
        ("", ""),
        ("born 1970", ""),
    ],
)
def test_a_window_s_name_is_kept_only_if_no_word_of_it_could_be_a_person_s(
    explanation: str, name: str
) -> None:
    assert window_name(explanation) == name


def test_a_picture_is_8_bits_of_its_levels() -> None:
    levels = CT.levels(0, Window(center=0, width=2_000))

    picture = Image.open(io.BytesIO(pictured(png(np.array([[0, 1_024]], np.uint16)), levels)))

    assert (picture.mode, picture.size) == ("L", (2, 1))
    assert np.asarray(picture).tolist() == [[0, 128]]


def test_colors_stay_as_they_are() -> None:
    colors = np.array([[[1, 2, 3], [200, 100, 0]]], np.uint8)

    assert np.array_equal(np.asarray(Image.open(io.BytesIO(pictured(png(colors), None)))), colors)


def test_a_preview_is_no_larger_than_was_asked_for_and_what_is_smaller_stays() -> None:
    large = png(np.zeros((300, 1_000), np.uint16))
    levels = CT.levels(0, Window(center=0, width=2_000))

    assert Image.open(io.BytesIO(pictured(large, levels, longest=500))).size == (500, 150)
    assert Image.open(io.BytesIO(pictured(large, levels, longest=2_000))).size == (1_000, 300)
    assert unpacked(large).shape == (300, 1_000)
