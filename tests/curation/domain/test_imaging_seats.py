"""Many uploads at once: only so many decoders, and a plain word for who waits in vain."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from curation.domain import children, imaging

UPLOAD = b"\x89PNG\r\n\x1a\n"
REFUSE = """
for frame in (b"refused", said):
    sys.stdout.buffer.write(len(frame).to_bytes(8) + frame)
"""
COUNT = """
with tempfile.NamedTemporaryFile(dir=here, suffix=".seat"):
    time.sleep(0.3)
    said = str(len(list(here.glob("*.seat")))).encode()
"""
HANG = """
(here / f"{os.getpid()}.hangs").touch()
time.sleep(60)
"""


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file whose program stands in the decoder's place."""
    monkeypatch.setattr(imaging, "_CHILD", tmp_path / "child.py")
    return tmp_path / "child.py"


def decode_by(child: Path, program: str) -> None:
    """Let this program decode from now on."""
    start = "import os, pathlib, sys, tempfile, time\nhere = pathlib.Path(__file__).parent\n"
    child.write_text(f"{start}sys.stdin.buffer.read()\n{program}\n")


def refusal() -> str:
    with pytest.raises(imaging.ImageRefusedError) as refused:
        imaging.prepare(UPLOAD)
    return str(refused.value)


def test_only_so_many_decoders_run_at_once(child: Path) -> None:
    decode_by(child, COUNT + REFUSE)
    with ThreadPoolExecutor(6) as pool:
        taken = [pool.submit(refusal) for _ in range(6)]

    assert max(int(one.result()) for one in taken) == children.MAX_CHILDREN


def test_who_waits_too_long_is_told_to_try_again(
    child: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imaging, "PATIENCE_SECONDS", 0.2)
    decode_by(child, HANG)
    with ThreadPoolExecutor(children.MAX_CHILDREN) as pool:
        for _ in range(children.MAX_CHILDREN):
            pool.submit(refusal)
        while len(hanging := list(child.parent.glob("*.hangs"))) < children.MAX_CHILDREN:
            time.sleep(0.05)
        message = refusal()
        for path in hanging:
            os.kill(int(path.stem), signal.SIGKILL)

    assert "busy" in message
    assert "again in a minute" in message


def test_a_decoder_that_failed_leaves_its_place_to_others(
    child: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imaging, "PATIENCE_SECONDS", 0.2)
    decode_by(child, "raise SystemExit(1)")
    for _ in range(children.MAX_CHILDREN + 1):
        assert "cannot be opened" in refusal()
