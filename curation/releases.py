"""Cutting a release."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

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
    record(What.RELEASE_CUT, release, by=by, problems=len(problems))
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


@transaction.atomic
def record_download(file: ReleaseFile, *, by: User) -> None:
    """Enter who took which file of a release."""
    record(What.DOWNLOADED, file.release, by=by, path=file.path)


def record(what: What, release: Release, *, by: User | None = None, **details: Any) -> None:
    """Enter into the history what was done to a release."""
    HistoryEntry.objects.record(what, by=by, subject=release, version=release.version, **details)
