"""Cutting a release, publishing it, taking it back."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from curation import workflow
from curation.clearance import require_clear
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import (
    HistoryEntry,
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
from curation.notifications import tell_of_publication

_MOST_NAMED = 5


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
    """Freeze everything that may be published now as a draft; a worker then writes its files."""
    # Locked, so that no problem is retired or withdrawn while it is listed, and that of two
    # releases cut at once the second sees the first one's version.
    problems = list(Problem.objects.releasable().select_for_update(of=("self",)))
    if not problems:
        raise WrongMomentError("Nothing is approved yet, so there is nothing to release.")
    _require_no_draft()
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
    record(What.RELEASE_CUT, release, by=by, problems=len(problems))
    return release


@transaction.atomic
def publish_release(release: Release, *, by: User) -> None:
    """Publish a draft whose files are complete, and with it the problems that are new in it."""
    held = Release.objects.select_for_update().get(pk=release.pk)
    _require_publishable(held)
    listed = Problem.objects.filter(release_items__release=held)
    problems = list(listed.select_for_update(of=("self",)).order_by("release_items__position"))
    _require_standing(held)
    require_clear(_current_revisions(problems))
    Release.objects.filter(pk=held.pk).update(
        stage=Release.Stage.PUBLISHED, published_at=timezone.now(), published_by=by
    )
    new = [problem for problem in problems if problem.status == Status.APPROVED]
    for problem in new:
        workflow.publish(problem, by=by, comment=f"Release {held.version}")
    tell_of_publication(held, new)
    record(What.RELEASE_PUBLISHED, held, by=by)


def _require_publishable(release: Release) -> None:
    if not release.is_draft:
        raise WrongMomentError(f"Release {release} was published before.")
    if not release.is_ready:
        raise WrongMomentError("Its files are not complete yet. Look at them, then publish it.")


def _require_standing(release: Release) -> None:
    """Nothing that was withdrawn, retired or revised since it was listed is published."""
    gone = [str(item.problem) for item in release.items.outdated()[:_MOST_NAMED]]
    if gone:
        names = ", ".join(gone)
        raise WrongMomentError(
            f"No longer as it was when the release was cut: {names}. Discard the draft and cut it "
            "again."
        )


@transaction.atomic
def discard_release(release: Release, *, by: User) -> list[str]:
    """Throw a draft away; give the names of its stored files, which nobody needs any more."""
    held = Release.objects.select_for_update().get(pk=release.pk)
    if not held.is_draft:
        raise WrongMomentError("A published release stays. It can be yanked, saying why.")
    if held.status == Release.Status.WRITING:
        raise WrongMomentError("Its files are being written. Stop that first.")
    names = [stored_name(held, file.path) for file in held.files.all()]
    record(What.RELEASE_DISCARDED, held, by=by)
    held.files.all().delete()
    held.items.all().delete()
    held.delete()
    return names


@transaction.atomic
def yank_release(release: Release, *, because: str, by: User) -> None:
    """Take a published release back: its page stays and says why, its files are given no more."""
    if not because.strip():
        raise InvalidContentError("Say why: whoever used the release needs the reason.")
    published = Release.objects.published().filter(pk=release.pk)
    yanked = published.update(
        stage=Release.Stage.YANKED,
        yanked_at=timezone.now(),
        yanked_by=by,
        yanked_because=because.strip(),
    )
    if not yanked:
        raise WrongMomentError("Only a published release is yanked.")
    record(What.RELEASE_YANKED, release, by=by)


def stored_name(release: Release, path: str) -> str:
    """Where a file of a release lies in the releases storage."""
    return f"{release.version}/{path}"


def _current_revisions(problems: Sequence[Problem]) -> QuerySet[Revision]:
    return Revision.objects.filter(pk__in=[problem.current_revision_id for problem in problems])


def _farewell() -> dict[str, Any]:
    """What the last release lists and this one does not, with the reasons that were given."""
    last = Release.objects.published().order_by("pk").last()
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


def require_next(version: str) -> None:
    """Raise unless a release of this version may be made now."""
    _require_no_draft()
    _require_newer(version)


def _require_no_draft() -> None:
    draft = Release.objects.filter(stage=Release.Stage.DRAFT).first()
    if draft is not None:
        raise WrongMomentError(
            f"Release {draft} is still a draft. Publish it or discard it before cutting the next."
        )


def _require_newer(version: str) -> None:
    if not re.fullmatch(VERSION_PATTERN, version):
        raise InvalidContentError("A version looks like 1.0.0.")
    last = max((_parts(known) for known in _versions()), default=(0, 0, 0))
    if _parts(version) <= last:
        latest = ".".join(str(part) for part in last)
        raise InvalidContentError(f"Choose a version after {latest}, the latest release.")


@transaction.atomic
def record_download(file: ReleaseFile, *, by: User) -> None:
    """Enter who took which file of a release."""
    record(What.DOWNLOADED, file.release, by=by, path=file.path)


def record(what: What, release: Release, *, by: User | None = None, **details: Any) -> None:
    """Enter into the history what was done to a release."""
    HistoryEntry.objects.record(what, by=by, subject=release, version=release.version, **details)
