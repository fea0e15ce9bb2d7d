"""Writing the files of a release, and exporting it into a folder."""

import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from curation.domain.bundle import (
    BundleDescription,
    BundleFile,
    BundleItem,
    write_bundle,
)
from curation.errors import WrongMomentError
from curation.images import read_image
from curation.models import Image, Release, ReleaseFile, User, What
from curation.notifications import tell_of_ready_release
from curation.releases import record, stored_name

_LEASE = timedelta(minutes=35)  # longer than a task may run
_MAX_ATTEMPTS = 3


def write_release(release: Release) -> None:
    """Write a release's files, unless a living worker does or did; a failure is kept with it."""
    held = _lease(release, timezone.now())
    if held is None:
        return
    try:
        with tempfile.TemporaryDirectory(prefix="release-") as folder:
            files = export_release(release, Path(folder))
            for file in files:
                if held.exists():
                    _copy_file(release, Path(folder), file)
            _show_files(release, held, files)
    except Exception as error:
        _fail(release, held, str(error) or type(error).__name__)
        raise


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
        ReleaseFile(release=release, path=file.path, sha256=file.sha256, byte_size=file.size)
        for file in files
    ]
    with transaction.atomic():
        if held.update(status=Release.Status.READY, leased_until=None, failure=""):
            ReleaseFile.objects.bulk_create(rows, batch_size=1000)
            tell_of_ready_release(release)
            record(What.RELEASE_WRITTEN, release, files=len(rows))


@transaction.atomic
def _fail(release: Release, held: QuerySet[Release], failure: str) -> None:
    if held.update(status=Release.Status.FAILED, leased_until=None, failure=failure):
        record(What.RELEASE_FAILED, release)


@transaction.atomic
def retry_release(release: Release, *, by: User) -> None:
    """Let a worker write the files of a failed release again."""
    failed = Release.objects.filter(pk=release.pk, status=Release.Status.FAILED)
    if not failed.update(status=Release.Status.QUEUED, attempts=0, failure=""):
        raise WrongMomentError("Only a release whose files could not be written is tried again.")
    record(What.RELEASE_RETRIED, release, by=by)


@transaction.atomic
def record_export(release: Release) -> None:
    """Enter that somebody at the machine itself exported a release."""
    record(What.EXPORTED, release)


def export_release(release: Release, folder: Path) -> tuple[BundleFile, ...]:
    """Write a release's files into an empty folder: the same bytes every time."""
    images = Image.objects.filter(revisions__releases=release)
    by_hash = {image.sha256: image for image in images.distinct()}
    return write_bundle(
        folder, _description(release), _items(release), lambda sha256: read_image(by_hash[sha256])
    )


def _description(release: Release) -> BundleDescription:
    columns = {
        "version": release.version,
        "notes": release.notes,
        "released_on": release.cut_at.date().isoformat(),
        "seed": release.seed,
    }
    return BundleDescription.from_json(columns | release.card)  # an import keeps its own date


def _items(release: Release) -> Iterator[BundleItem]:
    items = release.items.select_related("revision")
    for item in items.iterator(chunk_size=100):
        revision = item.revision
        yield BundleItem(content=revision.content(), revision_sha256=revision.sha256)
