"""Text burned into pictures is found, ordinary pictures stay in peace."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from curation.domain import burned_in_text
from curation.domain.burned_in_text import TextSearchError, find_areas
from tests.environment import ROOT

FIXTURES = ROOT.parent / "shared/data/images/phi_fixtures"
_DEMO = ROOT / "config/demo/images"

pytestmark = pytest.mark.skipif(
    not burned_in_text.is_installed(), reason="the extra ocr is not installed"
)


def _png(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def with_name(at: tuple[int, int]) -> bytes:
    """A picture with a patient's name and date of birth at this place."""
    picture = Image.new("L", (640, 480), 12)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((200, 140, 440, 380), fill=120)
    draw.text(at, "MUSTERMANN ERIKA 12.08.1964", fill=235, font=ImageFont.load_default(22))
    return _png(picture)


@pytest.mark.parametrize("at", [(10, 10), (250, 440)])
def test_a_name_in_a_corner_is_found_where_it_stands(at: tuple[int, int]) -> None:
    areas = find_areas(with_name(at))
    assert areas
    left, top = at
    assert all(left - 10 <= area[0] and top - 10 <= area[1] for area in areas)
    assert sum(width for _, _, width, _ in areas) > 200
    assert all(height < 60 for *_, height in areas)


def test_a_single_letter_for_the_side_is_no_name() -> None:
    picture = Image.new("L", (640, 480), 12)
    ImageDraw.Draw(picture).text((30, 30), "R", fill=235, font=ImageFont.load_default(48))
    assert find_areas(_png(picture)) == []


@pytest.mark.parametrize(
    "name", ["he_adipose_a.jpg", "ct_abdomen_pancreas.png", "fundus_retina.jpg"]
)
def test_a_picture_without_text_has_none(name: str) -> None:
    assert find_areas((_DEMO / name).read_bytes()) == []


@pytest.mark.skipif(not FIXTURES.exists(), reason="no folder shared with real ultrasound images")
@pytest.mark.parametrize("name", ["us_aloka.png", "us_lymph_node.png", "us_ob.jpg"])
def test_the_captions_of_real_devices_are_found(name: str) -> None:
    areas = find_areas((FIXTURES / name).read_bytes())
    assert len(areas) >= 10
    with Image.open(FIXTURES / name) as picture:
        wide, high = picture.size
    for left, top, width, height in areas:
        assert 0 <= left < left + width <= wide + 1
        assert 0 <= top < top + height <= high + 1


@pytest.mark.parametrize("data", [b"", b"no picture", Path(__file__).read_bytes()])
def test_what_is_no_picture_is_said_to_have_failed(data: bytes) -> None:
    with pytest.raises(TextSearchError, match="Looking for text failed"):
        find_areas(data)
