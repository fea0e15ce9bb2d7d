"""Making an image fit what an endpoint takes: as it is where that is allowed, else smaller.

The same bytes and the same rule always give the same bytes, so that a server's cache finds them.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

_QUALITIES = (92, 85, 75, 60)
_SHRINK = 0.8
_SMALLEST_SIDE = 16
_FEW_COLORS = 256  # a drawing or a chart: JPEG would smear it, and PNG is small
_TAKEN = frozenset({"image/jpeg", "image/png"})


class UnfittingImageError(ValueError):
    """An image that cannot be made to fit; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRule:
    """The longest side in pixels and the most bytes that an endpoint takes; None: any."""

    max_side: int | None = None
    max_bytes: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether everything may go as it is."""
        return self.max_side is None and self.max_bytes is None


ANY_IMAGE = ImageRule()


@dataclass(frozen=True, slots=True)
class FittedImage:
    """What is sent of an image."""

    content: bytes
    media_type: str
    sha256: str


def fitted(content: bytes, media_type: str, rule: ImageRule) -> FittedImage:
    """The image as it is if the rule allows it, else scaled down and encoded anew.

    PNG where it has few colors, else JPEG; then ever less of it until it has few enough bytes.
    :class:`UnfittingImageError` where it cannot be read or would have to be a speck.
    """
    if rule.is_open:
        return _as_sent(content, media_type)
    try:
        with Pillow.open(BytesIO(content)) as image:
            if _is_within(content, max(image.size), rule) and media_type in _TAKEN:
                return _as_sent(content, media_type)
            image.load()
            picture = image.convert("L" if image.mode == "L" else "RGB")
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise UnfittingImageError(
            f"A stored image cannot be read ({type(error).__name__})."
        ) from None
    for made, made_type in _ever_smaller(_scaled(picture, rule.max_side or max(picture.size))):
        if rule.max_bytes is None or len(made) <= rule.max_bytes:
            return _as_sent(made, made_type)
    raise UnfittingImageError(f"An image does not fit into {rule.max_bytes} bytes.")


def _is_within(content: bytes, side: int, rule: ImageRule) -> bool:
    is_small = rule.max_side is None or side <= rule.max_side
    return is_small and (rule.max_bytes is None or len(content) <= rule.max_bytes)


def _as_sent(content: bytes, media_type: str) -> FittedImage:
    return FittedImage(content, media_type, hashlib.sha256(content).hexdigest())


def _scaled(picture: Pillow.Image, side: int) -> Pillow.Image:
    longest = max(picture.size)
    if longest <= side:
        return picture
    width, height = (max(1, round(each * side / longest)) for each in picture.size)
    return picture.resize((width, height), Pillow.Resampling.LANCZOS)


def _ever_smaller(picture: Pillow.Image) -> Iterator[tuple[bytes, str]]:
    if picture.getcolors(_FEW_COLORS) is not None:
        yield _encoded(picture, "PNG", optimize=True), "image/png"
    while True:
        for quality in _QUALITIES:
            yield _encoded(picture, "JPEG", quality=quality), "image/jpeg"
        side = int(max(picture.size) * _SHRINK)
        if side < _SMALLEST_SIDE:
            return
        picture = _scaled(picture, side)


def _encoded(picture: Pillow.Image, form: str, **options: int) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()
