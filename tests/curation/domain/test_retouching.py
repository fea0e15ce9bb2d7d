"""Cropping and covering: what is asked for is black for good, and all else is as it was."""

import io
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.domain import imaging
from curation.domain.imaging import Picture, prepare
from curation.domain.retouching import (
    MAX_BOXES,
    Rectangle,
    RetouchError,
    blackened,
    refusals,
    retouch,
    whole,
)

SIZE = (120, 88)
BOX = Rectangle(21, 13, 34, 18)
CROP = Rectangle(11, 5, 90, 70)

formats = pytest.mark.parametrize("name", ["PNG", "JPEG"])
modes = pytest.mark.parametrize("mode", ["RGB", "L"])


def colorful(mode: str = "RGB", seed: int = 1) -> Image.Image:
    """Bright noise."""
    shape = (*reversed(SIZE), 3)
    noise = np.random.default_rng(seed).integers(60, 256, shape, dtype=np.uint8)
    return Image.fromarray(noise).convert(mode)


def kept(picture: Image.Image, name: str) -> Picture:
    """The picture as an upload of it is kept."""
    buffer = io.BytesIO()
    picture.save(buffer, name, **({"subsampling": 0} if name == "JPEG" else {}))
    return prepare(buffer.getvalue())


def retouched(picture: Picture, crop: Rectangle | None, *boxes: Rectangle) -> Picture:
    return retouch(
        picture.data,
        picture=whole(picture.width, picture.height),
        media_type=picture.media_type,
        crop=crop,
        boxes=boxes,
    )


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def inside(box: Rectangle, crop: Rectangle | None = None) -> tuple[slice, slice]:
    """Where a box lies in the picture that is left."""
    left, top = (crop.left, crop.top) if crop else (0, 0)
    return slice(box.top - top, box.bottom - top), slice(box.left - left, box.right - left)


@formats
@modes
@pytest.mark.parametrize("crop", [None, CROP], ids=["whole", "cropped"])
def test_every_covered_pixel_is_black(name: str, mode: str, crop: Rectangle | None) -> None:
    before = kept(colorful(mode), name)

    after = retouched(before, crop, BOX)

    assert pixels(before.data)[inside(BOX)].mean() > 100
    assert pixels(after.data)[inside(BOX, crop)].max() == 0
    assert (after.width, after.height) == ((crop.width, crop.height) if crop else SIZE)
    assert after.media_type == before.media_type


@formats
@pytest.mark.parametrize("place", [*product((0, 1, 7, 8), (1, 7, 8, 9))])
def test_a_box_is_black_wherever_it_lies_among_the_squares_of_a_jpeg(
    name: str, place: tuple[int, int]
) -> None:
    start, length = place
    box = Rectangle(start, start, length, length)

    after = retouched(kept(colorful(), name), None, box)

    assert pixels(after.data)[inside(box)].max() == 0


@modes
def test_in_a_png_all_other_pixels_are_as_before(mode: str) -> None:
    before = kept(colorful(mode), "PNG")

    after = retouched(before, CROP, BOX)

    expected = pixels(before.data)
    expected[inside(BOX)] = 0
    assert (pixels(after.data) == expected[inside(CROP)]).all()


def test_in_a_jpeg_only_whole_squares_at_the_box_change() -> None:
    before = kept(colorful(), "JPEG")
    grown = blackened(BOX, whole(*SIZE), "image/jpeg")

    changed = np.abs(pixels(retouched(before, None, BOX).data) - pixels(before.data)).max(axis=2)

    assert (grown.left, grown.top, grown.right, grown.bottom) == (16, 8, 56, 32)
    changed[inside(grown)] = 0
    assert changed.max() <= 12  # what coding the same colors again costs


@formats
def test_what_was_covered_leaves_no_trace_in_any_byte(name: str) -> None:
    box = Rectangle(16, 16, 48, 24)
    one = Image.new("RGB", SIZE, "gray")
    other = one.copy()
    other.paste(colorful().crop((0, 0, 48, 24)), (16, 16))

    first, second = (retouched(kept(picture, name), None, box) for picture in (one, other))

    assert kept(one, name) != kept(other, name)
    assert first == second


@formats
def test_the_thumbnail_is_of_the_new_picture(name: str) -> None:
    large = kept(colorful().resize((960, 704)), name)
    covered = retouched(large, None, Rectangle(96, 96, 480, 320))

    small = pixels(covered.thumbnail)

    assert small.shape[1] == 320
    assert small[52:124, 52:172].max() == 0  # at its edge the small picture is a mixture
    assert small[160:, 220:].min() > 20


def test_boxes_may_overlap_and_touch_the_edges() -> None:
    boxes = (Rectangle(0, 0, 30, 30), Rectangle(20, 20, 30, 30), Rectangle(110, 80, 10, 8))

    after = pixels(retouched(kept(colorful(), "PNG"), None, *boxes).data)

    for box in boxes:
        assert after[inside(box)].max() == 0
    assert after[inside(Rectangle(60, 40, 40, 30))].min() > 0


def test_as_many_boxes_as_are_allowed_are_covered() -> None:
    boxes = [Rectangle(2 * number, number, 2, 2) for number in range(MAX_BOXES)]

    after = pixels(retouched(kept(colorful(), "PNG"), None, *boxes).data)

    assert all(after[inside(box)].max() == 0 for box in boxes)


@formats
def test_the_same_request_gives_the_same_bytes(name: str) -> None:
    before = kept(colorful(), name)

    assert retouched(before, CROP, BOX) == retouched(before, CROP, BOX)


@pytest.mark.parametrize(
    ("crop", "boxes", "words"),
    [
        (None, (), "nothing to do"),
        (whole(*SIZE), (), "nothing to do"),
        (None, (Rectangle(0, 0, 0, 5),), "Box 1 is empty"),
        (None, (BOX, Rectangle(0, 0, 5, 0)), "Box 2 is empty"),
        (None, (Rectangle(100, 0, 21, 5),), "Box 1 reaches beyond the picture, which has 120 x 88"),
        (None, (Rectangle(0, 80, 5, 9),), "Box 1 reaches beyond"),
        (None, (Rectangle(-1, 0, 5, 5),), "Box 1 reaches beyond"),
        (None, (Rectangle(10**12, 0, 5, 5),), "Box 1 reaches beyond"),
        (Rectangle(0, 0, 121, 88), (), "The crop reaches beyond"),
        (Rectangle(0, 0, 31, 88), (), "at least 32 x 32 pixels"),
        (Rectangle(0, 0, 120, 31), (BOX,), "at least 32 x 32 pixels"),
        (Rectangle(0, 0, 0, 40), (), "The crop is empty"),
        (None, (BOX,) * (MAX_BOXES + 1), "There are 51 boxes; at most 50"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    crop: Rectangle | None, boxes: tuple[Rectangle, ...], words: str
) -> None:
    with pytest.raises(RetouchError, match=words):
        retouched(kept(colorful(), "PNG"), crop, *boxes)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    said = refusals(whole(*SIZE), Rectangle(0, 0, 200, 5), [Rectangle(0, 0, 0, 0)])

    assert len(said) == 3


def test_the_smallest_crop_and_the_largest_are_taken() -> None:
    assert refusals(whole(*SIZE), Rectangle(88, 56, 32, 32), []) == []
    assert refusals(whole(*SIZE), whole(*SIZE), [whole(*SIZE)]) == []


def test_where_no_decoder_works_the_words_fit_who_changes_a_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    picture = kept(colorful(), "PNG")
    broken = tmp_path / "child.py"
    broken.write_text("raise SystemExit(1)")
    monkeypatch.setattr(imaging, "_CHILD", broken)

    with pytest.raises(RetouchError, match="What you drew is kept below"):
        retouched(picture, None, BOX)
