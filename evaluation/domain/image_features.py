"""Which image is most like another, for the baseline that copies the nearest example's answer.

Deliberately simple: if a model does no better than small gray layouts and colors, it has not
learned from the examples what an expert meant to teach.
"""

import math
from collections.abc import Sequence
from io import BytesIO

from PIL import Image, UnidentifiedImageError

LAYOUT_SIDE = 16
BINS_PER_CHANNEL = 4
_DECODED_SIDE = 64


class UnreadableImageError(ValueError):
    """Bytes that are no image; the message says what to do."""


def image_features(image_bytes: bytes) -> tuple[float, ...]:
    """256 + 64 numbers saying where an image is light and which colors it has.

    First a 16 x 16 gray layout, its mean taken away and scaled to length 1/2: brightness and
    contrast do not count, and two layouts are at most 1 apart. Then the square roots of the shares
    of 4 x 4 x 4 RGB bins over sqrt(2), so that distance is Hellinger's, also at most 1. Both parts
    so weigh the same. :class:`UnreadableImageError` for bytes that do not decode.
    """
    image = _decoded(image_bytes)
    return (*_layout(image), *_colors(image))


def most_alike(query: Sequence[float], examples: Sequence[Sequence[float]]) -> int:
    """Index of the example with the least Euclidean distance to the query; of equals the first.

    ValueError without examples or where the vectors differ in length.
    """
    if any(len(example) != len(query) for example in examples):
        raise ValueError("Features of different length cannot be compared; compute them anew.")
    if not examples:
        raise ValueError("Nothing is most alike among no examples; give at least one.")
    return min(range(len(examples)), key=lambda index: math.dist(query, examples[index]))


def _decoded(image_bytes: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(image_bytes)) as image:
            # Decoded whole (0.1 s for a JPEG of 12 megapixels): at an eighth of its size a JPEG
            # would differ from the same pixels sent as PNG, as some clients send every image.
            return _as_rgb(image).resize((_DECODED_SIDE, _DECODED_SIDE), Image.Resampling.BOX)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableImageError("This image cannot be decoded; upload it anew.") from error


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # 16-bit grays: Pillow would clip everything above 255 to white. In mode F it takes only
        # functions of the form value * a + b.
        return image.convert("F").point(lambda value: value * (1 / 257) + 0).convert("RGB")
    return image.convert("RGB")


def _layout(image: Image.Image) -> list[float]:
    small = image.convert("L").resize((LAYOUT_SIDE, LAYOUT_SIDE), Image.Resampling.BOX)
    values = small.tobytes()
    mean = sum(values) / len(values)
    centered = [value - mean for value in values]
    length = math.hypot(*centered)
    return [value / (2 * length) for value in centered] if length else centered


def _colors(image: Image.Image) -> list[float]:
    pixels = image.tobytes()
    counts = [0] * BINS_PER_CHANNEL**3
    for start in range(0, len(pixels), 3):
        red, green, blue = (value * BINS_PER_CHANNEL // 256 for value in pixels[start : start + 3])
        counts[(red * BINS_PER_CHANNEL + green) * BINS_PER_CHANNEL + blue] += 1
    return [math.sqrt(count / (2 * sum(counts))) for count in counts]
