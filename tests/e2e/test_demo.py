"""The first command of the README: it starts, all its pages are sound, it stops cleanly."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect

from config.demo.processes import dies_with_parent
from tests.environment import ROOT, without_settings
from tests.servers import free_port

pytestmark = pytest.mark.skipif(
    "TEST_DATABASE_URL" in os.environ,
    reason="the demo always runs on SQLite; the pass on SQLite has these tests",
)

_SECONDS_TO_START = 300  # on a busy machine
type Scheme = Literal["light", "dark"]
_VIEWS: tuple[tuple[ViewportSize, Scheme], ...] = (
    ({"width": 1440, "height": 900}, "light"),
    ({"width": 390, "height": 844}, "dark"),
)
_PEOPLE = ("noor.aaltonen", "ilse.baraka", "hana.whitfield", "amara.lindqvist")
_NOT_PAGES = re.compile(
    r"/files/|/images/|/static/|/accounts/logout|/admin|/api/"
    r"|\.(csv|zip|atom|parquet|jsonl|svg|pdf|tex|md)$"
)


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: its process, address and the password of this start."""

    process: subprocess.Popen[str]
    url: str
    password: str
    output: Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`manage.py demo` in an empty data folder, ended as Ctrl-C ends it."""
    folder = tmp_path_factory.mktemp("demo")
    output = folder / "output.txt"
    environment = {**without_settings(), "DATA_DIR": str(folder / "data"), "TEXT_SEARCH": "no"}
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-u", "manage.py", "demo", "--port", str(free_port())],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=dies_with_parent(),  # noqa: PLW1509 - calls the kernel only
        )
    try:
        yield _started(process, output)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _started(process: subprocess.Popen[str], output: Path) -> Demo:
    last_moment = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < last_moment and process.poll() is None:
        said = output.read_text()
        address = re.search(r"is at (http://\S+)", said)
        password = re.search(r"password of this start: (\S+)", said)
        if address and password:
            return Demo(process, address[1], password[1], output)
        time.sleep(0.2)
    raise AssertionError(f"The demo did not start:\n{output.read_text()}")


def _log_in(page: Page, demo: Demo, name: str) -> None:
    page.goto(f"{demo.url}/accounts/login/")
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="What waits for you")).to_be_visible()


def _runs_are_finished(page: Page, demo: Demo) -> None:
    for _ in range(60):
        page.goto(f"{demo.url}/runs/")
        if page.locator(".status.is-finished").count() == 8:
            return
        time.sleep(1)
    raise AssertionError(page.locator("main").inner_text())


def test_it_says_where_what_people_do_is_kept(demo: Demo) -> None:
    assert f"is kept in {demo.output.parent / 'data'}.\n" in demo.output.read_text()


def test_the_demo_has_a_release_and_finished_runs(demo: Demo, browser: Browser) -> None:
    page = browser.new_page()
    _log_in(page, demo, "noor.aaltonen")
    _runs_are_finished(page, demo)
    page.goto(f"{demo.url}/leaderboard/")
    expect(page.get_by_role("row").filter(has_text="Built-in test program")).to_have_count(4)
    page.close()


@pytest.mark.parametrize("name", _PEOPLE)
def test_every_page_is_sound(demo: Demo, browser: Browser, name: str) -> None:
    page = browser.new_page()
    _log_in(page, demo, name)
    addresses = _reachable(page, demo)
    state = page.context.storage_state()
    page.close()
    faults = []
    for size, scheme in _VIEWS:
        context = browser.new_context(viewport=size, color_scheme=scheme, storage_state=state)
        window = context.new_page()
        said: list[str] = []
        window.on("console", _keep_words(said))
        for address in addresses:
            window.goto(demo.url + address)
            faults += [f"{address} {scheme}: {fault}" for fault in _faults(window, said)]
        context.close()
    assert len(addresses) >= 8
    assert not faults, "\n".join(faults)


def _keep_words(said: list[str]) -> Callable[[ConsoleMessage], None]:
    return lambda message: said.append(message.text)


def _reachable(page: Page, demo: Demo) -> list[str]:
    """One address of every kind of page that links lead to from the home page."""
    kinds: dict[str, str] = {}
    waiting = ["/"]
    while waiting:
        address = waiting.pop()
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+(\.\d+)*", "_", address)
        if kind in kinds:
            continue
        answer = page.goto(demo.url + address)
        assert answer is not None
        assert answer.status == 200, f"{address}: {answer.status}"
        kinds[kind] = address
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        paths = (link.partition("?")[0].partition("#")[0] for link in links)
        waiting += [path for path in paths if path.startswith("/") and not _NOT_PAGES.search(path)]
    return list(kinds.values())


def _faults(page: Page, said: list[str]) -> Iterator[str]:
    """What is wrong with the page that is open."""
    page.wait_for_load_state("load")
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        yield "is wider than the window"
    yield from said
    said.clear()
    for violation in Axe().run(page).response["violations"]:
        targets = [node["target"] for node in violation["nodes"]]
        yield f"{violation['id']} ({violation['impact']}): {targets[:3]}"


def test_ctrl_c_ends_the_demo_and_its_children(demo: Demo) -> None:
    children = _children_of(demo.process.pid)
    assert len(children) >= 3
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(60) == 0
    assert "Stopped." in demo.output.read_text()
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def _children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]
