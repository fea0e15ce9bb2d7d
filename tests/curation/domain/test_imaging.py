"""What becomes of pictures that decode. What hostile files get is in test_imaging_child.py."""

import hashlib
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat, JpegImagePlugin

from curation.domain import imaging, likeness

REAL_IMAGES = Path(__file__).parents[3] / "../shared/data/images"
ORIENTATION = 274
LOSSY = 12  # the mean error that JPEG and WebP may leave around the hard edges of `corners`
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def saved(picture: Image.Image, name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, name, **options)
    return buffer.getvalue()


def kept(upload: bytes) -> Image.Image:
    """The picture that is kept of an upload, opened again."""
    picture = Image.open(io.BytesIO(imaging.prepare(upload).data))
    picture.load()
    return picture


def corners() -> Image.Image:
    """48 x 32 pixels, each corner of another color: no turn or mirror image of it is itself."""
    picture = Image.new("RGB", (48, 32), "red")
    picture.paste("lime", (24, 0, 48, 16))
    picture.paste("blue", (0, 16, 24, 32))
    picture.paste("white", (24, 16, 48, 32))
    return picture


def is_near(one: Image.Image, other: Image.Image, *, within: float = 2) -> bool:
    if one.size != other.size or one.mode != other.mode:
        return False
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean) <= within


# Where a stored row and column lie in the upright picture, as the EXIF standard puts it in words:
# orientation 6 stores the visual right-hand side as row 0, the visual top as column 0.
type Place = tuple[int, int]
STORED: dict[int, Callable[[int, int, int, int], Place]] = {
    1: lambda row, column, width, height: (column, row),
    2: lambda row, column, width, height: (width - 1 - column, row),
    3: lambda row, column, width, height: (width - 1 - column, height - 1 - row),
    4: lambda row, column, width, height: (column, height - 1 - row),
    5: lambda row, column, width, height: (row, column),
    6: lambda row, column, width, height: (width - 1 - row, column),
    7: lambda row, column, width, height: (width - 1 - row, height - 1 - column),
    8: lambda row, column, width, height: (row, height - 1 - column),
}


def stored(upright: Image.Image, orientation: int) -> Image.Image:
    width, height = upright.size
    picture = Image.new("RGB", (width, height) if orientation < 5 else (height, width))
    for row in range(picture.height):
        for column in range(picture.width):
            place = STORED[orientation](row, column, width, height)
            picture.putpixel((column, row), upright.getpixel(place) or 0)
    return picture


@pytest.mark.parametrize(
    ("name", "orientation"),
    [*(("PNG", number) for number in STORED), ("JPEG", 6), ("TIFF", 5), ("WEBP", 8)],
)
def test_a_picture_is_kept_upright(name: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation

    upload = saved(stored(corners(), orientation), name, exif=exif)

    assert is_near(kept(upload), corners(), within=LOSSY if name in {"JPEG", "WEBP"} else 0)


def test_unreadable_metadata_spoils_no_picture() -> None:
    upload = saved(corners(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff", icc_profile=b"junk")

    assert is_near(kept(upload), corners(), within=LOSSY)


@pytest.mark.parametrize(
    ("name", "options", "media_type"),
    [
        ("JPEG", {}, "image/jpeg"),
        ("WEBP", {"quality": 80}, "image/jpeg"),
        ("WEBP", {"lossless": True}, "image/png"),
        ("PNG", {}, "image/png"),
        ("BMP", {}, "image/png"),
        ("TIFF", {"compression": "tiff_lzw"}, "image/png"),
        ("GIF", {}, "image/png"),
    ],
)
def test_what_was_lossless_stays_lossless(
    name: str, options: dict[str, Any], media_type: str
) -> None:
    picture = imaging.prepare(saved(corners(), name, **options))
    again = Image.open(io.BytesIO(picture.data))

    assert picture.media_type == media_type
    assert is_near(again, corners(), within=0 if media_type == "image/png" else LOSSY)


def test_a_picture_says_its_size_hash_and_fingerprint() -> None:
    upload = saved(corners().resize((900, 600), Image.Resampling.NEAREST), "PNG")

    picture = imaging.prepare(upload)

    assert (picture.width, picture.height) == (900, 600)
    assert picture.sha256 == hashlib.sha256(picture.data).hexdigest()
    assert Image.open(io.BytesIO(picture.thumbnail)).size == (320, 213)
    smaller = imaging.prepare(saved(corners(), "PNG"))
    assert likeness.is_alike(picture.fingerprint, smaller.fingerprint)
    assert imaging.prepare(upload) == picture


@pytest.mark.parametrize("size", [(1, 1), (5000, 3), (3, 5000)])
def test_the_size_is_kept(size: tuple[int, int]) -> None:
    assert kept(saved(Image.new("L", size, 90), "PNG")).size == size


def test_jpeg_keeps_its_colors_at_full_resolution() -> None:
    picture = imaging.prepare(saved(corners(), "JPEG", subsampling=2))
    every_pixel = 0

    assert JpegImagePlugin.get_sampling(Image.open(io.BytesIO(picture.data))) == every_pixel


def test_printing_colors_become_screen_colors() -> None:
    picture = kept(saved(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG"))

    assert is_near(picture, Image.new("RGB", (16, 16), "red"))


def test_lab_colors_become_screen_colors() -> None:
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    lab = to_lab.apply(Image.new("RGB", (16, 16), (180, 60, 60)))

    assert is_near(kept(saved(lab, "TIFF")), Image.new("RGB", (16, 16), (180, 60, 60)))


def test_an_embedded_profile_is_honored() -> None:
    # A profile of a screen whose red lamp shines blue and whose blue lamp shines red.
    swapped = SRGB.replace(b"rXYZ", b"tmp!").replace(b"bXYZ", b"rXYZ").replace(b"tmp!", b"bXYZ")
    upload = saved(Image.new("RGB", (16, 16), "red"), "PNG", icc_profile=swapped)

    assert is_near(kept(upload), Image.new("RGB", (16, 16), "blue"))


def test_a_profile_of_another_kind_of_picture_is_ignored() -> None:
    gray = Image.linear_gradient("L")

    assert is_near(kept(saved(gray, "PNG", icc_profile=SRGB)), gray, within=0)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "L"])
def test_transparent_parts_become_white(mode: str) -> None:
    picture = Image.new("RGBA", (20, 10), (0, 0, 0, 255))
    picture.paste((90, 90, 90, 0), (10, 0, 20, 10))
    options: dict[str, Any] = {}
    if mode in {"RGB", "L"}:  # one color stands for transparency
        options["transparency"] = 90 if mode == "L" else (90, 90, 90)
    converted = picture.quantize() if mode == "P" else picture.convert(mode)

    flat = kept(saved(converted, "PNG", **options))

    assert flat.mode == ("L" if mode in {"L", "LA"} else "RGB")
    assert flat.convert("L").getpixel((2, 5)) == 0
    assert flat.convert("L").getpixel((15, 5)) == 255


def test_black_and_white_becomes_gray() -> None:
    picture = kept(saved(Image.linear_gradient("L").convert("1"), "PNG"))

    assert picture.mode == "L"
    assert {level for _, level in picture.getcolors() or []} == {0, 255}


def ramp(kind: str) -> np.ndarray[Any, Any]:
    """1,024 values in rising order, far from the ends of what their kind can hold."""
    return np.linspace(1_000, 5_000, 1_024).reshape(32, 32).astype(kind)


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("PNG", "<u2", {}),
        ("TIFF", "<u2", {}),
        ("TIFF", "<u2", {"compression": "tiff_deflate"}),
        ("TIFF", ">u2", {}),
        ("TIFF", "<i4", {}),
        ("TIFF", "<f4", {}),
    ],
)
def test_deep_grays_keep_their_levels(name: str, kind: str, options: dict[str, Any]) -> None:
    levels = np.asarray(kept(saved(Image.fromarray(ramp(kind)), name, **options))).ravel()

    assert levels.dtype == np.uint8
    assert (levels[0], levels[-1]) == (0, 255)
    assert len(set(levels.tolist())) > 200
    assert (np.diff(levels.astype(int)) >= 0).all()


def test_deep_grays_in_which_white_is_zero_are_inverted() -> None:
    tags = {262: 0}

    levels = np.asarray(kept(saved(Image.fromarray(ramp("<u2")), "TIFF", tiffinfo=tags))).ravel()

    assert (levels[0], levels[-1]) == (255, 0)


def test_values_that_are_no_numbers_set_no_window() -> None:
    values = ramp("<f4")
    values[0, :3] = (math.nan, math.inf, -math.inf)

    levels = np.asarray(kept(saved(Image.fromarray(values), "TIFF"))).ravel()

    assert levels[:3].tolist() == [0, 255, 0]
    assert levels[-1] == 255
    assert len(set(levels.tolist())) > 200


def test_a_transparent_deep_gray_sets_no_window_and_becomes_white() -> None:
    values = ramp("<u2")
    values[0, :3] = 60_000

    levels = np.asarray(kept(saved(Image.fromarray(values), "PNG", transparency=60_000))).ravel()

    assert levels[:3].tolist() == [255, 255, 255]
    assert levels[3] < 5
    assert levels[-1] == 255


@pytest.mark.parametrize("value", [math.nan, math.inf, 7.5])
def test_a_deep_picture_of_one_value_is_black(value: float) -> None:
    picture = kept(saved(Image.new("F", (8, 8), value), "TIFF"))

    assert picture.getextrema() == (0, 0)


@pytest.mark.parametrize("name", ["GIF", "TIFF", "MPO"])
def test_the_first_frame_is_taken(name: str) -> None:
    others = [Image.new("RGB", (48, 32), "black"), Image.new("RGB", (48, 32), "yellow")]

    picture = kept(saved(corners(), name, save_all=True, append_images=others))

    assert is_near(picture, corners(), within=LOSSY if name == "MPO" else 0)


@pytest.mark.parametrize("file", ["mr_brain_b0.png", "us_heart_doppler.png", "xray_chest_pa.jpg"])
def test_a_real_picture_looks_as_before(file: str) -> None:
    if not (REAL_IMAGES / file).exists():
        pytest.skip("the real images are not beside this checkout")
    upload = (REAL_IMAGES / file).read_bytes()
    before = Image.open(io.BytesIO(upload))

    assert is_near(kept(upload), before.convert("L" if before.mode == "L" else "RGB"), within=1)
