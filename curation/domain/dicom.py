"""Takes a DICOM file apart in `dicom_child` and keeps pixels: frames whose window can be chosen.

Here are the first look at the bytes, the words for the person who brought them, a strict reading of
what the child answers, and the picture of one frame in one window. A gray frame is kept as the
values it means (Hounsfield units in CT), so that the window can be changed later; colors as they
are. Of everything else that a file says, only terms in `dicom_terms` are kept.
"""

import json
import math
import re
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import batched
from pathlib import Path
from typing import Any

from curation.domain import children
from curation.domain.dicom_terms import known, window_name
from curation.domain.imaging import BUSY, MAX_UPLOAD_BYTES, PATIENCE_SECONDS, ImageRefusedError
from curation.domain.windows import Curve, Frame, ScanDescription, Window

MAX_FRAME_PIXELS = 60_000_000
MAX_FRAMES = 100
MAX_TOTAL_PIXELS = 200_000_000
MAX_REPLY_BYTES = 3 * MAX_TOTAL_PIXELS  # colors that hardly compress
DEADLINE_SECONDS = 60.0

_PREAMBLE, _MAGIC = 128, b"DICM"
_START = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from curation.domain.dicom_child import main; main()"
)
_ROOT = Path(__file__).parents[2]
_COMMAND = (sys.executable, "-I", "-B", "-c", _START, str(_ROOT))
_CAPS = (MAX_UPLOAD_BYTES, MAX_FRAME_PIXELS, MAX_FRAMES, MAX_TOTAL_PIXELS)
_MOST_JSON_BYTES = 20_000
# Of files without preamble: group 2 or 8, then a value representation or a short even length.
_FIRST_ELEMENT = re.compile(
    rb"(?:[\x02\x08]\0.[\0-\x11]|\0[\x02\x08][\0-\x11].)"
    rb"(?:UL|UI|OB|SH|CS|DA|TM|LO|AE|..\0\0)",
    re.DOTALL,
)
_PNG = struct.Struct(">8s4x4sIIBBBBB")
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KINDS = {False: (16, 0), True: (8, 2)}  # bits and color type of gray and of color
_FUNCTIONS = frozenset({"LINEAR", "LINEAR_EXACT", "SIGMOID"})
_ILL_FORMED = (  # what reading an answer raises that a child gone wrong made up
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    struct.error,
)
_UNREADABLE = (
    "This DICOM file cannot be read: it is damaged, incomplete, too large or of a rare kind. "
    "Please export the frame that matters as PNG and upload that."
)

type Keep = Callable[[int | str, bytes], None]
"""Takes the PNG of each kept picture: frames by their place from 0, curves as "curve-0"."""


def is_dicom(upload: bytes) -> bool:
    """Whether these bytes begin like a DICOM file, with its preamble or without."""
    has_magic = upload[_PREAMBLE : _PREAMBLE + len(_MAGIC)] == _MAGIC
    return has_magic or _FIRST_ELEMENT.match(upload) is not None


def take_apart(upload: bytes, keep: Keep) -> ScanDescription:
    """What a DICOM file shows; its pictures are handed to `keep` one by one, as PNG.

    Raises ImageRefusedError for what is deflated, a table of contents, without pixels, larger than
    MAX_FRAME_PIXELS a frame, of an encoding that cannot be read, or damaged; what `keep` got until
    then counts for nothing. Of more than MAX_FRAMES frames or MAX_TOTAL_PIXELS, evenly spaced ones
    are kept. Takes 0.6 s and the decoding.
    """
    limits = children.Limits(
        patience_seconds=PATIENCE_SECONDS,
        deadline_seconds=DEADLINE_SECONDS,
        reply_bytes=MAX_REPLY_BYTES,
    )
    command = (*_COMMAND, *map(str, _CAPS))
    try:
        with closing(children.frames(command, upload, limits)) as answer:
            return _understood(answer, keep)
    except children.BusyError as error:
        raise ImageRefusedError(BUSY) from error
    except ImageRefusedError:
        raise
    except (children.FailedError, *_ILL_FORMED):
        raise ImageRefusedError(_UNREADABLE) from None  # the cause may quote the file


def _understood(answer: Iterator[bytes], keep: Keep) -> ScanDescription:
    kind, first = next(answer, b""), next(answer, b"")
    if kind == b"refused":
        raise ImageRefusedError(first.decode(errors="replace"))
    if kind != b"scan":
        raise ValueError(kind)
    scan = _scan(_parsed(first))
    frames: list[Frame] = []
    curves: list[Curve] = []
    for about, data in batched(answer, 2, strict=True):
        parts = _parsed(about)
        if "number" in parts:
            _require_plain(data, (scan.width, scan.height), is_color=scan.is_color)
            keep(len(frames), data)
            frames.append(_frame(parts, is_color=scan.is_color))
        else:
            length, _ = _require_plain(data, None, is_color=False)
            keep(f"curve-{len(curves)}", data)
            curves.append(Curve(first=int(parts["first"]), length=length))
    if not frames:
        raise ValueError("no frames")
    return scan.with_pictures(frames, curves)


def _parsed(text: bytes) -> dict[str, Any]:
    if len(text) > _MOST_JSON_BYTES:
        raise ValueError("too long")
    parts: dict[str, Any] = json.loads(text)
    return parts


def _scan(parts: dict[str, Any]) -> ScanDescription:
    function = str(parts["function"])
    return ScanDescription(
        width=int(parts["width"]),
        height=int(parts["height"]),
        total=int(parts["total"]),
        is_color=bool(parts["is_color"]),
        is_inverted=bool(parts["is_inverted"]),
        function=function if function in _FUNCTIONS else "LINEAR",
        said=known(parts["said"]),
    )


def _frame(parts: dict[str, Any], *, is_color: bool) -> Frame:
    if is_color:
        return Frame(number=int(parts["number"]))
    return Frame(
        number=int(parts["number"]),
        low=_finite(parts["low"]),
        step=_finite(parts["step"]),
        top=int(parts["top"]),
        is_padded=bool(parts["is_padded"]),
        windows=tuple(
            Window(center=_finite(center), width=_finite(width), name=window_name(name))
            for center, width, name in parts["windows"]
        ),
    )


def _finite(number: Any) -> float:
    if not math.isfinite(value := float(number)):
        raise ValueError("not finite")
    return value


def _require_plain(data: bytes, size: tuple[int, int] | None, *, is_color: bool) -> tuple[int, int]:
    """Refuse a PNG that is not just pixels of the size and depth that were said; its size."""
    signature, name, width, height, *kind = _PNG.unpack_from(data)
    is_said = size in (None, (width, height)) and kind == [*_KINDS[is_color], 0, 0, 0]
    if signature != _SIGNATURE or name != b"IHDR" or not is_said:
        raise ValueError("not the picture that was described")
    if set(_chunks(data)) != {b"IHDR", b"IDAT", b"IEND"}:
        raise ValueError("more than pixels")
    return width, height


def _chunks(data: bytes) -> Iterator[bytes]:
    place = len(_SIGNATURE)
    while place < len(data):
        yield data[place + 4 : place + 8]
        place += 12 + int.from_bytes(data[place : place + 4])
    if place != len(data):
        raise ValueError("cut off")
