"""The code on a release's page, run as it is shown, against a server that really listens."""

import contextlib
import os
import re
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from curation.models import DownloadCount, Release, User
from curation.tokens import create_token
from curation.views.loading import TOKEN_VARIABLE, Place, snippets
from tests.curation.releasing import written_release
from tests.factories import make_person

_TOOLS = ("curl", "unzip", "sha256sum", "bash")
_MISSING = [name for name in _TOOLS if shutil.which(name) is None]
_PRINTING = """
print(len(rows), rows[0]["question"], rows[0]["answer"], rows[0]["image"].size)
"""

needs_tools = pytest.mark.skipif(bool(_MISSING), reason=f"not on this machine: {_MISSING}")


@pytest.fixture
def reader(committed_db: None) -> User:
    """Somebody who may read what needs an account."""
    return make_person()


@pytest.fixture
def server(reader: User) -> Iterator[str]:
    """Where this installation is reached."""
    assert reader
    # Not the fixture of this name, which would empty the database past its guards.
    live = LiveServer("127.0.0.1")
    yield str(live.url)
    live.stop()


def _shown(server: str, release: Release, key: str, reader: User | None = None) -> str:
    """The code as it stands on the page, for somebody who reads it there."""
    client = Client()
    if reader is not None:
        client.force_login(reader)
    page = client.get(
        reverse("curation:release_detail", args=[release.version]),
        headers={"host": urlsplit(server).netloc},
    ).content.decode()
    found = re.search(rf'<code id="load-{key}">(.*?)</code>', page, re.DOTALL)
    assert found is not None, page
    return unescape(found[1])


def _run(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    without_proxies = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return subprocess.run(
        command,
        cwd=folder,
        env={**without_proxies, "HF_HOME": str(folder / "cache"), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def _loads(code: str, folder: Path, **variables: str) -> None:
    done = _run([sys.executable, "-c", code + _PRINTING], folder, **variables)
    assert done.stdout == "8 What does this image show? Pneumothorax (48, 48)\n", done.stderr


def test_datasets_loads_a_public_release_by_the_lines_on_its_page(
    server: str, tmp_path: Path
) -> None:
    release = written_release(version="1.0.0")
    _loads(_shown(server, release, "datasets"), tmp_path)
    (path,) = DownloadCount.objects.of(release).by_path()
    assert path.startswith("data/")


def test_datasets_loads_a_release_that_needs_an_account_by_a_token(
    server: str, reader: User, tmp_path: Path
) -> None:
    release = written_release(version="1.0.0", is_public=False)
    _, token = create_token(reader, name="A script", scopes=["releases:read"], days=1)
    code = _shown(server, release, "datasets", reader)
    _loads(code, tmp_path, **{TOKEN_VARIABLE: token})
    refused = _run([sys.executable, "-c", code], tmp_path / "..", **{TOKEN_VARIABLE: "icl_no"})
    assert refused.returncode != 0


@needs_tools
@pytest.mark.parametrize("is_public", [True, False])
def test_curl_fetches_everything_checks_it_and_datasets_opens_the_folder(
    is_public: bool,  # noqa: FBT001 - a parameter of the test, given by name
    server: str,
    reader: User,
    tmp_path: Path,
) -> None:
    release = written_release(version="1.0.0", is_public=is_public)
    _, token = create_token(reader, name="A script", scopes=["releases:read"], days=1)
    code = _shown(server, release, "curl", reader)
    script = ["bash", "-euo", "pipefail", "-c", code]
    done = _run(script, tmp_path, **{TOKEN_VARIABLE: token})
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    _loads(_shown(server, release, "folder", reader), tmp_path)
    # Where a byte is wrong, the last line says so.
    (tmp_path / "a-benchmark-1.0.0" / "problems.jsonl").write_text("{}\n")
    checking = code.splitlines()[-1]
    wrong = _run(["bash", "-c", checking], tmp_path / "a-benchmark-1.0.0")
    assert wrong.returncode != 0
    assert "problems.jsonl: FAILED" in wrong.stdout


class _Visit(socketserver.BaseRequestHandler):
    """Passes what is said on to the real server, and its answer back, up to a length."""

    def handle(self) -> None:
        server: _Wire = self.server  # type: ignore[assignment]  # whose handler this is
        left = server.lengths.pop(0)
        with socket.create_connection(server.target) as real:
            real.sendall(self.request.recv(64 * 1024))
            while left > 0 and (block := real.recv(min(left, 16 * 1024))):
                self.request.sendall(block)
                left -= len(block)


class _Wire(socketserver.ThreadingTCPServer):
    """A connection that breaks: each answer ends after so many bytes."""

    daemon_threads = True

    def __init__(self, target: tuple[str, int], lengths: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Visit)
        self.target = target
        self.lengths = lengths


@contextmanager
def _breaking_wire(to: str, lengths: list[int]) -> Iterator[str]:
    address = urlsplit(to)
    with _Wire((str(address.hostname), int(address.port or 0)), lengths) as wire:
        thread = threading.Thread(target=wire.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{wire.server_address[1]}"
        wire.shutdown()
        thread.join()


@needs_tools
def test_curl_goes_on_where_its_connection_broke(server: str, tmp_path: Path) -> None:
    release = written_release(version="1.0.0")
    path = "/releases/1.0.0/a-benchmark-1.0.0.zip"
    whole = requests.get(server + path, timeout=60).content
    enough = 10 * len(whole)
    with _breaking_wire(server, [len(whole) // 3, len(whole) // 3, enough, enough]) as wire:
        fetch = ["curl", "-f", "-s", "-L", "-C", "-", "-O", "-H", "Connection: close", wire + path]
        done = [_run(fetch, tmp_path).returncode for _ in range(3)]
        assert done[0] != 0 != done[1]
        assert done[2] == 0
        assert (tmp_path / "a-benchmark-1.0.0.zip").read_bytes() == whole
        with contextlib.suppress(AssertionError):  # older versions call this an error
            assert _run(fetch, tmp_path).returncode == 0
        assert (tmp_path / "a-benchmark-1.0.0.zip").read_bytes() == whole
    totals = DownloadCount.objects.of(release).by_path()
    assert totals == {DownloadCount.WHOLE: 2}  # requests', and curl's first part


def test_a_client_that_reads_by_ranges_gets_the_file(server: str) -> None:
    release = written_release(version="1.0.0")
    file = release.files.get(path="README.md")
    address = f"{server}/releases/1.0.0/files/README.md"
    with requests.Session() as session:
        head = session.head(address, timeout=60)
        assert head.headers["Accept-Ranges"] == "bytes"
        size = int(head.headers["Content-Length"])
        assert size == file.byte_size
        parts = [
            session.get(address, headers={"Range": f"bytes={at}-{at + 99}"}, timeout=60)
            for at in range(0, size, 100)
        ]
        assert {part.status_code for part in parts} == {206}
        whole = session.get(address, timeout=60)
    assert b"".join(part.content for part in parts) == whole.content


def test_many_shards_and_the_tasks_are_shown_as_they_are_named() -> None:
    place = Place(
        files="https://bench.example.org/releases/1.0.0/files/",
        archive="https://bench.example.org/releases/1.0.0/set-1.0.0.zip",
        folder="set-1.0.0",
        task="set",
        is_public=True,
    )
    paths = [
        "data/test-00000-of-00002.parquet",
        "data/test-00001-of-00002.parquet",
        "permuted/test-00000-of-00001.parquet",
        "tasks/inspect/task.py",
        "tasks/lmms_eval/in_context.yaml",
        "tasks/lmms_eval/zero_shot.yaml",
        "tasks/lmms_eval/utils.py",
    ]
    shown = {snippet.key: snippet.code for snippet in snippets(place, paths)}
    assert list(shown) == ["datasets", "curl", "folder", "inspect", "lmms-eval"]
    (curl,) = (snippet for snippet in snippets(place, paths) if snippet.key == "curl")
    assert "416" in curl.about  # what a whole ZIP is answered with, when it is asked on
    compile(shown["datasets"], "shown", "exec")
    assert shown["datasets"].count("https://bench.example.org/releases/1.0.0/files/data/") == 2
    assert "permuted" not in shown["datasets"]
    assert "tasks/inspect/task.py" in shown["inspect"]
    assert "--tasks set_in_context,set_zero_shot" in shown["lmms-eval"]
