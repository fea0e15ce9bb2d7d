"""Whether a stored picture is one as `imaging` makes them: pixels, and not a byte beside them.

A release that was made elsewhere brings pictures that keep their bytes, so that their hashes stay.
Nobody has rebuilt them here from their pixels; so whatever could carry more than pixels is refused.
"""

import struct
import zlib
from collections.abc import Iterator

_PNG_START = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB")
_CHANNELS = {0: 1, 2: 3}  # gray, color: neither palettes nor transparency
_JPEG_START = b"\xff\xd8"
# Quantization tables, a baseline frame, Huffman tables; JFIF's own segment; the scan; the end.
_TABLES = {0xDB, 0xC0, 0xC4}
_JFIF, _SCAN, _END = 0xE0, 0xDA, 0xD9
_JFIF_BYTES = 16  # without a thumbnail
_STEP = 1024**2


class StrangePictureError(ValueError):
    """A picture holds more than its pixels, or is none; the message says what, in a few words."""


def require_plain(data: bytes) -> None:
    """Raise StrangePictureError unless every byte is needed to show a PNG or JPEG of ours.

    PNG: 8 bits of gray or color, not interlaced, one header, pixels, the end. JPEG: baseline, its
    tables, one scan. Takes a second for 60 megapixels and holds 1 MB of pixels at most.
    """
    if data.startswith(_PNG_START):
        _require_plain_png(data)
    elif data.startswith(_JPEG_START):
        _require_plain_jpeg(data)
    else:
        raise StrangePictureError("it is neither PNG nor JPEG")


def _require_plain_png(data: bytes) -> None:
    chunks = list(_chunks(data))
    kinds = [kind for kind, _, _ in chunks]
    pixels = kinds[1:-1]
    if kinds[:1] != [b"IHDR"] or kinds[-1] != b"IEND" or set(pixels) != {b"IDAT"}:
        strange = sorted({kind.decode("latin-1") for kind in kinds} - {"IHDR", "IDAT", "IEND"})
        raise StrangePictureError(f"it has parts beside its pixels {strange}")
    if chunks[-1][1:] != (len(data) - 4, len(data) - 4):
        raise StrangePictureError("its last part is not empty")
    _require_only_pixels(data, chunks)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each part's kind, and where its content begins and ends; its checksum must be right."""
    place = len(_PNG_START)
    while place < len(data):
        start = place + 8
        end = start + int.from_bytes(data[place : place + 4])
        if end + 4 > len(data) or zlib.crc32(data[place + 4 : end]) != _number(data, end):
            raise StrangePictureError("one of its parts is damaged")
        yield data[place + 4 : start], start, end
        place = end + 4


def _number(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4])


def _require_only_pixels(data: bytes, chunks: list[tuple[bytes, int, int]]) -> None:
    _, start, end = chunks[0]
    if end - start != _HEADER.size:
        raise StrangePictureError("its header is damaged")
    width, height, depth, color, *methods = _HEADER.unpack(data[start:end])
    if depth != 8 or color not in _CHANNELS or any(methods):
        raise StrangePictureError("it is not of 8 bits of gray or color")
    unpacking = zlib.decompressobj()
    found = sum(_unpacked_sizes(unpacking, data, chunks[1:-1]))
    if found != height * (1 + width * _CHANNELS[color]) or not unpacking.eof:
        raise StrangePictureError("it has more or less than its pixels")


def _unpacked_sizes(
    unpacking: "zlib._Decompress", data: bytes, chunks: list[tuple[bytes, int, int]]
) -> Iterator[int]:
    for _, start, end in chunks:
        if unpacking.eof:
            raise StrangePictureError("something lies behind its pixels")
        waiting = data[start:end]
        while waiting:
            yield len(_unpacked(unpacking, waiting))
            waiting = unpacking.unconsumed_tail
        if unpacking.unused_data:
            raise StrangePictureError("something lies behind its pixels")


def _unpacked(unpacking: "zlib._Decompress", packed: bytes) -> bytes:
    try:
        return unpacking.decompress(packed, _STEP)
    except zlib.error as error:
        raise StrangePictureError("its pixels are damaged") from error


def _require_plain_jpeg(data: bytes) -> None:
    place = len(_JPEG_START)
    while data[place + 1 : place + 2] != bytes([_SCAN]):
        length = int.from_bytes(data[place + 2 : place + 4])
        if data[place : place + 1] != b"\xff" or length < 2 or not _is_needed(data, place, length):
            raise StrangePictureError("it has parts beside its pixels")
        place += 2 + length
    _require_one_scan(data, place + 2 + int.from_bytes(data[place + 2 : place + 4]))


def _is_needed(data: bytes, place: int, length: int) -> bool:
    marker = data[place + 1]
    is_jfif = data[place + 4 : place + 9] == b"JFIF\0" and length == _JFIF_BYTES
    return marker in _TABLES or (marker == _JFIF and is_jfif)


def _require_one_scan(data: bytes, start: int) -> None:
    """Coded pixels, in which 0xFF stands only before 0; then the end, then nothing."""
    place = data.find(b"\xff", start)
    while place >= 0 and data[place + 1 : place + 2] == b"\0":
        place = data.find(b"\xff", place + 2)
    if data[place : place + 2] != bytes([0xFF, _END]) or place + 2 != len(data):
        raise StrangePictureError("something lies behind its pixels")
