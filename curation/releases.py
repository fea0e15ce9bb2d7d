"""Cutting a release, writing its files, exporting it."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from curation import workflow
from curation.clearance import require_clear
from curation.domain.bundle import (
    BundleDescription,
    BundleFile,
    BundleItem,
    RetiredProblem,
    write_bundle,
)
from curation.errors import InvalidContentError, WrongMomentError
from curation.images import read_image
from curation.models import (
    HistoryEntry,
    Image,
    Problem,
    Release,
    ReleaseFile,
    ReleaseItem,
    Revision,
    Status,
    User,
    What,
)
from curation.models.release import VERSION_PATTERN
from curation.notifications import tell_of_publication, tell_of_ready_release

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
    # Locked, so that no problem is retired or withdrawn between listing and publishing it, and
    # that of two releases cut at once the second sees the first one's version.
    problems = list(Problem.objects.releasable().select_for_update(of=("self",)))
    if not problems:
        raise WrongMomentError("Nothing is approved yet, so there is nothing to release.")
    _require_newer(version)
    require_clear(_current_revisions(problems))
    release = Release.objects.create(
        version=version, notes=notes.strip(), cut_by=by, card=_card(problems) | _farewell()
    )
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
    published = [problem for problem in problems if problem.status == Status.APPROVED]
    for problem in published:
        workflow.publish(problem, by=by, comment=f"Release {version}")
    tell_of_publication(release, published)
    _record(What.RELEASE_CUT, release, by=by, problems=len(problems))
    return release


def _current_revisions(problems: Sequence[Problem]) -> QuerySet[Revision]:
    return Revision.objects.filter(pk__in=[problem.current_revision_id for problem in problems])


def _farewell() -> dict[str, Any]:
    """What the last release lists and this one does not, with the reasons that were given."""
    last = Release.objects.order_by("pk").last()
    if last is None:
        return {}
    gone = [_retired(item.problem) for item in last.items.retired()]
    return {"last_version": last.version, "retired": gone} if gone else {}


def _retired(problem: Problem) -> dict[str, str]:
    change = problem.status_changes.signed().newest_first()[0]  # nothing moves it any more
    return {
        "problem_id": str(problem.pk),
        "retired_on": change.changed_at.date().isoformat(),
        "reason": change.comment,
    }


def _card(problems: Sequence[Problem]) -> dict[str, Any]:
    """What `BundleDescription` asks for beyond the release's own columns, as it is now."""
    revisions = _current_revisions(problems)
    authors = User.objects.filter(pk__in={problem.author_id for problem in problems})
    return {
        "name": settings.SITE_NAME,
        "license": settings.CONTENT_LICENSE,
        "homepage": settings.SITE_URL,
        "authors": sorted(author.name for author in authors),
        "approvals_required": min(revision.required_approvals for revision in revisions),
    }


def _require_newer(version: str) -> None:
    if not re.fullmatch(VERSION_PATTERN, version):
        raise InvalidContentError("A version looks like 1.0.0.")
    last = max((_parts(known) for known in _versions()), default=(0, 0, 0))
    if _parts(version) <= last:
        latest = ".".join(str(part) for part in last)
        raise InvalidContentError(f"Choose a version after {latest}, the latest release.")


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
            _record(What.RELEASE_WRITTEN, release, files=len(rows))


def stored_name(release: Release, path: str) -> str:
    """Where a file of a release lies in the releases storage."""
    return f"{release.version}/{path}"


@transaction.atomic
def _fail(release: Release, held: QuerySet[Release], failure: str) -> None:
    if held.update(status=Release.Status.FAILED, leased_until=None, failure=failure):
        _record(What.RELEASE_FAILED, release)


@transaction.atomic
def retry_release(release: Release, *, by: User) -> None:
    """Let a worker write the files of a failed release again."""
    failed = Release.objects.filter(pk=release.pk, status=Release.Status.FAILED)
    if not failed.update(status=Release.Status.QUEUED, attempts=0, failure=""):
        raise WrongMomentError("Only a release whose files could not be written is tried again.")
    _record(What.RELEASE_RETRIED, release, by=by)


@transaction.atomic
def record_download(file: ReleaseFile, *, by: User) -> None:
    """Enter who took which file of a release."""
    _record(What.DOWNLOADED, file.release, by=by, path=file.path)


@transaction.atomic
def record_export(release: Release) -> None:
    """Enter that somebody at the machine itself exported a release."""
    _record(What.EXPORTED, release)


def _record(what: What, release: Release, *, by: User | None = None, **details: Any) -> None:
    HistoryEntry.objects.record(what, by=by, subject=release, version=release.version, **details)


def export_release(release: Release, folder: Path) -> tuple[BundleFile, ...]:
    """Write a release's files into an empty folder: the same bytes every time."""
    images = Image.objects.filter(revisions__releases=release)
    by_hash = {image.sha256: image for image in images.distinct()}
    return write_bundle(
        folder, _description(release), _items(release), lambda sha256: read_image(by_hash[sha256])
    )


def _description(release: Release) -> BundleDescription:
    retired = tuple(RetiredProblem(**each) for each in release.card.get("retired", []))
    card = {**release.card, "authors": tuple(release.card["authors"]), "retired": retired}
    return BundleDescription(
        version=release.version,
        notes=release.notes,
        released_on=release.cut_at.date(),
        **card,
    )


def _items(release: Release) -> Iterator[BundleItem]:
    items = release.items.select_related("revision")
    for item in items.iterator(chunk_size=100):
        revision = item.revision
        yield BundleItem(content=revision.content(), revision_sha256=revision.sha256)
