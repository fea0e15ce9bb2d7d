"""The child that decodes DICOM: what it cannot do, and what becomes of its answer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless

from curation.domain import dicom, dicom_child
from curation.domain.imaging import ImageRefusedError
from tests.curation.dicoms import CAPS, RAMP, dicom_bytes, pixels_of, wheel_file

ABOUT = {
    "width": 1,
    "height": 1,
    "total": 1,
    "is_color": False,
    "is_inverted": False,
    "function": "LINEAR",
    "said": {},
}
FRAME: dict[str, Any] = {"number": 1, "low": 0, "step": 1, "top": 0, "is_padded": False}
FRAME["windows"] = []
PNG = dicom_child.png(np.zeros((1, 1), np.uint16))


def kept(upload: bytes) -> dict[int | str, bytes]:
    """What the child, in a process of its own, gives of a file."""
    parts: dict[int | str, bytes] = {}
    dicom.take_apart(upload, parts.__setitem__)
    return parts


def refusal(upload: bytes) -> str:
    with pytest.raises(ImageRefusedError) as refused:
        kept(upload)
    return str(refused.value)


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file whose program stands in the child's place, as if a file had taken it over."""
    path = tmp_path / "child.py"
    monkeypatch.setattr(dicom, "_COMMAND", (sys.executable, "-I", str(path)))
    return path


def answer_by(child: Path, frames: list[bytes]) -> None:
    """Let these frames be the answer."""
    child.write_text(
        f"import sys\nsys.stdin.buffer.read()\nfor frame in {frames!r}:\n"
        "    sys.stdout.buffer.write(len(frame).to_bytes(8) + frame)\n"
    )


def said(**changes: Any) -> bytes:
    return json.dumps(ABOUT | changes).encode()


def framed(**changes: Any) -> bytes:
    return json.dumps(FRAME | changes).encode()


def test_the_child_answers_with_the_frames() -> None:
    upload = dicom_bytes(np.stack([RAMP, RAMP]))

    parts = kept(upload)

    assert list(parts) == [0, 1]
    assert np.array_equal(pixels_of(parts[1]), RAMP + 1_024)


@pytest.mark.parametrize("name", ["MR_truncated.dcm", "badVR.dcm", "JPGExtended.dcm"])
def test_what_cannot_be_decoded_is_refused_without_a_word_of_the_file(name: str) -> None:
    message = refusal(wheel_file(name))

    assert message == dicom._UNREADABLE


def test_a_whole_answer_is_taken(child: Path) -> None:
    answer_by(child, [b"scan", said(), framed(), PNG])

    assert kept(b"DICM") == {0: PNG}


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [b"scan"],
        [b"scan", said()],
        [b"picture", said(), framed(), PNG],
        [b"scan", b"no json", framed(), PNG],
        [b"scan", b"[" * 10_000, framed(), PNG],
        [b"scan", b'"' + b"x" * 30_000 + b'"', framed(), PNG],
        [b"scan", b"[]", framed(), PNG],
        [b"scan", said(width="wide"), framed(), PNG],
        [b"scan", said(said=["CT"]), framed(), PNG],
        [b"scan", said(width=2), framed(), PNG],
        [b"scan", said(is_color=True), framed(), PNG],
        [b"scan", said(), framed()],
        [b"scan", said(), framed(low="NaN"), PNG],
        [b"scan", said(), framed(windows=[[1, 2]]), PNG],
        [b"scan", said(), framed(), b"GIF89a"],
        [b"scan", said(), framed(), PNG[:-12]],
        [b"scan", said(), framed(), PNG + b"DOE^JOHN"],
        [b"scan", said(), framed(), PNG[:-12] + b"\0\0\0\3tEXtDOE\0\0\0\0" + PNG[-12:]],
        [b"scan", said(), framed(), PNG, json.dumps({"first": "x"}).encode(), PNG],
        [b"scan", said(total=float("inf")), framed(), PNG],
    ],
)
def test_a_child_gone_wrong_is_a_refusal(child: Path, frames: list[bytes]) -> None:
    answer_by(child, frames)

    assert refusal(b"DICM") == dicom._UNREADABLE


def test_a_child_that_fails_after_its_frames_gave_none(child: Path) -> None:
    answer_by(child, [b"scan", said(), framed(), PNG])
    child.write_text(child.read_text() + "raise SystemExit(1)\n")

    assert refusal(b"DICM") == dicom._UNREADABLE


@pytest.mark.parametrize("limit", ["DEADLINE_SECONDS", "MAX_REPLY_BYTES"])
def test_a_child_without_end_is_ended(
    child: Path, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dicom, limit, 1)
    child.write_text(
        "import sys, time\nsys.stdin.buffer.read()\n"
        "sys.stdout.buffer.write((4).to_bytes(8) + b'scan')\nsys.stdout.flush()\ntime.sleep(600)\n"
    )

    assert refusal(b"DICM") == dicom._UNREADABLE


def test_a_stream_larger_than_its_header_said_meets_the_limit_of_memory() -> None:
    # A JPEG 2000 stream that claims 60,000 x 60,000 pixels in a file that claims 48 x 64.
    stream = bytearray(
        bytes.fromhex("ff4fff51002f0000") + (60_000).to_bytes(4) + (60_000).to_bytes(4) + bytes(8)
    )
    stream += (60_000).to_bytes(4) * 2 + bytes(8) + b"\0\1\x0f\1\1" + b"\xff\xd9"

    upload = dicom_bytes(syntax=JPEG2000Lossless, PixelData=encapsulate([bytes(stream)]))

    assert refusal(upload) == dicom._UNREADABLE


@pytest.mark.parametrize(
    ("deed", "error"),
    [
        ("bytearray(2_000_000_000)", "MemoryError"),
        ("open(sys.argv[2], 'wb', buffering=0).write(b'x')", "File too large"),
        ("print(resource.getrlimit(resource.RLIMIT_CPU), file=sys.stderr)", "(40, 40)"),
    ],
)
def test_the_child_cannot(deed: str, error: str, tmp_path: Path) -> None:
    program = (
        "import resource, sys; sys.path.append(sys.argv[1]); "
        "from curation.domain import dicom_child as child; "
        f"child.limit_resources(child.CPU_SECONDS); {deed}"
    )

    ended = subprocess.run(
        [sys.executable, "-I", "-c", program, str(dicom._ROOT), str(tmp_path / "new")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert error in ended.stderr


def test_the_answer_names_nothing_but_what_was_asked_for() -> None:
    kind, about, frame, _ = dicom_child.answers(dicom_bytes(PatientName="DOE^JOHN"), CAPS)

    assert kind == b"scan"
    assert set(json.loads(about)) == set(ABOUT)
    assert set(json.loads(frame)) == set(FRAME)
