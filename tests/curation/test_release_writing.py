"""Writing the files of a release: all of them, once, or nothing to be seen."""

import errno
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from curation.domain.bundle import DamagedImageError, verify_manifest
from curation.domain.content import ProblemContent
from curation.errors import WrongMomentError
from curation.exporting import RETRY, cancel_writing, retry_release, write_release
from curation.models import HistoryEntry, Image, Release, Revision, Status, What
from curation.releases import cut_release
from curation.tasks import resume_releases
from tests.curation.statuses import Crew, bring_to, make_crew
from tests.curation.storages import Trouble, keep_releases_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture(autouse=True)
def stored(tmp_path: Path, settings: Settings) -> Path:
    """The folder of the releases storage, empty at first."""
    keep_releases_in(tmp_path, settings)
    return tmp_path


def _cut(crew: Crew, version: str = "1.0.0") -> Release:
    return cut_release(version, notes="", by=crew.editor)


def _new_release(crew: Crew) -> Release:
    bring_to(Status.APPROVED, crew)
    return _cut(crew)


def _expire_lease(release: Release) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Release.objects.filter(pk=release.pk).update(leased_until=past)


def _state(release: Release) -> tuple[str, int, str]:
    release.refresh_from_db()
    return release.status, release.attempts, release.failure


def test_writing_keeps_every_file_with_its_row(crew: Crew, stored: Path) -> None:
    release = _new_release(crew)
    write_release(release)
    assert _state(release) == (Release.Status.READY, 1, "")
    assert release.leased_until is None
    folder = stored / release.version
    assert verify_manifest(folder) == []
    on_disk = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert set(release.files.values_list("path", flat=True)) == on_disk
    for file in release.files.all():
        assert (folder / file.path).stat().st_size == file.byte_size


def test_what_is_ready_is_not_written_again(crew: Crew) -> None:
    release = _new_release(crew)
    write_release(release)
    before = list(release.files.values())
    write_release(release)
    assert _state(release) == (Release.Status.READY, 1, "")
    assert list(release.files.values()) == before


def test_a_second_worker_leaves_a_release_to_the_one_that_writes_it(
    crew: Crew, stored: Path, settings: Settings
) -> None:
    release = _new_release(crew)
    seen = []

    def a_second_worker_comes(_: int) -> None:
        write_release(release)
        seen.append((_state(release), release.files.count()))

    keep_releases_in(stored, settings, a_second_worker_comes)
    write_release(release)
    assert set(seen) == {((Release.Status.WRITING, 1, ""), 0)}
    assert _state(release) == (Release.Status.READY, 1, "")
    assert verify_manifest(stored / release.version) == []


def test_an_expired_lease_is_taken_over(crew: Crew) -> None:
    release = _new_release(crew)
    Release.objects.update(status=Release.Status.WRITING, attempts=1)
    _expire_lease(release)
    write_release(release)
    assert _state(release) == (Release.Status.READY, 2, "")


def _overtaken(release: Release, stored: Path, settings: Settings) -> Trouble:
    """While the first file is kept the lease expires, and another worker writes all files."""

    def trouble(kept: int) -> None:
        if kept == 0:
            keep_releases_in(stored, settings)
            _expire_lease(release)
            write_release(release)

    return trouble


def test_a_worker_that_was_overtaken_changes_nothing(
    crew: Crew, stored: Path, settings: Settings
) -> None:
    release = _new_release(crew)
    keep_releases_in(stored, settings, _overtaken(release, stored, settings))
    write_release(release)
    assert _state(release) == (Release.Status.READY, 2, "")
    assert verify_manifest(stored / release.version) == []


def test_a_worker_that_fails_after_it_was_overtaken_spoils_nothing(
    crew: Crew, stored: Path, settings: Settings
) -> None:
    release = _new_release(crew)

    def trouble(_: int) -> None:
        _expire_lease(release)
        Release.objects.update(leased_until=timezone.now() + timedelta(minutes=1), attempts=2)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    keep_releases_in(stored, settings, trouble)
    with pytest.raises(OSError, match="No space left"):
        write_release(release)
    assert _state(release) == (Release.Status.WRITING, 2, "")
    keep_releases_in(stored, settings)
    _expire_lease(release)
    write_release(release)
    assert _state(release) == (Release.Status.READY, 3, "")


def _lost_image(release: Release) -> Iterator[str]:
    """Take an image's file away, give its hash; when asked again, bring it back."""
    image = Image.objects.filter(revisions__releases=release).earliest("sha256")
    storage = storages["images"]
    with storage.open(image.storage_name) as file:
        content = file.read()
    storage.delete(image.storage_name)
    yield image.sha256
    storage.save(image.storage_name, ContentFile(content))


def test_a_failure_is_kept_with_the_release_and_tried_again_when_asked(
    crew: Crew, client: Client
) -> None:
    release = _new_release(crew)
    losing = _lost_image(release)
    sha256 = next(losing)
    with pytest.raises(DamagedImageError):
        write_release(release)
    status, attempts, failure = _state(release)
    assert (status, attempts) == (Release.Status.FAILED, 1)
    assert f"Image {sha256} is missing from the image storage. Restore this file" in failure
    client.force_login(crew.editor)
    page = client.get(reverse("curation:release_detail", args=[release.version]))
    assert sha256 in page.content.decode()
    write_release(release)
    assert _state(release) == (status, attempts, failure)
    assert next(losing, "") == ""
    retry_release(release, by=release.cut_by)
    assert _state(release) == (Release.Status.QUEUED, 0, "")
    write_release(release)
    assert _state(release) == (Release.Status.READY, 1, "")


def _files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of its own that a release does not fit on."""
    folder = tmp_path_factory.mktemp("small")
    if _mount(folder, "size=48k").returncode:
        pytest.skip("Only who may mount file systems can fill a real one.")
    try:
        yield folder
    finally:
        subprocess.run([_program("umount"), str(folder)], check=True)


def _mount(folder: Path, options: str) -> "subprocess.CompletedProcess[bytes]":
    command = [_program("mount"), "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True)


def _program(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"There is no {name} on this machine.")


@pytest.mark.parametrize("is_full", ["the storage", "the place aside"])
def test_a_full_disk_shows_no_file_says_so_and_leaves_nothing_behind(
    is_full: str, crew: Crew, stored: Path, settings: Settings, small_disk: Path
) -> None:
    release = _new_release(crew)
    if is_full == "the storage":
        stored = small_disk
        keep_releases_in(stored, settings)
    else:
        settings.DATA_DIR = small_disk
    with pytest.raises(OSError, match="No space left"):
        write_release(release)
    status, attempts, failure = _state(release)
    assert (status, attempts) == (Release.Status.FAILED, 1)
    assert re.fullmatch(
        r"The disk is full: about \d+(\.\d)?\s[KM]B needed\. "
        r"Free some, then press “Write the files again”\.",
        failure,
    )
    assert not release.files.exists()
    assert _files_in(small_disk) == _files_in(stored) == []
    assert _mount(small_disk, "remount,size=16m").returncode == 0
    retry_release(release, by=release.cut_by)
    write_release(release)
    assert _state(release) == (Release.Status.READY, 1, "")
    assert verify_manifest(stored / release.version) == []
    assert _files_in(settings.DATA_DIR / "writing") == []


def test_the_button_that_a_full_disk_names_is_the_one_on_the_page(
    crew: Crew, client: Client
) -> None:
    release = _new_release(crew)
    Release.objects.update(status=Release.Status.FAILED)
    client.force_login(crew.editor)
    page = client.get(reverse("curation:release_detail", args=[release.version]))
    assert f">{RETRY}</button>" in page.content.decode()


def _stopping(release: Release, at: int) -> Trouble:
    def trouble(kept: int) -> None:
        if kept == at:
            cancel_writing(release, by=release.cut_by)

    return trouble


def test_a_stopped_worker_leaves_nothing_and_the_release_can_be_written_later(
    crew: Crew, stored: Path, settings: Settings
) -> None:
    release = _new_release(crew)
    keep_releases_in(stored, settings, _stopping(release, at=2))
    write_release(release)
    assert _state(release) == (Release.Status.STOPPED, 1, "")
    assert not release.files.exists()
    assert _files_in(stored) == []
    assert not Release.objects.unwritten_at(timezone.now()).exists()
    write_release(release)
    assert _state(release)[0] == Release.Status.STOPPED
    retry_release(release, by=release.cut_by)
    keep_releases_in(stored, settings)
    write_release(release)
    assert _state(release) == (Release.Status.READY, 1, "")
    assert verify_manifest(stored / release.version) == []


def test_a_worker_sees_between_two_problems_that_it_is_stopped(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        bring_to(Status.APPROVED, crew)
    release = _cut(crew)
    read: list[int] = []

    def content(revision: Revision) -> ProblemContent:
        if len(read) == 2:
            cancel_writing(release, by=release.cut_by)
        read.append(revision.pk)
        return ProblemContent.from_json(revision.content_json)

    monkeypatch.setattr(Revision, "content", content)
    write_release(release)
    assert _state(release)[0] == Release.Status.STOPPED
    assert len(read) == 3


def test_who_is_stopped_while_another_worker_writes_again_spoils_nothing(
    crew: Crew, stored: Path, settings: Settings
) -> None:
    release = _new_release(crew)

    def trouble(kept: int) -> None:
        if kept == 1:
            cancel_writing(release, by=release.cut_by)
            retry_release(release, by=release.cut_by)
            keep_releases_in(stored, settings)
            write_release(release)

    keep_releases_in(stored, settings, trouble)
    write_release(release)
    assert _state(release) == (Release.Status.READY, 1, "")
    assert verify_manifest(stored / release.version) == []


def test_what_nobody_took_up_yet_is_stopped_too_and_kept_in_the_history(crew: Crew) -> None:
    release = _new_release(crew)
    cancel_writing(release, by=crew.editor)
    assert _state(release) == (Release.Status.STOPPED, 0, "")
    entry = HistoryEntry.objects.newest_first()[0]
    assert (entry.what, entry.person) == (What.RELEASE_STOPPED, crew.editor)


@pytest.mark.parametrize("status", ["ready", "failed", "stopped"])
def test_only_what_is_being_written_is_stopped(status: str, crew: Crew) -> None:
    release = _new_release(crew)
    Release.objects.update(status=status)
    with pytest.raises(WrongMomentError, match="nothing to stop"):
        cancel_writing(release, by=crew.editor)
    assert _state(release)[0] == status


def test_what_a_killed_attempt_left_aside_is_gone_with_the_next(
    crew: Crew, settings: Settings
) -> None:
    release = _new_release(crew)
    other = settings.DATA_DIR / "writing" / f"{release.pk + 1}-other"
    left = settings.DATA_DIR / "writing" / f"{release.pk}-killed"
    for folder in (other, left):
        folder.mkdir(parents=True)
        (folder / "half").write_text("Half.")
    write_release(release)
    assert not left.exists()
    assert (other / "half").read_text() == "Half."
    (other / "half").unlink()
    other.rmdir()


def test_a_release_whose_worker_was_stopped_each_time_fails_and_can_be_tried_again(
    crew: Crew,
) -> None:
    release = _new_release(crew)
    Release.objects.update(status=Release.Status.WRITING, attempts=3)
    _expire_lease(release)
    write_release(release)
    status, _, failure = _state(release)
    assert status == Release.Status.FAILED
    assert "was stopped each time" in failure
    assert not Release.objects.unwritten_at(timezone.now()).exists()
    retry_release(release, by=release.cut_by)
    write_release(release)
    assert _state(release) == (Release.Status.READY, 1, "")


@pytest.mark.parametrize("status", ["queued", "writing", "ready"])
def test_only_what_failed_is_tried_again(status: str, crew: Crew) -> None:
    release = _new_release(crew)
    Release.objects.update(status=status, attempts=1)
    with pytest.raises(WrongMomentError, match="could not be written"):
        retry_release(release, by=release.cut_by)
    assert _state(release) == (status, 1, "")


@pytest.mark.parametrize(
    ("status", "left", "after"),
    [
        ("queued", None, "ready"),
        ("writing", -1, "ready"),
        ("writing", 60, "writing"),
        ("failed", None, "failed"),
        ("stopped", None, "stopped"),
    ],
    ids=["new", "abandoned", "held", "failed", "stopped"],
)
def test_the_sweep_takes_up_what_is_queued_or_abandoned(
    status: str, left: int | None, after: str, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(current_app.conf, "task_always_eager", True)
    release = _new_release(crew)
    until = None if left is None else timezone.now() + timedelta(seconds=left)
    attempts = 0 if status == "queued" else 1
    Release.objects.update(status=status, attempts=attempts, leased_until=until)
    resume_releases.delay()
    assert _state(release)[0] == after
