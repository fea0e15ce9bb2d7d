"""Pushing a release to a hub of data sets: asked for by an editor, done by a worker.

Files go in commits of bounded size. How many have arrived is kept, so who takes over from a worker
that died goes on from there; what the hub has already it does not ask for again.
"""

import itertools
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from curation.errors import InvalidContentError, WrongMomentError
from curation.hub import Hub, HubError, is_installed
from curation.models import HubPush, Release, ReleaseFile, User, What
from curation.releases import record, stored_name

_LEASE = timedelta(minutes=20)  # longer than a commit's files take
_MAX_ATTEMPTS = 5
_COMMIT_FILES = 100
_COMMIT_BYTES = 256 * 1024**2
# What makes the rest a release: it comes with the last commit.
_LAST = ("README.md", "manifest.json")


def why_not() -> str:
    """Why nothing can be pushed from here, in words for an editor; empty if it can."""
    if not is_installed():
        return "Whoever runs this installation must install its extra “hub” first."
    if not settings.FIND_HUB_TOKEN():
        return "Whoever runs this installation must put a token of the hub into HUB_TOKEN first."
    return ""


def start_push(release: Release, repository: str, *, is_private: bool, by: User) -> HubPush:
    """Have a worker push a published release; what is not for all goes to private repositories."""
    if why_not():
        raise WrongMomentError(why_not())
    _require_pushable(release, is_private=is_private)
    sizes = release.files.aggregate(total=Sum("byte_size"))
    try:
        with transaction.atomic():
            return HubPush.objects.create(
                release=release,
                repository=repository,
                is_private=is_private,
                requested_by=by,
                total_files=release.files.count(),
                total_bytes=sizes["total"] or 0,
            )
    except IntegrityError as error:
        raise WrongMomentError(f"Something is being pushed to {repository} already.") from error


def _require_pushable(release: Release, *, is_private: bool) -> None:
    published = Release.objects.published().filter(pk=release.pk).first()  # as it is now
    if published is None:
        raise WrongMomentError("Only a published release is pushed to a hub.")
    if not published.is_public and not is_private:
        raise InvalidContentError(
            "This release is for those who sign in: it can only go to a private repository."
        )


@transaction.atomic
def stop_push(push: HubPush) -> None:
    """Stop after the commit that is being made; what has arrived stays at the hub."""
    if not HubPush.objects.going_on().filter(pk=push.pk).update(status=HubPush.Status.STOPPED):
        raise WrongMomentError("This push is over: there is nothing left to stop.")


def retry_push(push: HubPush) -> None:
    """Go on with a push that failed or was stopped, from what has arrived."""
    _require_pushable(push.release, is_private=push.is_private)
    over = HubPush.objects.filter(
        pk=push.pk, status__in=(HubPush.Status.FAILED, HubPush.Status.STOPPED)
    )
    try:
        with transaction.atomic():
            queued = over.update(
                status=HubPush.Status.QUEUED, attempts=0, failure="", not_before=None
            )
    except IntegrityError as error:
        words = f"Something is being pushed to {push.repository} already."
        raise WrongMomentError(words) from error
    if not queued:
        raise WrongMomentError("Only a push that failed or was stopped is tried again.")


def work_push(push: HubPush) -> None:
    """Push what has not arrived yet, unless a living worker does."""
    held = _lease(push, timezone.now())
    if held is None:
        return
    try:
        _push(push, held)
    except HubError as error:
        _give_back(push, held, error)
    except (WrongMomentError, InvalidContentError) as error:
        _fail(held, str(error))
    except Exception as error:
        _fail(held, f"Something unforeseen stopped it ({type(error).__name__}). See the log.")
        raise


def _lease(push: HubPush, now: datetime) -> QuerySet[HubPush] | None:
    """Take the push up; what is given holds it for as long as no other worker does."""
    free = HubPush.objects.unattended_at(now).filter(pk=push.pk)
    lease = uuid.uuid4()
    taken = free.filter(attempts__lt=_MAX_ATTEMPTS).update(
        status=HubPush.Status.PUSHING,
        attempts=F("attempts") + 1,
        lease=lease,
        leased_until=now + _LEASE,
    )
    if taken:
        return HubPush.objects.filter(pk=push.pk, status=HubPush.Status.PUSHING, lease=lease)
    _fail(free, "The worker that pushed the files was stopped each time. See its log.")
    return None


def _push(push: HubPush, held: QuerySet[HubPush]) -> None:
    if why_not():
        raise WrongMomentError(why_not())
    push.refresh_from_db()
    hub = Hub(settings.HUB_URL, settings.FIND_HUB_TOKEN())
    hub.open_repository(push.repository, is_private=push.is_private)
    files = _ordered(push.release)
    for batch in _batches(files[push.done_files :]):
        _require_pushable(push.release, is_private=push.is_private)
        if not held.update(leased_until=timezone.now() + _LEASE):
            return
        is_last = batch[-1] == files[-1]
        others = hub.others(push.repository, [file.path for file in files]) if is_last else []
        commit_url = _send(hub, push, batch, others)
        if not _keep_progress(push, held, batch, commit_url):
            return
    hub.tag(push.repository, push.release.version)
    _finish(push, held)


def _ordered(release: Release) -> list[ReleaseFile]:
    """The same order every time, so that a number says how far it is."""
    return sorted(release.files.all(), key=lambda file: (file.path in _LAST, file.path))


def _batches(files: Sequence[ReleaseFile]) -> Iterator[list[ReleaseFile]]:
    """As much as one commit takes; what comes last comes by itself."""
    for _, group in itertools.groupby(files, key=lambda file: file.path in _LAST):
        batch: list[ReleaseFile] = []
        for file in group:
            size = sum(each.byte_size for each in batch) + file.byte_size
            if batch and (len(batch) >= _COMMIT_FILES or size > _COMMIT_BYTES):
                yield batch
                batch = []
            batch.append(file)
        yield batch


def _send(hub: Hub, push: HubPush, batch: Sequence[ReleaseFile], others: Sequence[str]) -> str:
    with tempfile.TemporaryDirectory(prefix="push-") as folder:
        files = {}
        for number, file in enumerate(batch):
            files[file.path] = Path(folder, str(number))
            _copy(push.release, file, files[file.path])
        message = f"Release {push.release.version}"
        return hub.send(push.repository, files, message=message, remove=others)


def _copy(release: Release, file: ReleaseFile, path: Path) -> None:
    with ExitStack() as stack:
        source = stack.enter_context(storages["releases"].open(stored_name(release, file.path)))
        shutil.copyfileobj(source, stack.enter_context(path.open("wb")), 1024**2)


def _keep_progress(
    push: HubPush, held: QuerySet[HubPush], batch: Sequence[ReleaseFile], commit_url: str
) -> bool:
    """Whether it is still ours to go on with."""
    return bool(
        held.update(
            done_files=F("done_files") + len(batch),
            done_bytes=F("done_bytes") + sum(file.byte_size for file in batch),
            commit_url=commit_url,
            attempts=0,  # only what stops its worker each time ends it
        )
    )


@transaction.atomic
def _finish(push: HubPush, held: QuerySet[HubPush]) -> None:
    if held.update(status=HubPush.Status.DONE, leased_until=None, failure="", not_before=None):
        record(What.RELEASE_PUSHED, push.release, by=push.requested_by, repository=push.repository)


def _give_back(push: HubPush, held: QuerySet[HubPush], error: HubError) -> None:
    """Let it wait if the hub may take it later, unless it waited often enough."""
    attempts = held.values_list("attempts", flat=True).first() or 0
    if error.wait_seconds is None or attempts >= _MAX_ATTEMPTS:
        _fail(held, str(error))
        return
    held.update(
        status=HubPush.Status.QUEUED,
        leased_until=None,
        not_before=timezone.now() + timedelta(seconds=error.wait_seconds),
        failure=str(error),
    )


def _fail(pushes: QuerySet[HubPush], failure: str) -> None:
    pushes.update(status=HubPush.Status.FAILED, leased_until=None, failure=failure)
