"""Children of the demo: who comes back, who ends everything, and that none is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.demo.processes import Child, ChildError, Children
from tests.environment import ROOT

PATIENCE_SECONDS = 30

STUBBORN = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), sys.exit()))
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(600)
"""
PARENT = f"""
import pathlib, sys
from config.demo.processes import Children, TerminationSignal
folder = pathlib.Path(sys.argv[1])
with TerminationSignal(), Children({{}}, folder) as children:
    for name in ("one", "other"):
        children.start(name, ["-c", {STUBBORN!r}, str(folder / (name + ".pid"))])
    children.watch()
"""


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(is_so: Callable[[], bool]) -> None:
    last_moment = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < last_moment, "waited in vain"
        time.sleep(0.05)


def counting(file: Path, *, lives: int) -> list[str]:
    """A program that notes its start, and ends by itself as often as this."""
    program = (
        "import pathlib, sys, time; file = pathlib.Path(sys.argv[1]);"
        "starts = file.stat().st_size + 1 if file.exists() else 1;"
        "file.write_text('x' * starts); print('start', starts, flush=True);"
        f"time.sleep(600) if starts > {lives} else sys.exit(3)"
    )
    return ["-c", program, str(file)]


def end(child: Child) -> None:
    wait_until(lambda: child.process.poll() is not None)


def test_a_child_that_may_end_is_started_again_with_its_log_kept(tmp_path: Path) -> None:
    with Children({}, tmp_path) as children:
        child = children.start("worker", counting(tmp_path / "starts", lives=2), restarts=2)
        for _ in range(2):
            end(child)
            child.keep_alive()
        wait_until(lambda: child.log.read_text() == "start 1\nstart 2\nstart 3\n")
        child.keep_alive()
    assert not is_running(child.process.pid)


def test_a_child_that_ends_again_and_again_ends_everything(tmp_path: Path) -> None:
    with Children({}, tmp_path) as children:
        other = children.start("other", ["-c", "import time; time.sleep(600)"])
        children.start("worker", counting(tmp_path / "starts", lives=99), restarts=2)
        with pytest.raises(ChildError, match="The worker ended") as error:
            children.watch()
    assert "start 3" in str(error.value)
    assert not is_running(other.process.pid)


def test_a_child_that_may_not_end_ends_everything_at_once(tmp_path: Path) -> None:
    with (
        Children({}, tmp_path) as children,
        pytest.raises(ChildError, match="The web server ended"),
    ):
        children.start("web server", counting(tmp_path / "starts", lives=1))
        children.watch()
    assert (tmp_path / "starts").read_text() == "x"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ending_it_twice_leaves_no_child_behind(tmp_path: Path, number: signal.Signals) -> None:
    files = [tmp_path / "one.pid", tmp_path / "other.pid"]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: all(file.exists() and file.read_text() for file in files))
    for _ in range(4):
        parent.send_signal(number)
        time.sleep(0.3)
    parent.wait(PATIENCE_SECONDS)
    assert [file for file in files if is_running(int(file.read_text()))] == []
