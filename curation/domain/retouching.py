"""Cutting a stored picture to a part of it, and covering other parts of it for good.

What is covered is black in the new file, not hidden under something: two pictures that differ only
there become the same bytes. JPEG holds squares of 8 pixels together, and what lies beside a box
would shine into it; so in a JPEG each box grows to whole squares of the picture that is kept.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from curation.domain.imaging import ImageRefusedError, Picture, retouched

MAX_BOXES = 50
MIN_SIDE = 32  # pixels that a crop must leave

_JPEG_SQUARE = 8
_FAILED = (
    "The picture could not be changed now. What you drew is kept below: please try again in a "
    "minute."
)


class RetouchError(ValueError):
    """A picture cannot be cut or covered so; the message says why, for who asked for it."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of a picture, in pixels from its upper left corner."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column beyond it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row beyond it."""
        return self.top + self.height

    def is_within(self, other: "Rectangle") -> bool:
        """Whether no pixel of it lies outside the other."""
        return (
            other.left <= self.left
            and other.top <= self.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )


def whole(width: int, height: int) -> Rectangle:
    """A picture of this size."""
    return Rectangle(0, 0, width, height)


def refusals(picture: Rectangle, crop: Rectangle | None, boxes: Sequence[Rectangle]) -> list[str]:
    """What is wrong with cutting a picture to `crop` and covering `boxes`, in words; may be none.

    Without a crop the whole picture is kept.
    """
    named = [("The crop", crop)] if crop else []
    named += [(f"Box {number}", box) for number, box in enumerate(boxes, start=1)]
    said = [sentence for name, part in named if (sentence := _refusal(name, part, picture))]
    if len(boxes) > MAX_BOXES:
        said.append(f"There are {len(boxes)} boxes; at most {MAX_BOXES} can be covered at once.")
    if crop and min(crop.width, crop.height) < MIN_SIDE:
        said.append(f"The crop must leave at least {MIN_SIDE} x {MIN_SIDE} pixels.")
    if not boxes and crop in {None, picture}:
        said.append("There is nothing to do yet: draw a box over a part, or a crop.")
    return said


def _refusal(name: str, part: Rectangle, picture: Rectangle) -> str:
    if part.width < 1 or part.height < 1:
        return f"{name} is empty: its width and height must be at least 1 pixel."
    if not part.is_within(picture):
        size = f"{picture.width} x {picture.height}"
        return f"{name} reaches beyond the picture, which has {size} pixels."
    return ""


def retouch(
    stored: bytes,
    *,
    picture: Rectangle,
    media_type: str,
    crop: Rectangle | None,
    boxes: Sequence[Rectangle],
) -> Picture:
    """A stored picture anew, in its own format: `boxes` are black, and only `crop` of it is left.

    Raises RetouchError with all of `refusals`, and where the decoder fails or none is free.
    """
    if said := refusals(picture, crop, boxes):
        raise RetouchError(" ".join(said))
    kept = crop or picture
    areas = [kept, *(blackened(box, kept, media_type) for box in boxes)]
    try:
        return retouched(stored, ";".join(",".join(map(str, astuple(area))) for area in areas))
    except ImageRefusedError as error:
        raise RetouchError(_FAILED) from error


def blackened(box: Rectangle, kept: Rectangle, media_type: str) -> Rectangle:
    """What becomes black where `box` is covered and `kept` is left; it may reach beyond both."""
    if media_type != "image/jpeg":
        return box
    left, right = _in_squares(box.left - kept.left, box.right - kept.left)
    top, bottom = _in_squares(box.top - kept.top, box.bottom - kept.top)
    return Rectangle(left + kept.left, top + kept.top, right - left, bottom - top)


def _in_squares(start: int, end: int) -> tuple[int, int]:
    """The whole squares of a JPEG that hold these columns or rows."""
    return start // _JPEG_SQUARE * _JPEG_SQUARE, -(-end // _JPEG_SQUARE) * _JPEG_SQUARE
