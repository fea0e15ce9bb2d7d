"""What the demo freezes in its release names the address where the demo really is."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from config.demo.processes import dies_with_parent
from tests.environment import ROOT, without_settings
from tests.servers import free_port

pytestmark = pytest.mark.skipif(
    "TEST_DATABASE_URL" in os.environ,
    reason="the demo always runs on SQLite; the pass on SQLite has these tests",
)

_SECONDS_TO_START = 120


def _wait_until_told(output: Path, process: subprocess.Popen[bytes]) -> None:
    last_moment = time.monotonic() + _SECONDS_TO_START
    while "password of this start" not in output.read_text():
        assert time.monotonic() < last_moment, output.read_text()
        assert process.poll() is None, output.read_text()
        time.sleep(0.2)


def test_the_release_of_the_demo_is_cited_where_the_demo_is(tmp_path: Path) -> None:
    port, output = free_port(), tmp_path / "output.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-u", "manage.py", "demo", "--port", str(port)],
            cwd=ROOT,
            env={**without_settings(), "DATA_DIR": str(tmp_path / "data"), "TEXT_SEARCH": "no"},
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=dies_with_parent(),  # noqa: PLW1509 - calls the kernel only
        )
    try:
        _wait_until_told(output, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    with closing(sqlite3.connect(tmp_path / "data" / "db.sqlite3")) as database:
        (card,) = database.execute("SELECT card FROM curation_release").fetchone()
    assert json.loads(card)["homepage"] == f"http://127.0.0.1:{port}"
