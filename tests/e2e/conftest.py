"""One running installation and one browser for all journeys; a page of its own for each."""

import os
import shutil
from collections.abc import Generator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.installation import Installation, running_installation
from tests.e2e.people import IMAGES
from tests.environment import is_ci

# What a page is to show may take this long on a busy machine; what is there at once costs nothing.
_PATIENCE_MS = 20_000
# The first is the same engine without the windows of a desktop: pages open in half the time.
_NAMES = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable"),
)
_QUIET = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed journey shows what the servers said."""
    report = yield
    running = getattr(item, "funcargs", {}).get("installation")
    if report.failed and running is not None:
        report.sections.append(("logs of the installation", running.logs()))
    return report


def _chromium() -> str:
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    reason = "no chromium on this machine; the Debian package chromium-headless-shell has it"
    if is_ci():
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium from this machine, without anything it would do on the network by itself."""
    executable = _chromium()
    expect.set_options(timeout=_PATIENCE_MS)
    # Chromium's sandbox does not run as root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*_QUIET, *sandbox])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def archive() -> Iterator[str]:
    """The address of a picture archive in the network of the installation, which may ask it."""
    serve = partial(SimpleHTTPRequestHandler, directory=str(IMAGES))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="package")
def installation(tmp_path_factory: pytest.TempPathFactory, archive: str) -> Iterator[Installation]:
    """The product as it is run: web server, worker and beat, on the databases of this test run."""
    # Looking for text takes seconds of a core for each picture, and no journey waits for it.
    env = {"IMAGE_HOSTS": archive.removeprefix("http://"), "TEXT_SEARCH": "no"}
    with running_installation(tmp_path_factory.mktemp("installation"), env) as running:
        yield running


@pytest.fixture
def page(browser: Browser, installation: Installation) -> Iterator[Page]:
    """A browser window without cookies; addresses are relative to the installation."""
    context = browser.new_context(base_url=installation.url)
    yield context.new_page()
    context.close()
