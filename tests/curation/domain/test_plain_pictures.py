"""Whatever could carry more than pixels is found, byte by byte."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image as Pillow

from curation.domain.imaging import prepare
from curation.domain.plain_pictures import StrangePictureError, require_plain
from tests.curation.foreign import jpeg_bytes
from tests.factories import png_bytes


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def _png(header: bytes, *chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + b"".join(chunks) + _chunk(b"IEND", b"")


_HEADER = struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0)
_PIXELS = zlib.compress(b"\0ab\0cd")


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "L"])
def test_what_is_made_here_is_plain(kind: str, number: int) -> None:
    with Pillow.open(BytesIO(png_bytes(number, side=300))) as picture:
        buffer = BytesIO()
        mode, file = ("L", "PNG") if kind == "L" else ("RGB", kind)
        picture.convert(mode).save(buffer, file)
    require_plain(prepare(buffer.getvalue()).data)
    require_plain(_png(_HEADER, _chunk(b"IDAT", _PIXELS)))


def _inserted(jpeg: bytes, marker: int, body: bytes) -> bytes:
    return jpeg[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        _png(_HEADER),
        _png(_HEADER, _chunk(b"tEXt", b"Name\0Jane"), _chunk(b"IDAT", _PIXELS)),
        _png(_HEADER, _chunk(b"IDAT", _PIXELS), _chunk(b"eXIf", b"Jane")),
        _png(_HEADER, _chunk(b"IDAT", _PIXELS + b"Jane")),
        _png(_HEADER, _chunk(b"IDAT", _PIXELS), _chunk(b"IDAT", b"Jane")),
        _png(_HEADER, _chunk(b"IDAT", zlib.compress(b"\0ab\0cdJane"))),
        _png(_HEADER, _chunk(b"IDAT", zlib.compress(b"\0ab"))),
        _png(_HEADER, _chunk(b"IDAT", _PIXELS[:-4])),
        _png(_HEADER, _chunk(b"IDAT", b"Jane")),
        _png(_HEADER[:-1], _chunk(b"IDAT", _PIXELS)),
        _png(struct.pack(">IIBBBBB", 2, 2, 8, 3, 0, 0, 0), _chunk(b"IDAT", _PIXELS)),
        _png(struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 1), _chunk(b"IDAT", _PIXELS)),
        _png(_HEADER, _chunk(b"IDAT", _PIXELS)) + b"Jane",
        _png(_HEADER, _chunk(b"IDAT", _PIXELS))[:-3],
        _png(_HEADER, _chunk(b"IDAT", _PIXELS)).replace(b"IDAT", b"IDAX"),
        png_bytes(1)[:-12] + _chunk(b"IEND", b"Jane"),
        b"\xff\xd8",
        b"\xff\xd8\xff\xe1\x00\x00",
        _inserted(jpeg_bytes(1), 0xFE, b"Jane"),
        _inserted(jpeg_bytes(1), 0xE1, b"Exif\0\0Jane"),
        _inserted(jpeg_bytes(1), 0xE0, b"JFIF\0" + bytes(9) + b"Jane"),
        _inserted(jpeg_bytes(1), 0xE2, b"ICC_PROFILE\0Jane"),
        jpeg_bytes(1) + b"Jane",
        jpeg_bytes(1)[:-2],
        jpeg_bytes(1)[:-2] + b"\xff\xfe\x00\x06Jane\xff\xd9",
    ],
)
def test_a_file_with_anything_else_is_strange(data: bytes) -> None:
    with pytest.raises(StrangePictureError):
        require_plain(data)
