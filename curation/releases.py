"""Cutting a release, writing its files, exporting it."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from curation import workflow
from curation.domain.bundle import (
    BundleDescription,
    BundleFile,
    BundleItem,
    write_bundle,
)
from curation.errors import InvalidContentError, WrongMomentError
from curation.images import read_image
from curation.models import Image, Problem, Release, ReleaseFile, ReleaseItem, Status, User

_LEASE = timedelta(minutes=35)  # longer than a task may run
_MAX_ATTEMPTS = 3


def suggested_version() -> str:
    """The next minor version, 1.0.0 for the first."""
    last = max((_parts(version) for version in _versions()), default=None)
    return "1.0.0" if last is None else f"{last[0]}.{last[1] + 1}.0"


def _versions() -> Iterator[str]:
    yield from Release.objects.values_list("version", flat=True)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


@transaction.atomic
def cut_release(version: str, *, notes: str, by: User) -> Release:
    """Freeze everything that may be published now as a version; a worker then writes its files."""
    _require_newer(version)
    # Locked, so that no problem is retired or withdrawn between listing and publishing it.
    problems = list(Problem.objects.releasable().select_for_update(of=("self",)))
    if not problems:
        raise WrongMomentError("Nothing is approved yet, so there is nothing to release.")
    release = Release.objects.create(version=version, notes=notes.strip(), cut_by=by)
    items = [
        ReleaseItem(
            release=release,
            problem=problem,
            # `problem_beyond_draft_has_revision` holds it for every approved problem
            revision_id=cast("int", problem.current_revision_id),
            position=position,
        )
        for position, problem in enumerate(problems)
    ]
    ReleaseItem.objects.bulk_create(items)
    for problem in problems:
        if problem.status == Status.APPROVED:
            workflow.publish(problem, by=by, comment=f"Release {version}")
    return release


def _require_newer(version: str) -> None:
    last = max((_parts(known) for known in _versions()), default=(0, 0, 0))
    if _parts(version) <= last:
        latest = ".".join(str(part) for part in last)
        raise InvalidContentError(f"Choose a version after {latest}, the latest release.")


def write_release(release: Release) -> None:
    """Write a release's files, unless a living worker does or did; a failure is kept with it."""
    if not _lease(release):
        return
    try:
        with tempfile.TemporaryDirectory(prefix="release-") as folder:
            files = export_release(release, Path(folder))
            _keep_files(release, Path(folder), files)
    except Exception as error:
        _fail(release, error)
        raise


def _lease(release: Release) -> bool:
    now = timezone.now()
    waiting = Release.objects.unwritten_at(now).filter(pk=release.pk, attempts__lt=_MAX_ATTEMPTS)
    leased = waiting.update(
        status=Release.Status.WRITING, attempts=F("attempts") + 1, leased_until=now + _LEASE
    )
    return bool(leased)


def _keep_files(release: Release, folder: Path, files: tuple[BundleFile, ...]) -> None:
    """Copy the files to the storage, then show them all at once."""
    storage = storages["releases"]
    for file in files:
        name = stored_name(release, file.path)
        storage.delete(name)  # what an attempt that was killed left there
        with (folder / file.path).open("rb") as source:
            storage.save(name, File(source))
    rows = [
        ReleaseFile(release=release, path=file.path, sha256=file.sha256, byte_size=file.size)
        for file in files
    ]
    with transaction.atomic():
        ReleaseFile.objects.bulk_create(rows, batch_size=1000)
        unfinished = Release.objects.filter(pk=release.pk, status=Release.Status.WRITING)
        unfinished.update(status=Release.Status.READY, leased_until=None, failure="")


def stored_name(release: Release, path: str) -> str:
    """Where a file of a release lies in the releases storage."""
    return f"{release.version}/{path}"


def _fail(release: Release, error: Exception) -> None:
    unfinished = Release.objects.filter(pk=release.pk, status=Release.Status.WRITING)
    unfinished.update(status=Release.Status.FAILED, leased_until=None, failure=str(error))


def retry_release(release: Release) -> None:
    """Let a worker write the files of a failed release again."""
    failed = Release.objects.filter(pk=release.pk, status=Release.Status.FAILED)
    if not failed.update(status=Release.Status.QUEUED, attempts=0, failure=""):
        raise WrongMomentError("Only a release whose files could not be written is tried again.")


def export_release(release: Release, folder: Path) -> tuple[BundleFile, ...]:
    """Write a release's files into an empty folder: the same bytes every time."""
    images = Image.objects.filter(revisions__releases=release)
    by_hash = {image.sha256: image for image in images.distinct()}
    return write_bundle(
        folder, _description(release), _items(release), lambda sha256: read_image(by_hash[sha256])
    )


def _description(release: Release) -> BundleDescription:
    authors = User.objects.filter(problems__release_items__release=release).distinct()
    revisions = release.revisions.values_list("required_approvals", flat=True)
    return BundleDescription(
        name=settings.SITE_NAME,
        version=release.version,
        notes=release.notes,
        license=settings.CONTENT_LICENSE,
        homepage=settings.SITE_URL,
        authors=tuple(sorted(author.name for author in authors)),
        released_on=release.cut_at.date(),
        approvals_required=min(revisions),
    )


def _items(release: Release) -> Iterator[BundleItem]:
    items = release.items.select_related("revision")
    for item in items.iterator(chunk_size=100):
        revision = item.revision
        yield BundleItem(content=revision.content(), revision_sha256=revision.sha256)
