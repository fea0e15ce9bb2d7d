"""Pictures as clinicians, cameras and attackers make them, each made here byte by byte.

Every place a format has for words holds CANARY; where it may be compressed or encoded, also the
places are counted: what is stored must have none of them.
"""

import gzip
import io
import itertools
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

CANARY = "CANARY-7351-PATIENT"
_BYTES = CANARY.encode()
_SIZE = (64, 48)
_PIXELS = np.random.default_rng(7351).integers(0, 256, (*_SIZE[::-1], 3), dtype=np.uint8)
_SMOOTH = Image.fromarray(_PIXELS).resize((8, 6)).resize(_SIZE, Image.Resampling.BICUBIC)
_PNG_START = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Case:
    """One input: what it is, how it is made, what its file is called, whether it is taken."""

    name: str
    make: Callable[[], bytes]
    is_taken: bool
    file_name: str = "picture.png"


def _saved(picture: Image.Image, name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, name, **options)
    return buffer.getvalue()


def _jpeg(picture: Image.Image = _SMOOTH, **options: Any) -> bytes:
    return _saved(picture, "JPEG", **options)


# ---- the parts formats are made of ---------------------------------------------------------------


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _jpeg_with(*segments: bytes) -> bytes:
    plain = _jpeg()
    return plain[:2] + b"".join(segments) + plain[2:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(header: bytes, *chunks: bytes) -> bytes:
    return _PNG_START + _chunk(b"IHDR", header) + b"".join(chunks) + _chunk(b"IEND", b"")


def _header(width: int, height: int, depth: int = 8, color: int = 0) -> bytes:
    return struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)


def _png_with(*chunks: bytes) -> bytes:
    plain = _saved(_SMOOTH, "PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


def _webp_with(*chunks: tuple[bytes, bytes]) -> bytes:
    plain = _saved(_SMOOTH, "WEBP", exif=_exif())
    more = b"".join(
        kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
        for kind, body in chunks
    )
    return b"RIFF" + struct.pack("<I", len(plain) - 8 + len(more)) + plain[8:] + more


def _tiff(*entries: tuple[int, int, int, int], following: int = 0, data: bytes = b"") -> bytes:
    """A little-endian TIFF of one directory at 8; `data` follows it."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return (
        b"II*\0\x08\0\0\0"
        + struct.pack("<H", len(entries))
        + body
        + struct.pack("<I", following)
        + data
    )


def _gray_tiff(width: int = 4, height: int = 4, **changes: Any) -> bytes:
    at = 8 + 2 + 12 * 8 + 4
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, at),
        (278, 4, 1, height),
        (279, 4, 1, 16),
    ]
    return _tiff(*entries, data=bytes(range(0, 256, 16)), **changes)


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[270] = exif[315] = exif[33432] = CANARY
    exif.get_ifd(34665)[37510] = b"ASCII\0\0\0" + _BYTES
    exif.get_ifd(34853)[29] = CANARY
    return exif


def _turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    return _jpeg(exif=exif)


def _profile() -> bytes:
    """An sRGB profile whose description is the canary."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    wide = CANARY.encode("utf-16-be")
    profile = plain.replace("sRGB".encode("utf-16-be"), wide[:8]) + wide + _BYTES
    return len(profile).to_bytes(4) + profile[4:]


def _xmp() -> bytes:
    return f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{CANARY}</x:xmpmeta>".encode()


def _iptc() -> bytes:
    record = b"\x1c\x02\x78" + struct.pack(">H", len(_BYTES)) + _BYTES
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(f"{CANARY}.txt", CANARY)
    return buffer.getvalue()


def _deep_rgb_png() -> bytes:
    row = b"\0" + bytes(range(60))
    return _png(_header(10, 10, 16, 2), _chunk(b"IDAT", zlib.compress(row * 10)))


def _ycck() -> bytes:
    """A CMYK JPEG whose Adobe segment says that its colors are YCCK."""
    plain = bytearray(_jpeg(_SMOOTH.convert("CMYK")))
    plain[plain.index(b"Adobe") + 11] = 2
    return bytes(plain)


def _frames(count: int) -> list[Image.Image]:
    return [Image.new("L", (8, 8), 80 * number % 256) for number in range(count)]


def _animated(name: str, count: int = 3, **options: Any) -> bytes:
    first, *others = _frames(count)
    return _saved(first, name, save_all=True, append_images=others, **options)


def _bmp_with_gap() -> bytes:
    plain = bytearray(_saved(_SMOOTH, "BMP"))
    start = struct.unpack_from("<I", plain, 10)[0]
    struct.pack_into("<I", plain, 10, start + len(_BYTES))
    return bytes(plain[:start]) + _BYTES + bytes(plain[start:])


def _gif_with_extensions() -> bytes:
    plain = _saved(_SMOOTH.quantize(16), "GIF", comment=_BYTES)
    place = plain.index(b"\x21\xfe")
    application = b"\x21\xff\x0bXMP DataXMP" + bytes([len(_BYTES)]) + _BYTES + b"\0"
    words = b"\x21\x01\x0c" + bytes(12) + bytes([len(_BYTES)]) + _BYTES + b"\0"
    return plain[:place] + application + words + plain[place:] + _BYTES


def _jfif_thumbnail() -> bytes:
    inner = _jpeg(comment=_BYTES)
    return _jpeg_with(_segment(0xE0, b"JFXX\0\x10" + inner))


def _exif_thumbnail() -> bytes:
    inner = _jpeg(_SMOOTH.resize((16, 12)), comment=_BYTES)
    first = struct.pack("<H", 0) + struct.pack("<I", 14)
    second = struct.pack("<H", 2) + struct.pack("<HHII", 513, 4, 1, 44)
    second += struct.pack("<HHII", 514, 4, 1, len(inner)) + struct.pack("<I", 0)
    return _jpeg_with(_segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + first + second + inner))


def _all_application_segments() -> bytes:
    return _jpeg_with(*(_segment(marker, _BYTES * 9) for marker in range(0xE2, 0xF0)))


def _million_chunks() -> bytes:
    return _png_with(_chunk(b"caNa", b"") * 1_000_000)


def _looped_exif() -> bytes:
    """Its EXIF directory is the directory that points at it."""
    entries = struct.pack("<H", 1) + struct.pack("<HHII", 34665, 4, 1, 8) + struct.pack("<I", 8)
    return _jpeg_with(_segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + entries))


def _mutual_directories() -> bytes:
    plain = _gray_tiff()
    second = len(plain)
    again = plain[8:106] + struct.pack("<I", 8)
    return plain[:106] + struct.pack("<I", second) + plain[110:] + again


def _many_directories() -> bytes:
    plain = _gray_tiff()
    directory = plain[8:106]
    starts = itertools.count(len(plain), len(directory) + 4)
    parts = [plain[:106], struct.pack("<I", next(starts)), plain[110:]]
    for _, following in zip(range(5_000), itertools.islice(starts, 1, None), strict=False):
        parts += [directory, struct.pack("<I", following)]
    return b"".join([*parts, directory, bytes(4)])


def _bomb_png() -> bytes:
    body = zlib.compress(bytes(20_000 * 2_501), 9)
    return _png(_header(20_000, 20_000, 1), _chunk(b"IDAT", body))


def _overfull_png() -> bytes:
    """Four rows, and 500 MB of further ones."""
    body = zlib.compressobj(9)
    packed = b"".join(body.compress(bytes(5_000_000)) for _ in range(100)) + body.flush()
    return _png(_header(4, 4), _chunk(b"IDAT", packed))


def _text_bomb() -> bytes:
    words = zlib.compress(bytes(100_000_000), 9)
    return _png_with(_chunk(b"zTXt", b"Comment\0\0" + words))


def _profile_bomb() -> bytes:
    return _png_with(_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(100_000_000), 9)))


def _tiff_bomb() -> bytes:
    return _saved(Image.new("L", (9_000, 9_000)), "TIFF", compression="tiff_adobe_deflate")


def _gif_of(width: int, height: int) -> bytes:
    return _patched(_saved(Image.new("L", (4, 4)), "GIF"), 6, struct.pack("<HH", width, height))


def _patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def _huge_jpeg() -> bytes:
    plain = _jpeg()
    return _patched(plain, plain.index(b"\xff\xc0") + 5, b"\xff\xff\xff\xff")


def _webp_bomb() -> bytes:
    return _saved(Image.new("L", (8_000, 6_000)), "WEBP", lossless=True, method=0)


def _random() -> bytes:
    return random.Random(7351).randbytes(50_000)  # noqa: S311 - noise, no secret


# ---- the inputs ----------------------------------------------------------------------------------


def _everyday() -> Iterator[Case]:
    gray, palette = _SMOOTH.convert("L"), _SMOOTH.quantize(32)
    deep = Image.fromarray(np.arange(3072, dtype=np.uint16).reshape(48, 64) * 20)
    real = Image.fromarray(np.linspace(-1, 1, 3072, dtype=np.float32).reshape(48, 64))
    whole = Image.fromarray(np.arange(3072, dtype=np.int32).reshape(48, 64) * 99_999)
    clear = _SMOOTH.convert("RGBA")
    clear.putalpha(gray)
    pictures: dict[str, tuple[Image.Image, str, dict[str, Any]]] = {
        "JPEG": (_SMOOTH, "JPEG", {}),
        "JPEG, progressive": (_SMOOTH, "JPEG", {"progressive": True}),
        "JPEG, gray": (gray, "JPEG", {}),
        "JPEG, CMYK": (_SMOOTH.convert("CMYK"), "JPEG", {}),
        "PNG": (_SMOOTH, "PNG", {}),
        "PNG, palette": (palette, "PNG", {}),
        "PNG, palette with transparency": (palette, "PNG", {"transparency": 3}),
        "PNG, transparent": (clear, "PNG", {}),
        "PNG, gray and transparent": (gray.convert("LA"), "PNG", {}),
        "PNG, 1 bit": (gray.convert("1"), "PNG", {}),
        "PNG, 16-bit gray": (deep, "PNG", {}),
        "WebP": (_SMOOTH, "WEBP", {}),
        "WebP, lossless and transparent": (clear, "WEBP", {"lossless": True}),
        "TIFF": (_SMOOTH, "TIFF", {}),
        "TIFF, LZW": (_SMOOTH, "TIFF", {"compression": "tiff_lzw"}),
        "TIFF, JPEG inside": (_SMOOTH, "TIFF", {"compression": "jpeg"}),
        "TIFF, fax": (gray.convert("1"), "TIFF", {"compression": "group4"}),
        "TIFF, 16-bit gray": (deep, "TIFF", {}),
        "TIFF, 32-bit gray": (whole, "TIFF", {}),
        "TIFF, float": (real, "TIFF", {}),
        "TIFF, palette": (palette, "TIFF", {}),
        "TIFF, CMYK": (_SMOOTH.convert("CMYK"), "TIFF", {}),
        "TIFF, LAB": (_SMOOTH.convert("LAB"), "TIFF", {}),
        "TIFF, BigTIFF": (_SMOOTH, "TIFF", {"big_tiff": True}),
        "BMP": (_SMOOTH, "BMP", {}),
        "BMP, 1 bit": (gray.convert("1"), "BMP", {}),
        "GIF": (palette, "GIF", {}),
        "GIF, transparent": (palette, "GIF", {"transparency": 3}),
        "1 x 1 JPEG": (Image.new("RGB", (1, 1)), "JPEG", {}),
        "1 x 1 PNG": (Image.new("1", (1, 1)), "PNG", {}),
        "1 x 1 GIF": (Image.new("P", (1, 1)), "GIF", {}),
        "65535 x 1 PNG": (Image.new("L", (65_535, 1)), "PNG", {}),
        "1 x 65535 TIFF": (Image.new("RGB", (1, 65_535)), "TIFF", {}),
        "59 megapixels of 1 bit": (Image.new("1", (7_700, 7_700)), "PNG", {}),
    }
    for name, (picture, kind, options) in pictures.items():
        yield Case(name, partial(_saved, picture, kind, **options), is_taken=True)
    yield Case("JPEG, YCCK", _ycck, is_taken=True)
    yield Case("PNG, 16-bit color", _deep_rgb_png, is_taken=True)
    for orientation in range(1, 9):
        name = f"JPEG, orientation {orientation}"
        yield Case(name, partial(_turned, orientation), is_taken=True)


def _telling() -> Iterator[Case]:
    """Pictures that say more than their pixels."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Patient", CANARY)
    text.add_text("Zipped", CANARY, zip=True)
    text.add_itxt("XML:com.adobe.xmp", CANARY, zip=True)
    tags = {270: CANARY, 315: CANARY, 700: _xmp(), 33723: _iptc(), 65000: _BYTES}
    every: dict[str, Callable[[], bytes]] = {
        "JPEG with EXIF and GPS": lambda: _jpeg(exif=_exif()),
        "JPEG with XMP": lambda: _jpeg(xmp=_xmp()),
        "JPEG with IPTC": lambda: _jpeg_with(_segment(0xED, _iptc())),
        "JPEG with comment": lambda: _jpeg(comment=_BYTES),
        "JPEG with ICC text": lambda: _jpeg(icc_profile=_profile()),
        "JPEG with EXIF thumbnail": _exif_thumbnail,
        "JPEG with JFIF thumbnail": _jfif_thumbnail,
        "JPEG with every application segment": _all_application_segments,
        "JPEG with words after its end": lambda: _jpeg() + _BYTES,
        "JPEG, MPO": lambda: _saved(
            _SMOOTH, "MPO", save_all=True, append_images=[_SMOOTH], exif=_exif()
        ),
        "PNG with text chunks": lambda: _saved(_SMOOTH, "PNG", pnginfo=text),
        "PNG with EXIF": lambda: _saved(_SMOOTH, "PNG", exif=_exif()),
        "PNG with ICC text": lambda: _saved(_SMOOTH, "PNG", icc_profile=_profile()),
        "PNG with unknown chunks": lambda: _png_with(
            _chunk(b"caNa", _BYTES), _chunk(b"tIME", bytes(7)), _chunk(b"caBX", _BYTES)
        ),
        "PNG with words after its end": lambda: _saved(_SMOOTH, "PNG") + _BYTES,
        "WebP with EXIF, XMP and ICC": lambda: _saved(
            _SMOOTH, "WEBP", exif=_exif(), xmp=_xmp(), icc_profile=_profile()
        ),
        "WebP with unknown chunks": lambda: _webp_with((b"CANA", _BYTES), (b"XMP ", _xmp())),
        "TIFF with tags, XMP and IPTC": lambda: _saved(
            _SMOOTH, "TIFF", tiffinfo=tags, icc_profile=_profile()
        ),
        "TIFF with EXIF and GPS": lambda: _saved(_SMOOTH, "TIFF", exif=_exif()),
        "TIFF of two pages": lambda: _saved(
            _SMOOTH, "TIFF", save_all=True, append_images=[_SMOOTH], tiffinfo=tags
        ),
        "GIF with comment and extensions": _gif_with_extensions,
        "BMP with words before its pixels": _bmp_with_gap,
    }
    for name, make in every.items():
        yield Case(name, make, is_taken=True)


def _two_faced() -> Iterator[Case]:
    """Files that are two things, or not what they are called."""
    script = b"*/=1;alert('" + _BYTES + b"')//"
    page = b"<!doctype html><script>alert('" + _BYTES + b"')</script>"
    taken: dict[str, Callable[[], bytes]] = {
        "GIF and script": lambda: _saved(_SMOOTH.quantize(8), "GIF", comment=script) + script,
        "JPEG and ZIP": lambda: _jpeg() + _zip(),
        "JPEG and PDF": lambda: _jpeg(comment=b"%PDF-1.7 " + _BYTES) + b"%PDF-1.7",
        "PNG and web page": lambda: _png_with(_chunk(b"tEXt", b"x\0" + page)) + page,
        "BMP and script": lambda: _bmp_with_gap() + script,
    }
    for name, make in taken.items():
        yield Case(name, make, is_taken=True)
    yield Case("PNG called .jpg", lambda: _saved(_SMOOTH, "PNG"), True, f"{CANARY}.jpg")
    yield Case("JPEG called .dcm", _jpeg, True, "scan.dcm")
    yield Case("JPEG called ../../x.php", _jpeg, True, "../../x.php")
    yield Case("JPEG with a name of 1,000 letters", _jpeg, True, "x" * 1_000 + ".jpg")
    refused: dict[str, bytes] = {
        "GIF that is only script": b"GIF89a/*" + script,
        "PDF with a JPEG inside": b"%PDF-1.7\n" + _jpeg(),
        "web page with a JPEG inside": page + _jpeg(),
        "ZIP with a PNG inside": _zip() + _saved(_SMOOTH, "PNG"),
    }
    for name, data in refused.items():
        yield Case(name, partial(bytes, data), is_taken=False)


def _exhausting() -> Iterator[Case]:
    """Small files that ask for a lot."""
    refused: dict[str, Callable[[], bytes]] = {
        "PNG bomb, 400 megapixels": _bomb_png,
        "GIF bomb, 65535 x 65535": lambda: _gif_of(65_535, 65_535),
        "WebP bomb, 48 megapixels": _webp_bomb,
        "TIFF bomb, 81 megapixels": _tiff_bomb,
        "BMP bomb, 40000 x 40000": lambda: _patched(
            _saved(Image.new("L", (1, 1)), "BMP"), 18, struct.pack("<ii", 40_000, 40_000)
        ),
        "JPEG header of 65535 x 65535": _huge_jpeg,
        "PNG header of 2147483647 x 2147483647": lambda: _png(
            _header(2**31 - 1, 2**31 - 1), _chunk(b"IDAT", b"")
        ),
        "PNG header of 0 x 0": lambda: _png(_header(0, 0), _chunk(b"IDAT", zlib.compress(b""))),
        "TIFF header of 4294967295 x 4294967295": lambda: _gray_tiff(2**32 - 1, 2**32 - 1),
        "PNG with a text bomb": _text_bomb,
        "PNG with a profile bomb": _profile_bomb,
        "animated PNG": lambda: _animated("PNG"),
        "animated WebP": lambda: _animated("WEBP"),
        "GIF of garbage": lambda: _saved(_SMOOTH.quantize(8), "GIF")[:-60] + _random()[:60],
    }
    taken: dict[str, Callable[[], bytes]] = {
        "PNG with 500 MB behind its pixels": _overfull_png,
        "PNG with a million chunks": _million_chunks,
        "JPEG with 10,000 comments": lambda: _jpeg_with(*[_segment(0xFE, _BYTES)] * 10_000),
        "JPEG whose EXIF points at itself": _looped_exif,
        "JPEG with broken EXIF": lambda: _jpeg_with(_segment(0xE1, b"Exif\0\0MM" + _BYTES)),
        "JPEG with broken ICC profile": lambda: _jpeg(icc_profile=_BYTES * 9),
        "TIFF that points at itself": lambda: _gray_tiff(following=8),
        "TIFF whose directories point at each other": _mutual_directories,
        "TIFF of 5,000 pages": _many_directories,
        "GIF of 5,000 frames": lambda: _animated("GIF", 5_000),
    }
    for name, make in refused.items():
        yield Case(name, make, is_taken=False)
    for name, make in taken.items():
        yield Case(name, make, is_taken=True)


def _cut() -> Iterator[Case]:
    """Half of a file, of every format."""
    for name in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"):
        whole = _saved(_SMOOTH.quantize(32) if name == "GIF" else _SMOOTH, name)
        for part in (0.02, 0.5):
            data = whole[: max(12, int(len(whole) * part))]
            yield Case(f"{name}, cut at {part:.0%}", partial(bytes, data), is_taken=False)


def _others() -> Iterator[Case]:
    """What is no picture of a kind that is taken."""
    svg = f"<svg xmlns='http://www.w3.org/2000/svg'><script>{CANARY}</script></svg>".encode()
    every: dict[str, bytes] = {
        "nothing": b"",
        "one byte": b"\xff",
        "random bytes": _random(),
        "words": _BYTES,
        "SVG": svg,
        "SVG with declaration": b"\xef\xbb\xbf \n<?xml version='1.0'?>" + svg,
        "web page": b"<!doctype html>" + _BYTES,
        "PDF": b"%PDF-1.7 " + _BYTES,
        "ZIP": _zip(),
        "gzip": gzip.compress(_jpeg()),
        "HEIC": b"\0\0\0\x18ftypheic" + _BYTES,
        "AVIF": b"\0\0\0\x18ftypavif" + _BYTES,
        "video": b"\0\0\0\x18ftypisom" + _BYTES,
        "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + _BYTES,
        "Photoshop": b"8BPS\0\1" + _BYTES,
        "PostScript": b"%!PS-Adobe-3.0 EPSF " + _BYTES,
        "DICOM without a picture": bytes(128) + b"DICM" + _BYTES,
        "icon": b"\0\0\1\0" + _BYTES,
        "PPM": b"P6 1 1 255 abc",
        "program": b"MZ" + _BYTES * 20,
        "PNG mark alone": _PNG_START,
        "JPEG mark alone": b"\xff\xd8\xff",
    }
    for name, data in every.items():
        yield Case(name, partial(bytes, data), is_taken=False)


CASES = tuple(
    itertools.chain(_everyday(), _telling(), _two_faced(), _exhausting(), _cut(), _others())
)
