"""What is sent of an image."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image as Pillow

from evaluation.domain.fitting import ImageRule, UnfittingImageError, fitted


def picture(form: str, side: int = 200, *, is_drawing: bool = False) -> bytes:
    noise = np.random.default_rng(3).integers(0, 256, (side, side, 3), dtype=np.uint8)
    buffer = BytesIO()
    Pillow.fromarray(noise // 128 * 255 if is_drawing else noise).save(buffer, form)
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["png", "jpeg"])
@pytest.mark.parametrize(
    "rule", [ImageRule(), ImageRule(max_side=200), ImageRule(max_side=200, max_bytes=10**6)]
)
def test_what_is_allowed_goes_as_it_is(form: str, rule: ImageRule) -> None:
    content = picture(form)
    sent = fitted(content, f"image/{form}", rule)
    assert (sent.content, sent.media_type) == (content, f"image/{form}")


def test_what_is_too_large_is_scaled_down_the_same_every_time() -> None:
    content = picture("png")
    sent = fitted(content, "image/png", ImageRule(max_side=100))
    assert Pillow.open(BytesIO(sent.content)).size == (100, 100)
    assert sent == fitted(content, "image/png", ImageRule(max_side=100))
    assert sent.media_type == "image/jpeg"


def test_a_drawing_stays_a_png_and_a_photograph_becomes_a_jpeg() -> None:
    rule = ImageRule(max_bytes=100_000)
    assert fitted(picture("png"), "image/png", rule).media_type == "image/jpeg"
    drawing = picture("bmp", is_drawing=True)
    sent = fitted(drawing, "image/bmp", ImageRule(max_bytes=10**6))
    assert sent.media_type == "image/png"
    assert np.array_equal(
        np.asarray(Pillow.open(BytesIO(sent.content))), np.asarray(Pillow.open(BytesIO(drawing)))
    )


@pytest.mark.parametrize("most", [20_000, 5_000, 1_000])
def test_it_gets_as_small_as_it_must(most: int) -> None:
    sent = fitted(picture("jpeg"), "image/jpeg", ImageRule(max_bytes=most))
    assert most / 3 < len(sent.content) <= most


def test_what_cannot_be_made_to_fit_is_said() -> None:
    with pytest.raises(UnfittingImageError, match="does not fit into 10 bytes"):
        fitted(picture("jpeg"), "image/jpeg", ImageRule(max_bytes=10))
    with pytest.raises(UnfittingImageError, match="cannot be read"):
        fitted(b"no picture", "image/jpeg", ImageRule(max_side=10))
