"""Imports of releases by processes of their own: killed half-way, two at once, in another house."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from curation.domain.bundle import read_manifest
from curation.exporting import export_release
from curation.models import (
    CoveredRevision,
    HistoryEntry,
    Image,
    Problem,
    Provenance,
    Release,
    Revision,
    StatusChange,
)
from tests.curation.foreign import Studio
from tests.curation.invariants import broken_invariants
from tests.environment import ROOT, without_settings
from tests.factories import make_approved, make_editor, make_person, make_problem, make_release
from tests.killing import database_url

pytestmark = pytest.mark.usefixtures("committed_db")

_KILLED = """
import os, signal, sys, django
django.setup()
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection

folder, by, where, left = sys.argv[1:]
left = int(left)

def die_when_due():
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1

save = storages["images"].save
def save_or_die(*args, **kwargs):
    die_when_due()
    return save(*args, **kwargs)

def execute_or_die(execute, sql, *args):
    if sql.startswith(f'INSERT INTO "{where}"'):
        die_when_due()
    return execute(sql, *args)

if where == "images":
    storages["images"].save = save_or_die
with connection.execute_wrapper(execute_or_die):
    call_command("import_release", folder, version="1.0.0", by=by)
"""


def _killed(folder: Path, by: str, *, where: str, after: int) -> int:
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-c", _KILLED, str(folder), by, where, str(after)]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=120).returncode


def _is_nothing_there() -> bool:
    kinds = (Problem, Revision, Release, Provenance, CoveredRevision, Image, StatusChange)
    kept = HistoryEntry.objects.filter(what__in=("release.imported", "move.import"))
    return not kept.exists() and not any(kind.objects.exists() for kind in kinds)


@pytest.mark.parametrize(
    ("where", "after"),
    [
        ("images", 3),
        ("curation_provenance", 0),
        ("curation_revision", 1),
        ("curation_statuschange", 1),
        ("curation_releaseitem", 0),
    ],
)
def test_an_import_killed_half_way_leaves_nothing_and_is_run_again(
    where: str, after: int, tmp_path: Path
) -> None:
    studio, editor = Studio(), make_editor()
    folder = studio.write(tmp_path / "far", [studio.problem(30 + n) for n in range(2)])
    for sha256 in studio.stored:
        _forget_stored(sha256)
    assert _killed(folder, editor.email, where=where, after=after) == -signal.SIGKILL
    assert _is_nothing_there()
    call_command("import_release", str(folder), version="1.0.0", by=editor.email, publish=True)
    assert Release.objects.get().items.count() == 2
    assert broken_invariants() == {}


def _forget_stored(sha256: str) -> None:
    for path in (settings.DATA_DIR / "images" / sha256[:2] / sha256[2:4]).glob(f"{sha256}.*"):
        path.unlink()


def test_of_two_imports_at_once_one_makes_the_release(tmp_path: Path) -> None:
    studio, editor = Studio(), make_editor()
    folder = studio.write(tmp_path / "far", [studio.problem(1)])
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
    }
    command = [sys.executable, "manage.py", "import_release", str(folder), "--version", "1.0.0"]
    command += ["--by", editor.email]
    both = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = {one.communicate(timeout=120)[1]: one.returncode for one in both}
    assert sorted(said.values()) == [0, 1]
    refusal = next(words for words, code in said.items() if code)
    assert "CommandError" in refusal
    assert "Traceback" not in refusal
    assert (Release.objects.count(), Problem.objects.count()) == (1, 1)
    assert Provenance.objects.count() == 1


def test_a_release_imported_into_an_empty_house_and_exported_there_is_the_same(
    tmp_path: Path,
) -> None:
    author = make_person(is_author=True)
    reviewers = make_person(is_reviewer=True), make_person(is_reviewer=True)
    problems = [make_approved(make_problem(author), *reviewers) for _ in range(3)]
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    export_release(make_release(*problems, version="4.2.0"), here)
    _in_another_house(tmp_path / "house", here, there)
    for name in ("data", "permuted", "permuted_by_reference", "images", "problems.jsonl"):
        assert _bytes_under(here / name) == _bytes_under(there / name)
    assert read_manifest(here).revisions == read_manifest(there).revisions
    assert read_manifest(here).revisions


def _bytes_under(path: Path) -> dict[str, bytes]:
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    assert files
    return {each.relative_to(path).as_posix(): each.read_bytes() for each in files}


def _in_another_house(house: Path, release: Path, to: Path) -> None:
    """Import and export in an installation with a database and files of its own."""
    environment = without_settings() | {"ENVIRONMENT": "test", "DATA_DIR": str(house)}
    house.mkdir()
    make_an_editor = (
        "from curation.models import User; "
        "User.objects.create_user('ed@example.org', name='Ed', is_editor=True)"
    )
    # Its pictures are too small and too alike for the rules: the editor signs for that.
    signed = ["--version", "4.2.0", "--by", "ed@example.org", "--publish", "--with-errors"]
    for words in (
        ["migrate", "--verbosity", "0"],
        ["shell", "--command", make_an_editor],
        ["import_release", str(release), *signed],
        ["export_release", "4.2.0", "--to", str(to)],
    ):
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=200)
