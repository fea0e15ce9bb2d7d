"""The main job, end to end, in a browser: from an invitation to a place on the leaderboard."""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import people
from tests.e2e.installation import Installation
from tests.e2e.people import IMAGES, Browsing
from tests.servers import free_port

EDITOR = "editor@example.org"
MOST_ALIKE = "most-alike-example"


@dataclass(frozen=True, slots=True)
class Task:
    """What the author writes: three panels of one question."""

    question: str
    panels: tuple[tuple[str, str], ...]  # image file, answer; the query last


TASK = Task(
    "Which tissue fills most of this field?",
    (
        ("he_stroma_a.jpg", "Fibrous tissue"),
        ("he_adipose_a.jpg", "Adipose tissue"),
        ("he_adipose_b.jpg", "Adipose tissue"),
    ),
)


@pytest.fixture(scope="module")
def _editor(installation: Installation) -> None:
    """The first person of an installation, made on its command line."""
    code = (
        "from curation.models import User;"
        f"User.objects.create_superuser({EDITOR!r}, {people.PASSWORD!r}, name='Edith Editor')"
    )
    installation.run_code(code)


@pytest.fixture(scope="module")
def chat_url(installation: Installation) -> Iterator[str]:
    """A model's address: the server that answers like the most alike example."""
    port = free_port()
    command = (sys.executable, "manage.py", "serve_most_alike", "--port", str(port))
    with installation.process("chat", *command):
        yield f"http://127.0.0.1:{port}/v1"


@pytest.mark.usefixtures("_editor")
@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no_scripts"])
def test_from_invitation_to_leaderboard(
    browser: Browser,
    installation: Installation,
    chat_url: str,
    tmp_path: Path,
    *,
    has_scripts: bool,
) -> None:
    """An author writes, two reviewers approve, an editor releases, a worker measures."""
    browsing = Browsing(browser, installation, has_scripts)
    name = "script" if has_scripts else "plain"
    with browsing.window() as page:
        people.log_in(page, EDITOR)
        author = people.invite(page, f"{name}-author@example.org", "Author")
        reviewers = [
            people.invite(page, f"{name}-reviewer{i}@example.org", "Reviewer") for i in (1, 2)
        ]
    with browsing.window() as page:
        people.join(page, author, "Anna Author")
        _write_problem(page, has_scripts=has_scripts)
    for number, link in enumerate(reviewers, start=1):
        with browsing.window() as page:
            people.join(page, link, f"Reviewer {number}")
            people.approve_first(page, TASK.question)
    with browsing.window() as page:
        people.log_in(page, EDITOR)
        version = people.release(page, has_scripts=has_scripts)
        _download(page, version, tmp_path)
        _measure(page, chat_url, name, has_scripts=has_scripts)


def _write_problem(page: Page, *, has_scripts: bool) -> None:
    people.start_problem(page)
    labels = ("Example 1", "Example 2", "Query")
    for label, (file, answer) in zip(labels, TASK.panels, strict=True):
        people.panel_link(page, label).click()
        expect(page.get_by_role("heading", name=label)).to_be_visible()
        if label == "Example 2" and has_scripts:
            people.paste_image(page, IMAGES / file)
        else:
            people.upload_image(page, IMAGES / file, has_scripts=has_scripts)
        people.write_panel(page, TASK.question, answer)
        people.describe_image(page)
    _rearrange(page)
    people.annotate(page)
    page.get_by_role("link", name="Go to the overview and submit").click()
    expect(page.locator(".turn")).to_have_count(3)
    expect(page.locator(".turn-text.is-answer")).to_have_count(2)  # the query's is not sent
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("Submitted. Reviewers see it now")).to_be_visible()


def _rearrange(page: Page) -> None:
    """Add an example, move it, take it out again: the rest is as before."""
    page.get_by_role("button", name="Add example").click()
    expect(page.get_by_role("heading", name="Example 3")).to_be_visible()
    expect(page.get_by_label("Question")).to_have_value(TASK.question)
    page.get_by_role("button", name="Move earlier").click()
    expect(page.get_by_role("heading", name="Example 2")).to_be_visible()
    page.get_by_role("button", name="Remove panel").click()
    expect(page.get_by_text("Example 2 was removed.")).to_be_visible()
    expect(page.get_by_label(re.compile("^Answer"))).to_have_value(TASK.panels[1][1])


def _download(page: Page, version: str, folder: Path) -> None:
    """Every listed file arrives with the bytes its checksum promises; the rows hold pictures."""
    files = {}
    for name in ("manifest.json", "data/test-00000-of-00001.parquet", "problems.jsonl"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).first.click()
        files[name] = folder / Path(name).name
        download.value.save_as(files[name])
    manifest = json.loads(files["manifest.json"].read_text())
    assert manifest["description"]["version"] == version
    hashes = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    for name in ("data/test-00000-of-00001.parquet", "problems.jsonl"):
        assert hashlib.sha256(files[name].read_bytes()).hexdigest() == hashes[name]
    rows = pq.read_table(files["data/test-00000-of-00001.parquet"]).to_pylist()
    assert [row["answer"] for row in rows[-3:]] == [answer for _, answer in TASK.panels]
    assert all(row["image"]["bytes"] for row in rows)


def _measure(page: Page, chat_url: str, name: str, *, has_scripts: bool) -> None:
    model, baseline = f"{name} model", f"{name} baseline"
    _set_up(page, model, "Model behind an OpenAI-compatible chat API", chat_url)
    _set_up(page, baseline, "Baseline: most frequent answer of the examples")
    for endpoint in (model, baseline):
        page.goto("/runs/new/")
        page.get_by_label("Endpoint").select_option(label=endpoint)
        page.get_by_role("radio", name=re.compile("^In-context, open(?!,)")).check()
        page.get_by_role("button", name="Start the run").click()
        people.wait_for_word(page, "Finished", has_scripts=has_scripts)
    page.get_by_role("link", name=TASK.question).first.click()
    expect(page.get_by_role("heading", name="The prompt as sent")).to_be_visible()
    page.goto("/leaderboard/")
    row = page.get_by_role("row").filter(has_text=model)
    expect(row).to_contain_text("in-context, open")
    # The query's fat looks more like the example of fat than like the fibrous one.
    expect(row.locator("td.num").nth(0)).not_to_have_text("0")


def _set_up(page: Page, name: str, kind: str, address: str = "") -> None:
    page.goto("/endpoints/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Kind").select_option(label=kind)
    page.get_by_label(re.compile("^Address")).fill(address)
    page.get_by_label(re.compile("^Model")).fill(MOST_ALIKE if address else "")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()
