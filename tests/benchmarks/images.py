"""Prints how long a photograph of 12 megapixels takes to be kept, and how much memory ten take.

    python -m tests.benchmarks.images

Through the real web server, as a browser sends it. Linux only: memory is read from /proc.
"""

import asyncio
import io
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import numpy as np
from PIL import Image

from tests.e2e.installation import Installation, running_installation

_EMAIL, _PASSWORD = "author@example.org", "a long enough sentence"
_AT_ONCE = 10
_FIELD = re.compile(r'name="(csrfmiddlewaretoken|version|login|password)"[^>]*value="([^"]*)"')
_PANEL = re.compile(r'href="(/problems/[0-9a-f-]+/panels/\d+/)"')


@dataclass(slots=True)
class Figures:
    """What was measured."""

    bytes_of_one: int
    seconds_of_one: list[float]
    seconds_at_once: list[float]
    seconds_of_all: float
    web_before: int
    web_peak: int


def photographs(count: int) -> Iterator[bytes]:
    """Pictures of 4000 x 3000 pixels that compress like photographs do, each unlike the others."""
    dice = np.random.default_rng(7351)
    coarse = Image.fromarray(dice.integers(0, 256, (75, 100, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((4000, 3000), Image.Resampling.BICUBIC), dtype=np.int16)
    grain = dice.normal(0, 9, (3000, 4000, 1)).astype(np.int16)
    pixels = (smooth + grain).clip(0, 255).astype(np.uint8)
    for number in range(count):
        buffer = io.BytesIO()
        Image.fromarray(np.roll(pixels, 97 * number, axis=1)).save(buffer, "JPEG", quality=90)
        yield buffer.getvalue()


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def _memory(pid: int, name: str) -> int:
    """A line of /proc/PID/status in bytes: VmRSS now, VmHWM at most."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return int(found[1]) * 1024


def _forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _web_worker(installation: Installation) -> int:
    """The process that answers requests: the child of the one that listens."""
    address = installation.url.removeprefix("http://")
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        command = path.read_bytes().split(b"\0")
        pid = int(path.parent.name)
        if address.encode() in command and _children(pid):
            return _children(pid)[0]
    raise RuntimeError("The web server is not running.")


def _make_author(installation: Installation) -> None:
    code = (
        "from curation.models import User;"
        f"User.objects.create_user({_EMAIL!r}, {_PASSWORD!r}, name='A', is_author=True)"
    )
    installation.run_code(code)


async def _page(session: aiohttp.ClientSession, address: str) -> str:
    async with session.get(address) as answer:
        return await answer.text()


async def _log_in(session: aiohttp.ClientSession) -> None:
    fields = dict(_FIELD.findall(await _page(session, "/accounts/login/")))
    named = {"login": _EMAIL, "password": _PASSWORD}
    async with session.post("/accounts/login/", data=fields | named) as answer:
        assert answer.status == 200


async def _new_panel(session: aiohttp.ClientSession) -> tuple[str, dict[str, str]]:
    """The address of the first panel of a new problem, and what its form holds."""
    fields = dict(_FIELD.findall(await _page(session, "/problems/")))
    async with session.post("/problems/new/", data=fields) as answer:
        found = _PANEL.search(await answer.text())
    assert found
    return found[1], dict(_FIELD.findall(await _page(session, found[1])))


async def _seconds(
    session: aiohttp.ClientSession, panel: tuple[str, dict[str, str]], photograph: bytes
) -> float:
    """From the first byte sent to the answer that the picture is kept."""
    address, fields = panel
    data = aiohttp.FormData(fields)
    data.add_field("upload", photograph, filename="photo.jpg", content_type="image/jpeg")
    started = time.monotonic()
    async with session.post(f"{address}image/", data=data, allow_redirects=False) as answer:
        assert answer.status == 302, await answer.text()
    return time.monotonic() - started


async def _measured(installation: Installation) -> Figures:
    pictures = list(photographs(5 + _AT_ONCE))
    web = _web_worker(installation)
    jar = aiohttp.CookieJar(unsafe=True)  # the host is a number
    async with aiohttp.ClientSession(installation.url, cookie_jar=jar) as session:
        await _log_in(session)
        panels = [await _new_panel(session) for _ in pictures]
        before = _memory(web, "VmRSS")
        alone = [await _seconds(session, panels[n], pictures[n]) for n in range(5)]
        _forget_peak(web)
        started = time.monotonic()
        together = await asyncio.gather(
            *(_seconds(session, panels[n], pictures[n]) for n in range(5, len(pictures)))
        )
        return Figures(
            len(pictures[0]),
            alone,
            together,
            time.monotonic() - started,
            before,
            _memory(web, "VmHWM"),
        )


def main() -> None:
    """Start an installation, measure, print."""
    with tempfile.TemporaryDirectory() as folder, running_installation(Path(folder)) as running:
        _make_author(running)
        found = asyncio.run(_measured(running))
    mb = 1024**2
    sys.stdout.write(
        f"JPEG of 12 megapixels, {found.bytes_of_one / mb:.1f} MB\n"
        f"one: {statistics.median(found.seconds_of_one):.2f} s (median of "
        f"{', '.join(f'{seconds:.2f}' for seconds in found.seconds_of_one)})\n"
        f"{_AT_ONCE} at once: all within {found.seconds_of_all:.2f} s, "
        f"the slowest {max(found.seconds_at_once):.2f} s\n"
        f"web process: {found.web_before / mb:.0f} MB before, "
        f"{found.web_peak / mb:.0f} MB at most\n"
    )


if __name__ == "__main__":
    main()
