"""Planning runs and working them off. Verbs never enqueue: callers do, after commit."""

import asyncio
import hashlib
import platform
from collections.abc import Iterable
from importlib.metadata import version
from itertools import batched
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import Notice, NoticeKind, Release, ReleaseItem, Revision, User
from evaluation import engine, leasing
from evaluation.asking import request_for
from evaluation.clients.address import AddressError
from evaluation.domain.prompting import template_sha256
from evaluation.domain.protocol import Protocol, Shots
from evaluation.models import ModelEndpoint, Prediction, PredictionStatus, Run
from evaluation.models.run import RunStatus

TRANSITIONS: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.QUEUED: frozenset({RunStatus.RUNNING, RunStatus.CANCELLED}),
    RunStatus.RUNNING: frozenset({RunStatus.FINISHED, RunStatus.CANCELLED, RunStatus.FAILED}),
    RunStatus.FINISHED: frozenset({RunStatus.QUEUED}),
    RunStatus.CANCELLED: frozenset({RunStatus.QUEUED}),
    RunStatus.FAILED: frozenset({RunStatus.QUEUED}),
}
_PACKAGES = ("aiohttp", "django", "pillow")
_ALREADY = "This endpoint is already running this protocol on this release; wait or cancel it."


@transaction.atomic
def plan_run(release: Release, endpoint: ModelEndpoint, protocol: Protocol, *, by: User) -> Run:
    """A queued run with one prediction for every problem that can be asked this way.

    InvalidContentError where nothing can be asked, WrongMomentError where it is not the moment.
    """
    endpoint = ModelEndpoint.objects.locked(endpoint.pk)
    _require_askable(endpoint, protocol)
    run = _create_run(release, endpoint, protocol, by)
    excluded, planned, digest = 0, 0, hashlib.sha256()
    for revisions in batched(_revisions(release), 500, strict=False):
        rows = [row for revision in revisions if (row := _planned(run, revision, protocol))]
        Prediction.objects.bulk_create(rows)
        planned += len(rows)
        excluded += len(revisions) - len(rows)
        digest.update("".join(f"{revision.sha256}\n" for revision in revisions).encode())
    if not planned:
        raise InvalidContentError(
            f"No problem of release {release} can be asked as {protocol.label}. "
            "Choose another protocol or release."
        )
    run.excluded_count = excluded
    run.manifest = _manifest(run, revisions_sha256=digest.hexdigest(), planned=planned)
    run.save(update_fields=["excluded_count", "manifest"])
    return run


def work_run(run_id: int) -> bool:
    """Work a run off for a while; whether it should be taken up again at once.

    Does nothing where a living worker holds part of it, so a message delivered twice is harmless.
    """
    run = Run.objects.with_parts().unfinished().filter(pk=run_id).first()
    if run is None or Prediction.objects.of_run(run_id).leased_at(timezone.now()).exists():
        return False
    if run.status == RunStatus.QUEUED:
        _move(run_id, RunStatus.RUNNING, started_at=timezone.now())
    leasing.return_expired(run_id)
    failure = _failure_of_asking(run)
    if failure:
        _fail(run, failure)
        return False
    return not _finish_if_done(run_id) and run_id in resumable_run_ids()


def cancel_run(run: Run) -> None:
    """Stop a run; what was answered stays, what is under way is still recorded."""
    if not _move(run.pk, RunStatus.CANCELLED, finished_at=timezone.now()):
        raise WrongMomentError("This run has ended already.")


@transaction.atomic
def retry_failed(run: Run) -> None:
    """Queue an ended run again: what failed is asked anew, and what was never asked."""
    if run.is_imported:
        raise WrongMomentError("These predictions were made elsewhere; nothing is asked here.")
    rows = Prediction.objects.of_run(run.pk).order_by()
    rows.failed().update(
        status=PredictionStatus.PENDING,
        outcome="",
        finished_at=None,
        attempts=0,
        due_at=timezone.now(),
    )
    if not rows.unfinished().exists():
        raise WrongMomentError("Nothing failed in this run, so there is nothing to ask again.")
    try:
        with transaction.atomic():
            is_moved = _move(run.pk, RunStatus.QUEUED, finished_at=None, failure="")
    except IntegrityError:
        raise WrongMomentError(_ALREADY) from None
    if not is_moved:
        raise WrongMomentError("This run is still at work; wait for its end or cancel it.")
    _note_retry(run.pk)


def resumable_run_ids() -> list[int]:
    """Runs that no living worker holds although there is something to do now."""
    now = timezone.now()
    rows = Prediction.objects.filter(run=OuterRef("pk"))
    runs = Run.objects.unfinished().filter(
        ~Exists(rows.leased_at(now)),
        Exists(rows.askable_at(now)) | ~Exists(rows.unfinished()),
    )
    return list(runs.order_by("pk").values_list("pk", flat=True))


def _move(run_id: int, to: RunStatus, **columns: Any) -> bool:
    """The one place where a run's status changes; False where it is not the moment."""
    sources = [source for source, targets in TRANSITIONS.items() if to in targets]
    moved = Run.objects.filter(pk=run_id, status__in=sources).update(status=to, **columns)
    return bool(moved)


def _finish_if_done(run_id: int) -> bool:
    rows = Prediction.objects.of_run(run_id)
    if rows.unfinished().exists():
        return False
    models = rows.exclude(served_model="").order_by().values_list("served_model", flat=True)
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        manifest = {**run.manifest, "reported_models": sorted(models.distinct())}
        now = timezone.now()
        is_moved = _move(run_id, RunStatus.FINISHED, finished_at=now, manifest=manifest)
        if is_moved:
            _tell_of_end(run, "It came to its end.")
        return is_moved


@transaction.atomic
def _fail(run: Run, failure: str) -> None:
    if _move(run.pk, RunStatus.FAILED, failure=failure, finished_at=timezone.now()):
        _tell_of_end(run, f"It stopped: {failure}")


def _tell_of_end(run: Run, text: str) -> None:
    Notice.objects.tell(
        [run.started_by],
        kind=NoticeKind.RUN_ENDED,
        about=str(run),
        text=text,
        address=reverse("evaluation:run_detail", args=[run.pk]),
    )


def _failure_of_asking(run: Run) -> str:
    """Ask for a while; why the endpoint cannot be used, empty if it can."""
    try:
        return asyncio.run(engine.work(run))
    except AddressError as error:
        return str(error)


def _note_retry(run_id: int) -> None:
    # The address may have changed since the planning: every one that was asked stays on record.
    run = Run.objects.with_parts().get(pk=run_id)
    facts = {"at": timezone.now().isoformat(), "endpoint": run.endpoint.manifest_entry()}
    run.manifest = {**run.manifest, "retries": [*run.manifest["retries"], facts]}
    run.save(update_fields=["manifest"])


def _require_askable(endpoint: ModelEndpoint, protocol: Protocol) -> None:
    if not endpoint.is_active:
        raise WrongMomentError(f"{endpoint} is not in use. Set it to active first.")
    if endpoint.is_baseline and protocol.shots is Shots.NONE:
        raise InvalidContentError(
            "A baseline answers with an example's answer; choose a protocol with examples."
        )


def _create_run(release: Release, endpoint: ModelEndpoint, protocol: Protocol, by: User) -> Run:
    try:
        with transaction.atomic():
            return Run.objects.create(
                release=release,
                endpoint=endpoint,
                protocol_json=protocol.to_json(),
                protocol_sha256=protocol.sha256(),
                started_by=by,
            )
    except IntegrityError:
        raise WrongMomentError(_ALREADY) from None


def _revisions(release: Release) -> Iterable[Revision]:
    items = ReleaseItem.objects.filter(release=release).select_related("revision")
    return (item.revision for item in items.order_by("position").iterator(chunk_size=500))


def _planned(run: Run, revision: Revision, protocol: Protocol) -> Prediction | None:
    request = request_for(revision.content(), protocol)
    if request is None:
        return None
    choices = request.prompt.choices
    return Prediction(
        run=run,
        revision=revision,
        prompt_sha256=request.prompt.sha256(),
        image_count=len(request.prompt.images),
        choices_json=choices.to_json() if choices else None,
    )


def _manifest(run: Run, *, revisions_sha256: str, planned: int) -> dict[str, Any]:
    return {
        "release": {"version": run.release.version, "revisions_sha256": revisions_sha256},
        "planned": planned,
        "excluded": run.excluded_count,
        "protocol": run.protocol_json,
        "protocol_sha256": run.protocol_sha256,
        "prompt_template_sha256": template_sha256(),
        "endpoint": run.endpoint.manifest_entry(),
        "retries": [],
        "reported_models": [],
        "packages": {
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
    }
