import math
from io import BytesIO

import pytest
from PIL import Image

from evaluation.domain.image_features import UnreadableImageError, image_features, most_alike


def _bytes(image: Image.Image, form: str = "PNG") -> bytes:
    out = BytesIO()
    image.save(out, form)
    return out.getvalue()


def _gradient(size: int = 256) -> Image.Image:
    return Image.linear_gradient("L").resize((size, size))


def _distance(one: bytes, other: bytes) -> float:
    return math.dist(image_features(one), image_features(other))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_image_has_320_features(mode: str) -> None:
    assert len(image_features(_bytes(Image.new(mode, (30, 20))))) == 16 * 16 + 4**3


def test_size_and_compression_hardly_matter() -> None:
    original = _bytes(_gradient())

    assert _distance(original, _bytes(_gradient(100))) < 0.1
    assert _distance(original, _bytes(_gradient(), "JPEG")) < 0.1


def test_the_same_pixels_are_the_same_in_every_format() -> None:
    noise = Image.effect_noise((400, 300), 80).convert("RGB")
    photograph = _bytes(noise, "JPEG")
    with Image.open(BytesIO(photograph)) as decoded:
        assert image_features(_bytes(decoded)) == image_features(photograph)


def test_layout_and_color_each_tell_images_apart() -> None:
    upright = _gradient()
    turned = upright.transpose(Image.Transpose.ROTATE_180)
    red = Image.new("RGB", (64, 64), "#c00000")
    blue = Image.new("RGB", (64, 64), "#0000c0")

    assert _distance(_bytes(upright), _bytes(turned)) == pytest.approx(1, abs=0.05)
    assert _distance(_bytes(red), _bytes(blue)) == pytest.approx(1, abs=0.05)


def test_a_sixteen_bit_image_is_like_its_eight_bit_twin() -> None:
    eight = Image.linear_gradient("L")
    sixteen = Image.frombytes(
        "I;16", eight.size, b"".join(bytes((value, value)) for value in eight.tobytes())
    )

    assert _distance(_bytes(eight), _bytes(sixteen)) < 0.01


@pytest.mark.parametrize("broken", [b"", b"<svg/>", _bytes(_gradient())[:200]])
def test_bytes_that_do_not_decode_are_refused_in_plain_words(broken: bytes) -> None:
    with pytest.raises(UnreadableImageError, match="cannot be decoded; upload it anew"):
        image_features(broken)


def test_the_nearest_example_is_found_and_the_first_of_equals() -> None:
    assert most_alike((0.0, 0.0), [(3.0, 0.0), (1.0, 0.0), (0.0, 1.0)]) == 1


def test_features_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match="different length"):
        most_alike((0.0,), [(0.0, 1.0)])
    with pytest.raises(ValueError, match="at least one"):
        most_alike((0.0,), [])
