"""Web, workers and the local chat server as children that end with their parent."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self
from urllib.error import URLError

_HOST = "127.0.0.1"
_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 15
_DEATH_OF_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


class ChildError(RuntimeError):
    """A child did not start or ended by itself; the message holds the end of its log."""


@dataclass(slots=True)
class Child:
    """One process, how to start it again, and the file it writes its log to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    spawn: Callable[[], subprocess.Popen[bytes]]
    restarts_left: int

    def keep_alive(self) -> None:
        """Start it again if it ended by itself; ChildError where that was tried often enough."""
        if self.restarts_left and self.process.poll() is not None:
            self.restarts_left -= 1
            self.process = self.spawn()
        self.require_alive()

    def require_alive(self) -> None:
        """Raise ChildError if it has ended."""
        if self.process.poll() is not None:
            tail = self.log.read_text(errors="replace")[-3000:]
            raise ChildError(f"The {self.name} ended. The end of its log ({self.log}):\n{tail}")

    def stop(self) -> None:
        """Ask it to end, then make it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


class Children(ExitStack):
    """Started in order, stopped in the opposite order, whatever happens."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        super().__init__()
        self._environment = {**os.environ, **environment}
        self._logs = logs
        self._children: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> bool | None:
        """Stop them all; a second Ctrl-C meanwhile must not leave half of them behind."""
        handlers = {
            number: signal.signal(number, signal.SIG_IGN)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            return super().__exit__(kind, error, trace)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def start(
        self, name: str, arguments: Sequence[str], *, restarts: int = 0, sockets: Sequence[int] = ()
    ) -> Child:
        """Start `python ARGUMENTS` in a group of its own, so that Ctrl-C reaches us first.

        `sockets` are file descriptors it inherits.
        """
        log = self._logs / f"{name.replace(' ', '-')}.log"
        log.write_bytes(b"")
        spawn = partial(self._spawn, arguments, log, sockets)
        child = Child(name, spawn(), log, spawn, restarts)
        self._children.append(child)
        self.callback(child.stop)
        return child

    def _spawn(
        self, arguments: Sequence[str], log: Path, sockets: Sequence[int]
    ) -> subprocess.Popen[bytes]:
        with log.open("ab") as file:
            return subprocess.Popen(
                [sys.executable, *arguments],
                env=self._environment,
                stdout=file,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=sockets,
                preexec_fn=dies_with_parent(),  # noqa: PLW1509 - calls the kernel only
            )

    def watch(self) -> None:
        """Keep them alive; return only by an error of a child, or by the signal that ends us."""
        while True:
            for child in self._children:
                child.keep_alive()
            time.sleep(0.5)


def dies_with_parent(end: signal.Signals = signal.SIGTERM) -> Callable[[], None] | None:
    """What a child runs first so that `kill -9` of its parent ends it too; Linux only."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # found here: a child between fork and exec loads nothing
    return lambda: prctl(_DEATH_OF_PARENT, int(end))


def listening_socket(wanted: int) -> socket.socket:
    """A socket that listens on the wanted port or the next free one; nobody else can take it."""
    for port in range(wanted, wanted + 100):
        with suppress(OSError):
            return socket.create_server((_HOST, port), backlog=128)
    raise ChildError(f"No port from {wanted} to {wanted + 99} is free.")


def wait_until_answering(url: str, child: Child) -> None:
    """Wait for the first answer at an address, of whatever status."""
    _wait(lambda: _answers(url), child, what=url)


def _wait(is_so: Callable[[], bool], child: Child, *, what: str) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while not is_so():
        child.require_alive()
        if time.monotonic() > deadline:
            raise ChildError(f"{what} did not answer within {_SECONDS_TO_START} seconds.")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own http address
            return True
    except URLError as error:
        return hasattr(error, "code")
    except OSError:
        return False


class TerminationSignal:
    """Makes SIGTERM end a program as Ctrl-C does, and Ctrl-C also where a shell made it ignored."""

    def __enter__(self) -> Self:
        numbers = (signal.SIGINT, signal.SIGTERM)
        self._previous = {number: signal.signal(number, self._interrupt) for number in numbers}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    @staticmethod
    def _interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt
