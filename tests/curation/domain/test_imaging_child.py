"""What hostile files get: pixels only, or a refusal; and what a child taken over cannot do."""

import io
import random
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from curation.domain import imaging, imaging_child

CANARY = b"CANARY-7351"
DESCRIPTION, ARTIST, XMP, IPTC, GPS = 270, 315, 700, 33723, 34853
PNG = b"\x89PNG\r\n\x1a\n"
GRADIENT = Image.linear_gradient("L").convert("RGB")


def saved(picture: Image.Image, name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, name, **options)
    return buffer.getvalue()


def refusal(upload: bytes) -> str:
    with pytest.raises(imaging.ImageRefusedError) as refused:
        imaging.prepare(upload)
    return str(refused.value)


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- drawn --><SVG></SVG>", "SVG"),
        (b"\n <!DOCTYPE html><html><img src='x.png'></html>", "web page"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "video"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (bytes(128) + b"DICM", "DICOM"),
        (b"PK\x03\x04" + bytes(40), "ZIP"),
        (b"8BPS\0\1", "Photoshop"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
        (b"Diagnosis: normal", "not a picture"),
        (b"P6 1 1 255 abc", "not a picture"),
        (random.Random(1).randbytes(5_000), "not a picture"),  # noqa: S311 - not a secret
        (PNG + random.Random(2).randbytes(5_000), "cannot be opened"),  # noqa: S311 - not a secret
        (b"BMW is not a bitmap", "cannot be opened"),
        (b"RIFF\x10\0\0\0WEBPVP8 \0\0\0\0", "cannot be opened"),
    ],
)
def test_what_is_no_picture_is_refused_with_advice(upload: bytes, words: str) -> None:
    message = refusal(upload)

    assert words in message
    assert "Please" in message


def test_a_file_of_too_many_bytes_is_refused() -> None:
    assert "51 MB; at most 50 MB" in refusal(saved(GRADIENT, "PNG").ljust(51 * 1024**2))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize("part", [0.1, 0.6])
def test_a_truncated_file_is_refused_in_plain_words(name: str, part: float) -> None:
    upload = saved(GRADIENT, name)

    assert "damaged" in refusal(upload[: int(len(upload) * part)])


@pytest.mark.parametrize("name", ["PNG", "TIFF", "GIF", "BMP"])
def test_too_many_pixels_are_refused(name: str) -> None:
    upload = saved(Image.new("1", (8_000, 8_000)), name)

    assert "8000 x 8000 pixels; at most 60 megapixels" in refusal(upload)


def test_a_webp_may_have_fewer_pixels_because_its_decoder_takes_more_memory() -> None:
    upload = saved(Image.new("RGB", (8_000, 5_001)), "WEBP", method=0)

    assert "8000 x 5001 pixels; at most 40 megapixels" in refusal(upload)


def test_pixels_are_counted_before_they_are_read() -> None:
    upload = bytearray(saved(Image.new("L", (1, 1)), "BMP"))
    upload[18:26] = struct.pack("<ii", 40_000, 40_000)

    assert "40000 x 40000 pixels" in refusal(bytes(upload))


def test_a_frame_larger_than_its_header_said_is_refused() -> None:
    upload = bytearray(saved(Image.new("L", (10, 10)), "GIF"))
    descriptor = upload.index(b",\0\0\0\0\n\0\n\0")
    upload[descriptor + 5 : descriptor + 9] = struct.pack("<HH", 60_000, 60_000)

    assert "60000 x 60000 pixels" in refusal(bytes(upload))


@pytest.mark.parametrize("name", ["PNG", "WEBP"])
def test_an_animation_is_refused(name: str) -> None:
    black = Image.new("RGB", GRADIENT.size)

    assert "animation" in refusal(saved(GRADIENT, name, save_all=True, append_images=[black]))


def test_a_tiff_that_points_at_itself_gives_its_first_picture() -> None:
    upload = bytearray(saved(GRADIENT, "TIFF"))
    directory = int.from_bytes(upload[4:8], "little")
    entries = int.from_bytes(upload[directory : directory + 2], "little")
    following = directory + 2 + 12 * entries
    upload[following : following + 4] = struct.pack("<I", directory)

    picture = imaging.prepare(bytes(upload))

    assert (picture.width, picture.height) == GRADIENT.size


def segments(jpeg: bytes) -> Iterator[int]:
    """The markers of a JPEG file up to its pixels."""
    place = 2
    while jpeg[place + 1] != 0xDA:
        yield jpeg[place + 1]
        place += 2 + int.from_bytes(jpeg[place + 2 : place + 4])


def chunks(png: bytes) -> Iterator[bytes]:
    place = 8
    while place < len(png):
        yield png[place + 4 : place + 8]
        place += 12 + int.from_bytes(png[place : place + 4])


def told_everything() -> dict[str, bytes]:
    """Files that carry the canary wherever their format has a place for it."""
    exif = Image.Exif()
    exif[DESCRIPTION] = exif[ARTIST] = CANARY.decode()
    exif.get_ifd(GPS)[29] = CANARY.decode()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = srgb.replace(b"s\0R\0G\0B\0", b"C\0A\0N\0A\0").replace(b"sRGB", CANARY[:4]) + CANARY
    profile = len(profile).to_bytes(4) + profile[4:]
    text = PngImagePlugin.PngInfo()
    text.add_text("Patient", CANARY.decode())
    text.add_text("Zipped", CANARY.decode(), zip=True)
    text.add_itxt("XML:com.adobe.xmp", CANARY.decode())
    common: dict[str, Any] = {"exif": exif, "xmp": CANARY, "icc_profile": profile}
    jpeg = saved(GRADIENT, "JPEG", comment=CANARY, **common)
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(CANARY)) + CANARY
    tags = {DESCRIPTION: CANARY.decode(), XMP: CANARY, IPTC: CANARY}
    return {
        "JPEG": jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + jpeg[2:],
        "PNG": saved(GRADIENT, "PNG", exif=exif, icc_profile=profile, pnginfo=text),
        "WEBP": saved(GRADIENT, "WEBP", lossless=True, **common),
        "TIFF": saved(GRADIENT, "TIFF", tiffinfo=tags, icc_profile=profile),
        "GIF": saved(GRADIENT, "GIF", comment=CANARY),
        "JPEG without profile": saved(GRADIENT, "JPEG", comment=CANARY),
    }


@pytest.mark.parametrize("name", ["JPEG", "JPEG without profile", "PNG", "WEBP", "TIFF", "GIF"])
def test_nothing_but_pixels_survives(name: str) -> None:
    upload = told_everything()[name] + b"PK\x03\x04 <script>" + CANARY

    picture = imaging.prepare(upload)

    assert upload.count(CANARY) > 1
    for data in (picture.data, picture.thumbnail):
        assert not re.search(CANARY[:6] + b"|C.?A.?N.?A|Exif|Photoshop|script", data)
    assert set(segments(picture.thumbnail)) <= {0xE0, 0xDB, 0xC0, 0xC4}
    if picture.media_type == "image/jpeg":
        assert set(segments(picture.data)) <= {0xE0, 0xDB, 0xC0, 0xC4}
        assert picture.data.endswith(b"\xff\xd9")
    else:
        assert set(chunks(picture.data)) == {b"IHDR", b"IDAT", b"IEND"}
        assert picture.data[-8:-4] == b"IEND"


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file whose program stands in the child's place, as if a picture had taken it over."""
    monkeypatch.setattr(imaging, "_CHILD", tmp_path / "child.py")
    return tmp_path / "child.py"


def told_by(child: Path, program: str) -> str:
    """What the person reads who uploads more than fits into a pipe."""
    child.write_text(f"import os, sys, time\n{program}\n")
    return refusal(saved(GRADIENT, "PNG") + bytes(1_000_000))


READ = "sys.stdin.buffer.read()"
SAY = "for frame in frames: sys.stdout.buffer.write(len(frame).to_bytes(8) + frame)"


@pytest.mark.parametrize(
    "program",
    [
        "os.kill(os.getpid(), 9)",
        "raise SystemExit(1)",
        "pass",
        "print('no frames')",
        f"{READ}; print('no frames')",
        f"{READ}; sys.stdout.write('\\0' * 8)",
        f"{READ}; sys.stdout.write('\\0' * 7 + '\\x07picture')",
        "sys.stdout.write('\\x7f' * 16)",
        f"{READ}; frames = b'picture', b'text/html', bytes(8), b'', b'', bytes(1024)\n{SAY}",
        f"{READ}; frames = b'picture', b'image/png', bytes(9), b'', b'', bytes(1024)\n{SAY}",
        f"{READ}; frames = b'picture', b'image/png', bytes(8), b'', b'', bytes(1023)\n{SAY}",
        f"{READ}; frames = b'picture', b'image/png'\n{SAY}",
    ],
)
def test_a_child_gone_wrong_is_a_refusal(child: Path, program: str) -> None:
    assert "cannot be opened" in told_by(child, program)


@pytest.mark.parametrize("program", ["time.sleep(60)", f"{READ}; time.sleep(60)"])
def test_a_child_that_does_not_end_is_ended(
    child: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imaging, "DEADLINE_SECONDS", 0.5)

    assert "cannot be opened" in told_by(child, program)


def test_a_child_that_floods_us_is_ended(child: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imaging, "MAX_REPLY_BYTES", 100_000)
    monkeypatch.setattr(imaging, "DEADLINE_SECONDS", 3_600)

    assert "cannot be opened" in told_by(child, f"{READ}\nwhile True: print('flood' * 1000)")


def test_the_child_knows_no_secret_of_its_parent(
    child: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for decoders")

    words = told_by(child, f"{READ}; frames = b'refused', repr(os.environ).encode()\n{SAY}")

    assert "OPENBLAS_NUM_THREADS" in words
    assert "SECRET_KEY" not in words


@pytest.mark.parametrize(
    ("deed", "error"),
    [
        ("bytearray(2_000_000_000)", "MemoryError"),
        ("open(sys.argv[1], 'wb', buffering=0).write(b'x')", "File too large"),
        ("[open(sys.executable) for _ in range(50)]", "Too many open files"),
    ],
)
def test_the_child_cannot(deed: str, error: str, tmp_path: Path) -> None:
    program = f"import runpy, sys; runpy.run_path(sys.argv[2])['limit_resources'](); {deed}"

    ended = subprocess.run(
        [sys.executable, "-I", "-c", program, str(tmp_path / "new"), imaging_child.__file__],
        capture_output=True,
        text=True,
        check=False,
    )

    assert error in ended.stderr
