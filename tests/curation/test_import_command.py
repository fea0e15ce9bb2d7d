"""`manage.py import_problems`: the same without a worker."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from curation.models import Import, Problem, User
from tests.curation.importers import PICTURES, files_of, stored_files
from tests.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> User:
    return make_person(is_author=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A table beside a folder of its images, and a link that leads elsewhere."""
    (tmp_path / "brought" / "images").mkdir(parents=True)
    for name, data in PICTURES.items():
        (tmp_path / "brought" / "images" / name).write_bytes(data)
    (tmp_path / "brought" / "problems.csv").write_bytes(files_of("a", "b")["problems.csv"])
    (tmp_path / "secret.csv").write_text("problem,question,answer\n")
    (tmp_path / "brought" / "link.csv").symlink_to(tmp_path / "secret.csv")
    return tmp_path / "brought"


def _told(*paths: Path, by: str, preview: bool = False) -> str:
    output = StringIO()
    call_command("import_problems", *map(str, paths), by=by, preview=preview, stdout=output)
    return output.getvalue()


def test_a_folder_is_imported_and_what_was_done_is_said(author: User, folder: Path) -> None:
    told = _told(folder, by=author.email.upper())
    assert "rows 2 to 3 (a): Will be imported\n" in told
    assert "2 will be imported.\n" in told
    assert f"2 imported as drafts of {author.email}.\n" in told
    assert Problem.objects.written_by(author).count() == 2
    assert stored_files(Import.objects.get()) == []


def test_a_preview_writes_nothing(author: User, folder: Path) -> None:
    told = _told(folder, by=author.email, preview=True)
    assert "2 will be imported.\nNothing was imported.\n" in told
    assert not Problem.objects.exists()
    assert (Import.objects.get().status, stored_files(Import.objects.get())) == ("cancelled", [])


def test_run_again_it_passes_over_what_is_there(author: User, folder: Path) -> None:
    (folder / "problems.csv").write_bytes(files_of("a")["problems.csv"])
    _told(folder, by=author.email)
    (folder / "problems.csv").write_bytes(files_of("a", "b", "c")["problems.csv"])
    told = _told(folder, by=author.email)
    assert "rows 2 to 3 (a): Already among your problems\n" in told
    assert "2 imported as drafts" in told
    assert "Nothing was imported" in _told(folder, by=author.email)
    assert Problem.objects.count() == 3


def test_several_files_are_one_import(author: User, tmp_path: Path) -> None:
    paths = []
    for name, data in files_of("a").items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data)
    assert "1 imported" in _told(*paths, by=author.email)


def test_nothing_is_done_for_people_who_are_no_authors(folder: Path) -> None:
    for email in ("nobody@example.org", make_person(is_editor=True).email):
        with pytest.raises(CommandError, match="is not an author here"):
            _told(folder, by=email)


def test_what_cannot_be_read_is_said(author: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file or folder"):
        _told(tmp_path / "nothing", by=author.email)
    (tmp_path / "p.csv").write_bytes(b"\0")
    with pytest.raises(CommandError, match="is not a text file"):
        _told(tmp_path / "p.csv", by=author.email)
    assert Import.objects.get().status == "failed"
