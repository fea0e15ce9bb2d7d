"""Cutting a release, publishing it, taking it back."""

import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Any, cast

from django.core.files.storage import Storage, storages
from django.db import IntegrityError, transaction
from django.utils import timezone

from curation import workflow
from curation.announcing import tell_of_publication
from curation.clearance import require_clear
from curation.composing import EVERYTHING, Choice, Composition, compose
from curation.describing import card_of
from curation.errors import InvalidContentError, StaleVersionError, WrongMomentError
from curation.models import (
    HistoryEntry,
    Problem,
    Release,
    ReleaseItem,
    Revision,
    Status,
    User,
    What,
)
from curation.models.release import VERSION_PATTERN

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
def cut_release(
    version: str,
    *,
    notes: str,
    by: User,
    choice: Choice = EVERYTHING,
    held_out_percent: int = 0,
    seed: int = 42,
    is_public: bool = True,
    limits: str = "",
) -> Release:
    """Freeze what is chosen of what may be published as a draft; a worker then writes its files."""
    # Locked, so that no problem is retired or withdrawn while it is listed.
    releasable = Problem.objects.releasable().select_for_update(of=("self",))
    composed = compose(releasable, choice, held_out_percent=held_out_percent, seed=seed)
    _require_something(composed)
    _require_no_draft()
    _require_newer(version)
    current = _current_revisions(composed.problems)
    require_clear(current)
    revisions = Revision.objects.with_keys(current)
    release = _begin_draft(
        Release(
            version=version,
            notes=notes.strip(),
            cut_by=by,
            card=card_of(composed.problems, revisions, limits=limits.strip()),
            held_out_percent=held_out_percent,
            seed=seed,
            is_public=is_public,
        )
    )
    ReleaseItem.objects.bulk_create(_items(release, composed), batch_size=1000)
    counts = {"problems": len(composed.problems), "held_out": len(composed.held_out)}
    record(What.RELEASE_CUT, release, by=by, **counts)
    return release


def _begin_draft(release: Release) -> Release:
    """One draft at a time: the database decides between two editors at the same moment."""
    try:
        with transaction.atomic():
            release.save(force_insert=True)
    except IntegrityError as error:
        raise WrongMomentError(
            "Somebody else made a release at this moment. Reload the page to see it."
        ) from error
    return release


def _items(release: Release, composed: Composition) -> Iterator[ReleaseItem]:
    current = _current_revisions(composed.problems)
    for position, (problem, revision) in enumerate(zip(composed.problems, current, strict=True)):
        is_held_out = problem.pk in composed.held_out
        yield ReleaseItem(
            release=release,
            problem=problem,
            revision_id=revision,
            position=position,
            is_held_out=is_held_out,
            seal=secrets.token_hex(32) if is_held_out else "",
        )


def _require_something(composed: Composition) -> None:
    if composed.problems:
        return
    if Problem.objects.releasable().exists():
        raise WrongMomentError("Nothing is chosen, so there is nothing to release.")
    raise WrongMomentError("Nothing is approved yet, so there is nothing to release.")


@transaction.atomic
def publish_release(release: Release, *, by: User) -> None:
    """Publish a draft whose files are complete, and with it the problems that are new in it."""
    held = _hold(release)
    _require_publishable(held)
    listed = Problem.objects.filter(release_items__release=held).select_related("author")
    problems = list(listed.select_for_update(of=("self",)).order_by("release_items__position"))
    _require_standing(held)
    require_clear(_current_revisions(problems))
    Release.objects.filter(pk=held.pk).update(
        stage=Release.Stage.PUBLISHED, published_at=timezone.now(), published_by=by
    )
    new = [problem for problem in problems if problem.status == Status.APPROVED]
    workflow.publish(new, by=by, comment=f"Release {held.version}")
    tell_of_publication(held, new, by=by)
    record(What.RELEASE_PUBLISHED, held, by=by, new_problems=len(new))


def _require_publishable(release: Release) -> None:
    if not release.is_draft:
        raise WrongMomentError(f"Release {release} was published already.")
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
def discard_release(release: Release, *, by: User) -> None:
    """Throw a draft away; `forget_files` then removes what was stored of it."""
    held = _hold(release)
    if not held.is_draft:
        raise WrongMomentError("A published release stays. It can be yanked, saying why.")
    if held.status == Release.Status.WRITING:
        raise WrongMomentError("Its files are being written. Stop that first.")
    record(What.RELEASE_DISCARDED, held, by=by)
    held.files.all().delete()
    held.items.all().delete()
    held.delete()


def _hold(release: Release) -> Release:
    """The release as it is now, locked."""
    held = Release.objects.select_for_update(of=("self",)).filter(pk=release.pk).first()
    if held is None:
        raise WrongMomentError(f"The draft of release {release} was discarded a moment ago.")
    return held


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
    record(What.RELEASE_YANKED, release, by=by, because=because.strip())


def stored_name(release: Release, path: str) -> str:
    """Where a file of a release lies in the releases storage."""
    return f"{release.version}/{path}"


def forget_files(version: str) -> None:
    """Remove what is stored of a draft that was discarded, unless a new one took its version."""
    for name in stored_names(storages["releases"], version):
        if Release.objects.filter(version=version).exists():
            return
        storages["releases"].delete(name)


def stored_names(storage: Storage, folder: str) -> Iterator[str]:
    """Every file below a folder of a storage, then the folder; nothing where there is none."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from stored_names(storage, f"{folder}/{name}")
    yield folder


def _current_revisions(problems: Sequence[Problem]) -> list[int]:
    # `problem_beyond_draft_has_revision` holds it for every approved problem
    return [cast("int", problem.current_revision_id) for problem in problems]


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
        raise StaleVersionError("A version looks like 1.0.0.")
    last = max((_parts(known) for known in _versions()), default=(0, 0, 0))
    if _parts(version) <= last:
        latest = ".".join(str(part) for part in last)
        raise StaleVersionError(f"Choose a version after {latest}, the latest release.")


def record(what: What, release: Release, *, by: User | None = None, **details: Any) -> None:
    """Enter into the history what was done to a release."""
    HistoryEntry.objects.record(what, by=by, subject=release, version=release.version, **details)
