"""Reads which parts our own JPEG and PNG files are made of, byte by byte, without a decoder."""

from collections.abc import Iterator

# Frame and tables; JFIF's own segment of 14 bytes; the scan.
_JPEG_PARTS = {0xDB, 0xC0, 0xC4}
_JFIF, _SCAN, _END = 0xE0, 0xDA, 0xD9
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_PARTS = {b"IHDR", b"IDAT", b"IEND"}


class StrangePartError(AssertionError):
    """A file of ours holds something that is not needed to show it."""


def require_pixels_only(data: bytes) -> None:
    """Raise StrangePartError unless every byte of the file belongs to its picture."""
    if data.startswith(_PNG_START):
        _require_plain_png(data)
    else:
        _require_plain_jpeg(data)


def _require_plain_png(data: bytes) -> None:
    kinds = list(_chunks(data))
    if set(kinds) != _PNG_PARTS or kinds[-1] != b"IEND" or kinds.count(b"IHDR") != 1:
        raise StrangePartError(kinds)


def _chunks(data: bytes) -> Iterator[bytes]:
    place = len(_PNG_START)
    while place < len(data):
        yield data[place + 4 : place + 8]
        place += 12 + int.from_bytes(data[place : place + 4])
    if place != len(data):
        raise StrangePartError("a chunk longer than the file")


def _require_plain_jpeg(data: bytes) -> None:
    place = 2
    while (marker := data[place + 1]) != _SCAN:
        length = int.from_bytes(data[place + 2 : place + 4])
        is_jfif = marker == _JFIF and data[place + 4 : place + 9] == b"JFIF\0" and length == 16
        if data[place] != 0xFF or not (is_jfif or marker in _JPEG_PARTS):
            raise StrangePartError(f"segment {marker:02x}")
        place += 2 + length
    _require_one_scan(data[place + 2 + int.from_bytes(data[place + 2 : place + 4]) :])


def _require_one_scan(scan: bytes) -> None:
    """Entropy-coded bytes (0xFF only before 0 there), then the end, then nothing."""
    place = scan.find(b"\xff")
    while scan[place + 1] == 0:
        place = scan.find(b"\xff", place + 2)
    if scan[place + 1] != _END or place + 2 != len(scan):
        raise StrangePartError("something behind the pixels")
