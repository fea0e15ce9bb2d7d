"""Writing the files of a release, and exporting it into a folder."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F, QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from curation.announcing import tell_of_ready_release
from curation.domain.bundle import (
    BundleDescription,
    BundleFile,
    BundleItem,
    write_bundle,
)
from curation.errors import WrongMomentError
from curation.images import read_image
from curation.models import Image, Release, ReleaseFile, User, What
from curation.releases import record, stored_name, stored_names

_LEASE = timedelta(minutes=35)  # longer than a task may run
_MAX_ATTEMPTS = 3
_DESCRIBED = {field.name for field in fields(BundleDescription)}

RETRY = "Write the files again"
"""What the button says that tries it again."""

_DISK_IS_FULL = {errno.ENOSPC, errno.EDQUOT}
_TEXT_BYTES = 20_000  # of a problem in all text files and tables, about


class _TakenAwayError(Exception):
    """The writing was stopped by an editor, or another worker took over."""


def write_release(release: Release) -> None:
    """Write a release's files, unless a living worker does or did; a failure is kept with it.

    They are written aside, copied into the storage, and visible once all of them are there. Who
    is stopped or fails leaves none of them behind.
    """
    held = _lease(release, timezone.now())
    if held is None:
        return
    try:
        with _folder_aside(release) as folder:
            files = export_release(release, folder, held=held)
            for file in files:
                _require_held(held)
                _copy_file(release, folder, file)
        _show_files(release, held, files)
    except _TakenAwayError:
        _clear_away(release, Release.objects.stopped())
    except Exception as error:
        _fail(release, held, _in_words(error, release))
        raise


@contextmanager
def _folder_aside(release: Release) -> Iterator[Path]:
    """An empty folder on the disk of the installation; what a killed attempt left there is gone."""
    aside = settings.DATA_DIR / "writing"
    aside.mkdir(parents=True, exist_ok=True)
    for left in aside.glob(f"{release.pk}-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{release.pk}-", dir=aside) as folder:
        yield Path(folder)


def _require_held(held: QuerySet[Release]) -> None:
    if not held.exists():
        raise _TakenAwayError


def _lease(release: Release, now: datetime) -> QuerySet[Release] | None:
    """Take the release up; what is given holds it for as long as no other worker does."""
    waiting = Release.objects.unwritten_at(now).filter(pk=release.pk)
    until = now + _LEASE
    leased = waiting.filter(attempts__lt=_MAX_ATTEMPTS).update(
        status=Release.Status.WRITING, attempts=F("attempts") + 1, leased_until=until
    )
    if leased:
        writing = Release.objects.filter(pk=release.pk, status=Release.Status.WRITING)
        return writing.filter(leased_until=until)
    given_up = waiting.filter(attempts__gte=_MAX_ATTEMPTS)
    _fail(release, given_up, "The worker that wrote the files was stopped each time. See its log.")
    return None


def _copy_file(release: Release, folder: Path, file: BundleFile) -> None:
    storage = storages["releases"]
    name = stored_name(release, file.path)
    storage.delete(name)  # what an attempt that was killed left there
    with (folder / file.path).open("rb") as source:
        kept = storage.save(name, File(source))
    if kept != name:  # who took over put the same bytes there meanwhile
        storage.delete(kept)


def _show_files(release: Release, held: QuerySet[Release], files: tuple[BundleFile, ...]) -> None:
    """Make all files visible at once, unless another worker took over."""
    rows = [
        ReleaseFile(
            release=release,
            path=file.path,
            sha256=file.sha256,
            byte_size=file.size,
            crc32=file.crc32,
        )
        for file in files
    ]
    with transaction.atomic():
        if not held.update(status=Release.Status.READY, leased_until=None, failure=""):
            raise _TakenAwayError
        ReleaseFile.objects.bulk_create(rows, batch_size=1000)
        tell_of_ready_release(release)
        record(What.RELEASE_WRITTEN, release, files=len(rows))


@transaction.atomic
def _fail(release: Release, held: QuerySet[Release], failure: str) -> None:
    _clear_away(release, held)
    if held.update(status=Release.Status.FAILED, leased_until=None, failure=failure):
        record(What.RELEASE_FAILED, release)


@transaction.atomic
def _clear_away(release: Release, expected: QuerySet[Release]) -> None:
    """Take what was copied out of the storage again, while the release is still as `expected`.

    It is locked meanwhile, so that no other worker puts its files there.
    """
    if not expected.select_for_update().filter(pk=release.pk).exists():
        return
    storage = storages["releases"]
    for path in stored_names(storage, release.version):
        with suppress(OSError):  # what cannot be removed now is written over by the next attempt
            storage.delete(path)


def _in_words(error: Exception, release: Release) -> str:
    """What an editor is told of a failure."""
    if isinstance(error, OSError) and error.errno in _DISK_IS_FULL:
        needed = filesizeformat(_needed_bytes(release))
        return f"The disk is full: about {needed} needed. Free some, then press “{RETRY}”."
    return str(error) or type(error).__name__


def _needed_bytes(release: Release) -> int:
    """About: each picture stands in three files, all of them aside and in the storage."""
    pictures = Image.objects.filter(revisions__releases=release).values("sha256", "byte_size")
    total: int = sum(picture["byte_size"] for picture in pictures.distinct())
    return 2 * (3 * total + release.items.count() * _TEXT_BYTES)


@transaction.atomic
def cancel_writing(release: Release, *, by: User) -> None:
    """Stop writing the files of a release: its worker sees it at the next problem or file."""
    unsettled = Release.objects.unsettled().filter(pk=release.pk)
    if not unsettled.update(status=Release.Status.STOPPED, leased_until=None):
        raise WrongMomentError("The files are not being written, so there is nothing to stop.")
    record(What.RELEASE_STOPPED, release, by=by)


@transaction.atomic
def retry_release(release: Release, *, by: User) -> None:
    """Let a worker write the files of a failed or stopped release again."""
    unwritten = Release.objects.given_up().filter(pk=release.pk)
    if not unwritten.update(status=Release.Status.QUEUED, attempts=0, failure=""):
        raise WrongMomentError("Only a release whose files could not be written is tried again.")
    record(What.RELEASE_RETRIED, release, by=by)


@transaction.atomic
def record_export(release: Release) -> None:
    """Enter that somebody at the machine itself exported a release."""
    record(What.EXPORTED, release)


def export_release(
    release: Release, folder: Path, *, held: QuerySet[Release] | None = None
) -> tuple[BundleFile, ...]:
    """Write a release's files into an empty folder: the same bytes every time.

    For who writes them for everybody it ends as soon as the release is not `held` any more.
    """
    images = Image.objects.filter(revisions__releases=release)
    media_types = dict(images.values_list("sha256", "media_type").distinct().iterator())

    def read(sha256: str) -> bytes:
        return read_image(Image(sha256=sha256, media_type=media_types[sha256]))

    return write_bundle(folder, _description(release), _items(release, held), read)


def _description(release: Release) -> BundleDescription:
    columns = {
        "version": release.version,
        "notes": release.notes,
        "seed": release.seed,
        "released_on": release.cut_at.date().isoformat(),
    }
    known = {name: release.card[name] for name in _DESCRIBED & release.card.keys()}
    return BundleDescription.from_json(columns | known)  # an import keeps its own date


def _items(release: Release, held: QuerySet[Release] | None) -> Iterator[BundleItem]:
    items = release.items.select_related("revision")
    for item in items.iterator(chunk_size=100):
        if held is not None:
            _require_held(held)
        revision = item.revision
        yield BundleItem(
            content=revision.content(),
            revision_sha256=revision.sha256,
            is_held_out=item.is_held_out,
            seal=item.seal,
        )
