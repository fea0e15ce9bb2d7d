import hashlib
import io
import itertools
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps

from curation.domain import likeness
from curation.domain.imaging_child import gray_pixels, thumbnail

REAL_IMAGES = Path(__file__).parents[3] / "../shared/data/images"
NEAR_DUPLICATES = {
    ("bone_scan_anterior.jpg", "bone_scan_posterior.jpg"),
    ("us_heart_apical_a.png", "us_heart_apical_b.png"),
}

type Picture = Image.Image


def fingerprint(picture: Picture) -> str:
    return likeness.fingerprint(gray_pixels(thumbnail(picture), likeness.SIDE))


def blots(seed: int) -> Picture:
    """Dark with a few bright regions, as scans are; another seed, another picture."""
    chance = hashlib.shake_256(bytes([seed])).digest(49)
    coarse = Image.frombytes("L", (7, 7), bytes((0, 0, 10, 90, 200)[byte % 5] for byte in chance))
    return coarse.resize((400, 300), Image.Resampling.BICUBIC).convert("RGB")


@pytest.fixture(scope="module", params=["real", "drawn"])
def pictures(request: pytest.FixtureRequest) -> dict[str, Picture]:
    if request.param == "drawn":
        return {f"drawn {seed}": blots(seed) for seed in range(12)}
    files = sorted(REAL_IMAGES.glob("*.jpg")) + sorted(REAL_IMAGES.glob("*.png"))
    if not files:
        pytest.skip("the real images are not beside this checkout")
    return {file.name: Image.open(file).convert("RGB") for file in files}


def reencoded(picture: Picture) -> Picture:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=50)
    return Image.open(buffer)


def cropped(picture: Picture) -> Picture:
    aside, down = picture.width // 50, picture.height // 50
    return picture.crop((aside, down, picture.width - aside, picture.height - down))


VARIANTS: dict[str, Callable[[Picture], Picture]] = {
    "re-encoded": reencoded,
    "half as large": lambda picture: ImageOps.scale(picture, 0.5),
    "half again as large": lambda picture: ImageOps.scale(picture, 1.5),
    "cropped": cropped,
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.15),
    "darker": lambda picture: ImageEnhance.Brightness(picture).enhance(0.85),
    "of more contrast": lambda picture: ImageEnhance.Contrast(picture).enhance(1.2),
    "gray": lambda picture: picture.convert("L"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_picture_is_alike_itself_when(variant: str, pictures: dict[str, Picture]) -> None:
    strangers = [
        name
        for name, picture in pictures.items()
        if not likeness.is_alike(fingerprint(picture), fingerprint(VARIANTS[variant](picture)))
    ]

    assert strangers == []


def test_different_pictures_are_not_alike(pictures: dict[str, Picture]) -> None:
    prints = {name: fingerprint(picture) for name, picture in pictures.items()}

    alike = {
        (one, other)
        for one, other in itertools.combinations(sorted(prints), 2)
        if likeness.is_alike(prints[one], prints[other])
    }

    assert alike == {pair for pair in NEAR_DUPLICATES if set(pair) <= set(prints)}


def test_turned_and_mirrored_pictures_differ() -> None:
    picture = blots(1)
    prints = [
        fingerprint(picture),
        fingerprint(ImageOps.mirror(picture)),
        fingerprint(ImageOps.flip(picture)),
        fingerprint(picture.rotate(90, expand=True)),
    ]

    for one, other in itertools.combinations(prints, 2):
        assert not likeness.is_alike(one, other)


@pytest.mark.parametrize("level", [0, 1, 127, 255])
def test_a_flat_picture_has_no_look_whatever_its_brightness(level: int) -> None:
    assert likeness.fingerprint(bytes([level]) * likeness.SIDE**2) == "0" * 16


def test_faint_pictures_are_told_apart() -> None:
    across = bytes(10 + column // 16 for _ in range(32) for column in range(32))
    down = bytes(10 + row // 16 for row in range(32) for _ in range(32))

    assert likeness.fingerprint(across) != likeness.fingerprint(down)
    assert likeness.fingerprint(across) != "0" * 16


def test_a_fingerprint_is_sixteen_digits_and_always_the_same() -> None:
    one, other = fingerprint(blots(7)), fingerprint(blots(7))

    assert one == other
    assert len(one) == 16
    assert int(one, 16) >= 0


@pytest.mark.parametrize("count", [0, 1023, 1025])
def test_another_number_of_pixels_is_an_error(count: int) -> None:
    with pytest.raises(ValueError, match="1024 gray pixels"):
        likeness.fingerprint(bytes(count))


@pytest.mark.parametrize(
    ("one", "other", "bits"),
    [
        ("0" * 16, "0" * 16, 0),
        ("0" * 16, "f" * 16, 64),
        ("8000000000000000", "0000000000000001", 2),
        ("00000000000000ff", "00000000000000f0", 4),
    ],
)
def test_distance_counts_the_bits_that_differ(one: str, other: str, bits: int) -> None:
    assert likeness.distance(one, other) == likeness.distance(other, one) == bits


def test_pictures_are_alike_up_to_the_threshold_and_not_beyond() -> None:
    nothing = "0" * 16
    at, beyond = ((1 << bits) - 1 for bits in (likeness.ALIKE_AT_MOST, likeness.ALIKE_AT_MOST + 1))

    assert likeness.is_alike(nothing, f"{at:016x}")
    assert not likeness.is_alike(nothing, f"{beyond:016x}")


_bits = st.integers(0, 2**64 - 1)


@given(_bits, st.sets(st.integers(0, 63), max_size=likeness.ALIKE_AT_MOST))
def test_what_is_alike_is_always_met_in_a_band(bits: int, flipped: set[int]) -> None:
    one = f"{bits:016x}"
    other = f"{bits ^ sum(1 << bit for bit in flipped):016x}"
    near = zip(likeness.bands(other), likeness.bands_alike(one), strict=True)
    assert any(band in values for band, values in near)


def test_what_differs_in_every_band_by_one_bit_more_is_found_by_none_and_not_alike() -> None:
    # The tightest case: 3 + 3 + 3 + 2 bits. One less in any band, and an index meets it.
    far = "0007000700070003"
    assert likeness.distance("0" * 16, far) == likeness.ALIKE_AT_MOST + 1
    values = likeness.bands_alike("0" * 16)
    assert not any(band in known for band, known in zip(likeness.bands(far), values, strict=True))


def test_a_band_has_so_few_values_nearby_that_an_index_finds_them() -> None:
    values = likeness.bands_alike("0123456789abcdef")
    assert [len(set(known)) for known in values] == [137, 137, 137, 17]
    assert likeness.bands("0123456789abcdef") == ("0123", "4567", "89ab", "cdef")
    assert all(re.fullmatch("[0-9a-f]{4}", value) for known in values for value in known)
