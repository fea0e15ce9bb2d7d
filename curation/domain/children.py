"""Runs the programs that decode what was uploaded, each in a process that has little to lose.

Decoders of hostile files fail in ways no `except` can hold. So a child gets an empty environment, a
deadline and a cap on what it may answer, limits its own memory and processor time, and only so many
run at once. It reads all of the upload and then answers frames: an 8-byte big-endian length and
that many bytes, each.
"""

import subprocess
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, cast

MAX_CHILDREN = 2  # at once in one process, whatever they decode; each may take a gigabyte

_SEATS = threading.BoundedSemaphore(MAX_CHILDREN)
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}  # each thread of numpy's would reserve memory
_LENGTH_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long to wait for a free place, how long a child may live, how much it may answer."""

    patience_seconds: float
    deadline_seconds: float
    reply_bytes: int


class BusyError(Exception):
    """No place was free in time: the upload was not looked at and may be sent again."""


class FailedError(Exception):
    """The child failed: by an error of its own, its limits, its crash, or our deadline and cap."""


def frames(command: Sequence[str], upload: bytes, limits: Limits) -> Generator[bytes]:
    """What the child answers, frame by frame, as it comes; close it to end the child early.

    Raises BusyError before anything was started, and FailedError at any frame, also after the last:
    until then nothing of the answer counts.
    """
    with _seat(limits.patience_seconds), _child(command, limits.deadline_seconds) as child:
        # The child reads everything before it answers; one that does not dies at the deadline.
        with suppress(BrokenPipeError), cast("IO[bytes]", child.stdin) as pipe:
            pipe.write(upload)
        yield from _whole_frames(cast("IO[bytes]", child.stdout), limits.reply_bytes)
        if child.wait() != 0:
            raise FailedError


@contextmanager
def _seat(patience_seconds: float) -> Iterator[None]:
    """The right to run one child."""
    if not _SEATS.acquire(timeout=patience_seconds):
        raise BusyError
    try:
        yield
    finally:
        _SEATS.release()


@contextmanager
def _child(command: Sequence[str], deadline_seconds: float) -> Iterator["subprocess.Popen[bytes]"]:
    """A running child; none is left when the block ends."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
    ) as child:
        watchdog = threading.Timer(deadline_seconds, child.kill)
        watchdog.start()
        try:
            yield child
        finally:
            watchdog.cancel()
            child.kill()  # harmless where it has ended


def _whole_frames(stream: IO[bytes], most: int) -> Iterator[bytes]:
    left = most
    while head := stream.read(_LENGTH_BYTES):
        length = int.from_bytes(head)
        left -= _LENGTH_BYTES + length
        if len(head) < _LENGTH_BYTES or left < 0:
            raise FailedError
        frame = stream.read(length)
        if len(frame) < length:
            raise FailedError
        yield frame
