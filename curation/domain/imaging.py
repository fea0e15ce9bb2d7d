"""Takes an uploaded picture and gives back one that we made: pixels, and nothing else it carried.

What was uploaded is decoded by `imaging_child`, in a process with a limit on memory, processor time
and open files, an empty environment and a deadline, because decoders of hostile files fail in ways
no `except` can hold. Here are only the first look at the bytes, the words for the person who
uploaded them, and a strict reading of what the child answers.

What comes out is upright, opaque (transparent parts become white, as on paper), 8 bits of gray
or sRGB, as large as it was. Deep grays (16 bit, 32 bit, float) are scaled so that their finite
min..max becomes 0..255. Color of 16 bits keeps its upper 8: the colors of a photograph must not
be stretched. JPEG and lossy WebP become JPEG (quality 92, full color resolution), everything else
lossless PNG. The same upload gives the same bytes, with the same version of Pillow.
"""

import hashlib
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from curation.domain import children, likeness

_MB = 1024**2  # as pages and operating systems show it
MAX_UPLOAD_BYTES = 50 * _MB
MAX_PIXELS = 60_000_000
MAX_WEBP_PIXELS = 40_000_000  # its decoder holds four copies: 0.95 GB, and 1.35 for 60 megapixels
MAX_REPLY_BYTES = 100_000_000  # 60 megapixels of color that hardly compress, as PNG
DEADLINE_SECONDS = 30.0
PATIENCE_SECONDS = 20.0  # before a decoder is free; then the person hears of it, not the proxy

_CHILD = Path(__file__).with_name("imaging_child.py")
_SIZE = struct.Struct(">II")
_AGAIN = "Please export it as PNG or JPEG and upload that."
_PICTURES = (
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("PNG", 0, b"\x89PNG\r\n\x1a\n"),
    ("WEBP", 8, b"WEBP"),
    ("TIFF", 0, b"II*\0"),
    ("TIFF", 0, b"MM\0*"),
    ("TIFF", 0, b"II+\0"),
    ("TIFF", 0, b"MM\0+"),
    ("GIF", 0, b"GIF87a"),
    ("GIF", 0, b"GIF89a"),
    ("BMP", 0, b"BM"),
)
_ARCHIVE = (
    "a ZIP archive or an Office document. "
    "Please take the picture out of it, as PNG or JPEG, and upload that."
)
_IPHONE = (
    "a HEIC photograph, as iPhones take them. Please share or export it as JPEG and upload that. "
    "(Settings > Camera > Formats > Most Compatible makes the phone take JPEG.)"
)
_OTHERS = (
    ("a PDF. Please export the page as PNG or JPEG and upload that.", 0, b"%PDF"),
    (f"a DICOM file. {_AGAIN}", 128, b"DICM"),
    *((_IPHONE, 4, b"ftyp" + brand) for brand in (b"hei", b"hev", b"mif1", b"msf1")),
    (f"an AVIF picture. {_AGAIN}", 4, b"ftypavi"),
    ("a video. Please export the one frame that matters as PNG or JPEG.", 4, b"ftyp"),
    (f"a JPEG 2000 picture. {_AGAIN}", 4, b"jP  "),
    (f"a Photoshop file. {_AGAIN}", 0, b"8BPS"),
    (f"a PostScript file. {_AGAIN}", 0, b"%!PS"),
    (_ARCHIVE, 0, b"PK\x03\x04"),
)
_UNREADABLE = (
    "This picture cannot be opened: its file is damaged, incomplete, of a rare kind or too large. "
    "Please open it on your computer, export it again as PNG or JPEG (smaller, if it is very "
    "large) and upload that."
)
BUSY = (
    "The server is busy with other pictures. Your picture was not looked at: "
    "please upload it again in a minute."
)
_DRAWING = f"an SVG drawing. {_AGAIN}"
_WEB_PAGE = "a web page. Please save the picture itself (not the page) and upload that."


class ImageRefusedError(ValueError):
    """A picture cannot be taken; the message says why and what to do, for who uploaded it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as it is kept: `data` encoded as `media_type`, `width` x `height` pixels.

    `sha256` is of `data`, in hexadecimal. `thumbnail` is a JPEG, its longest side 320 pixels or
    that of a smaller picture. `fingerprint` is for `likeness`.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    sha256: str
    thumbnail: bytes
    fingerprint: str


def prepare(upload: bytes) -> Picture:
    """The picture in these bytes, whatever its file was called, made anew from its pixels.

    Raises ImageRefusedError for everything that is not a JPEG, PNG, WebP, TIFF, BMP or GIF of
    MAX_UPLOAD_BYTES and MAX_PIXELS at most (MAX_WEBP_PIXELS for WebP), for animations (a GIF or
    TIFF gives its first frame), for what does not decode, and where too many others are decoded
    for longer than PATIENCE_SECONDS. Takes 0.3 s for a JPEG photograph of 12 megapixels.
    """
    if not upload:
        raise ImageRefusedError("This file is empty. Please choose the picture again.")
    if len(upload) > MAX_UPLOAD_BYTES:
        raise ImageRefusedError(
            f"This file has {len(upload) / _MB:.0f} MB; at most "
            f"{MAX_UPLOAD_BYTES // _MB} MB can be taken. "
            "Please crop it, make it smaller or export it as JPEG, and upload that."
        )
    return _understood(_reply(_command(_format(upload)), upload))


def retouched(stored: bytes, edits: str) -> Picture:
    """A picture that `prepare` made, painted and cut as EDITS of `imaging_child` say.

    Raises ImageRefusedError where no decoder is free or it fails. Use `retouching`.
    """
    command = [*_command(_format(stored), MAX_REPLY_BYTES), edits]
    return _understood(_reply(command, stored))


def _format(upload: bytes) -> str:
    """Pillow's name for the format the bytes begin like."""
    for name, start, magic in _PICTURES:
        if upload.startswith(magic, start):
            return name
    for kind, start, magic in _OTHERS:
        if upload.startswith(magic, start):
            raise ImageRefusedError(f"This looks like {kind}")
    head = upload[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith(b"<"):
        raise ImageRefusedError(f"This looks like {_DRAWING if b'<svg' in head else _WEB_PAGE}")
    raise ImageRefusedError(
        "This is not a picture of a kind that can be taken: JPEG, PNG, WebP, TIFF, BMP or GIF. "
        + _AGAIN
    )


def _command(name: str, most_bytes: int = MAX_UPLOAD_BYTES) -> list[str]:
    pixels = MAX_WEBP_PIXELS if name == "WEBP" else MAX_PIXELS
    numbers = (pixels, most_bytes, likeness.SIDE)
    return [sys.executable, "-I", "-B", str(_CHILD), name, *map(str, numbers)]


def _reply(command: list[str], upload: bytes) -> list[bytes]:
    """The frames that the child answers."""
    limits = children.Limits(
        patience_seconds=PATIENCE_SECONDS,
        deadline_seconds=DEADLINE_SECONDS,
        reply_bytes=MAX_REPLY_BYTES,
    )
    try:
        return list(children.frames(command, upload, limits))
    except children.BusyError as error:
        raise ImageRefusedError(BUSY) from error
    except children.FailedError as error:
        raise ImageRefusedError(_UNREADABLE) from error


def _understood(reply: list[bytes]) -> Picture:
    match reply:
        case [b"picture", b"image/png" | b"image/jpeg" as media_type, size, data, thumbnail, gray]:
            if len(size) == _SIZE.size and len(gray) == likeness.SIDE**2:
                width, height = _SIZE.unpack(size)
                return Picture(
                    data=data,
                    media_type=media_type.decode(),
                    width=width,
                    height=height,
                    sha256=hashlib.sha256(data).hexdigest(),
                    thumbnail=thumbnail,
                    fingerprint=likeness.fingerprint(gray),
                )
        case [b"refused", sentence]:
            raise ImageRefusedError(sentence.decode(errors="replace"))
    raise ImageRefusedError(_UNREADABLE)
