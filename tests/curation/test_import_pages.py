"""What the pages of an import show while it is read, before it starts, and after."""

import re

import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from curation.models import Heartbeat, Import, Problem, User
from tests.curation.domain.importing.brought import HEADER, archive, table
from tests.curation.importers import (
    PICTURES,
    bring,
    bring_checked,
    bring_imported,
    files_of,
    panels,
    statuses,
    stored,
)
from tests.factories import make_person

pytestmark = pytest.mark.django_db

_POLL = 'hx-trigger="every 2s"'


@pytest.fixture
def author(client: Client) -> User:
    person = make_person(is_author=True)
    client.force_login(person)
    return person


def _address(name: str, batch: Import) -> str:
    return reverse(f"curation:{name}", args=[batch.pk])


def _page(client: Client, batch: Import, query: str = "", **headers: str) -> str:
    answer = client.get(_address("import_detail", batch) + query, headers=headers)
    assert answer.status_code == 200
    page: str = answer.content.decode()
    return page


def _uploads(files: dict[str, bytes]) -> dict[str, SimpleUploadedFile]:
    named = zip(("problems", "images"), files.items(), strict=False)
    return {field: SimpleUploadedFile(name, data) for field, (name, data) in named}


def test_bringing_reading_and_importing_by_pages(
    client: Client,
    author: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.setitem(current_app.conf, "task_always_eager", True)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("curation:import_create"), _uploads(files_of("a", "b")))
    batch = Import.objects.get()
    assert answer["Location"] == _address("import_detail", batch)
    page = _page(client, batch)
    assert "Import 2 problems" in page
    assert "What is a?" in page
    assert "problems.csv, images.zip" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(_address("import_start", batch))
    page = _page(client, batch)
    assert "2 problems imported as drafts" in page
    for problem in Problem.objects.written_by(author):
        assert reverse("curation:problem_overview", args=[problem.pk]) in page


def test_a_form_without_a_file_is_shown_again(client: Client, author: User) -> None:
    answer = client.post(reverse("curation:import_create"))
    assert answer.status_code == 422
    assert b"Choose the file with the problems." in answer.content
    assert not Import.objects.exists()


def test_too_much_at_once_is_refused_beside_the_field(
    client: Client, author: User, settings: Settings
) -> None:
    settings.IMPORT_MAX_BYTES = 1024**2
    uploads = _uploads({"p.csv": b"x" * 600_000, "i.zip": b"x" * 600_000})
    answer = client.post(reverse("curation:import_create"), uploads)
    assert answer.status_code == 422
    assert "These files have 1 MB together; this page takes 1 MB" in answer.content.decode()


def test_the_page_asks_again_while_a_worker_has_something_to_do(
    client: Client, author: User
) -> None:
    batch = bring(author, files_of("a"))
    for status, is_asking in (
        ("queued", True),
        ("checking", True),
        ("importing", True),
        ("ready", False),
        ("finished", False),
        ("cancelled", False),
        ("failed", False),
    ):
        Import.objects.update(status=status)
        part = _page(client, batch, hx_request="true")
        assert part.strip().startswith('<div id="state"')
        assert (_POLL in part) == is_asking


def test_the_page_says_that_no_worker_is_running(client: Client, author: User) -> None:
    batch = bring(author, files_of("a"))
    assert "No worker is running" in _page(client, batch)
    Heartbeat.objects.create(name="worker", beat_at=timezone.now())
    assert "No worker is running" not in _page(client, batch)


def test_what_is_wrong_is_said_with_its_row_and_shown_as_text(client: Client, author: User) -> None:
    rows = [*panels("a"), ("<b>bad</b>", "judge", "<script>alert(1)</script>", "A", "")]
    files = {"p.csv": table(*rows, header=(*HEADER[:-1], "image")), "i.zip": archive(PICTURES)}
    batch = bring_checked(author, files)
    page = _page(client, batch)
    assert "Row 4: the role “judge” is not known." in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "Import 1 problem<" in re.sub(r"\s+", " ", page)


def test_problems_are_listed_by_what_becomes_of_them(client: Client, author: User) -> None:
    bring_imported(author, files_of("a"))
    batch = bring_checked(author, files_of("a", "b"))
    known = _page(client, batch, "?status=known")
    assert "What is a?" in known
    assert "What is b?" not in known
    assert "What is b?" in _page(client, batch, "?status=nonsense")


def test_a_failed_import_says_why(client: Client, author: User) -> None:
    batch = bring_checked(author, {"p.csv": b"\0"})
    page = _page(client, batch)
    assert "Nothing was imported" in page
    assert "is not a text file" in page


def test_cancelling_and_starting_twice_is_the_wrong_moment(client: Client, author: User) -> None:
    batch = bring_checked(author, files_of("a"))
    assert client.post(_address("import_cancel", batch)).status_code == 302
    assert "You cancelled this import" in _page(client, batch)
    for name in ("import_cancel", "import_start"):
        assert client.post(_address(name, batch)).status_code == 409
    assert (stored(batch).status, statuses(batch)) == ("cancelled", ["ready"])


def test_nobody_else_sees_an_import(client: Client, author: User) -> None:
    batch = bring_checked(make_person(is_author=True, is_editor=True), files_of("a"))
    client.force_login(make_person(is_author=True, is_editor=True, is_reviewer=True))
    assert client.get(_address("import_detail", batch)).status_code == 404
    for name in ("import_start", "import_cancel"):
        assert client.post(_address(name, batch)).status_code == 404
    assert str(batch.pk) not in client.get(reverse("curation:import_create")).content.decode()


def test_the_template_is_downloaded_and_can_be_brought_again(client: Client, author: User) -> None:
    answer = client.get(reverse("curation:import_template"))
    assert answer["Content-Disposition"] == 'attachment; filename="problems.csv"'
    batch = bring_checked(author, {"problems.csv": answer.content})
    assert batch.status == "failed"
    assert "There is no problem in these files" in batch.failure


def test_the_page_of_an_import_takes_as_many_queries_for_many_problems(
    client: Client, author: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    batch = bring_imported(author, files_of("a", "b", "c"))
    with django_assert_max_num_queries(10):
        _page(client, batch)
