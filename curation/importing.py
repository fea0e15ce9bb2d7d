"""Importing problems that exist already: read, checked, shown to their author, made drafts.

Nothing becomes a problem before the author says so. Each problem is a transaction of its own, so a
worker that is killed leaves whole drafts, and the next one goes on with the rest.
"""

import hashlib
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from curation import drafting
from curation.domain.importing import (
    ImportRefusedError,
    Reading,
    left_open,
    packed,
    read_problems,
)
from curation.errors import WrongMomentError
from curation.models import HistoryEntry, Import, ImportRow, User, What
from curation.models.imports import OVER, ImportRowStatus, plain

_LEASE = timedelta(minutes=10)  # longer than one problem takes; renewed at each
_SHIFT_SECONDS = 20 * 60  # then the lease is let go, before the task's time limit ends it
_MAX_ATTEMPTS = 3
_MOST_FINDINGS = 50

_STOPPED = (
    "The worker was stopped each time at the same problem. What was imported stays. Bring the "
    "files again to go on: what is among your problems already is recognized."
)
_FORGOTTEN = "It was not finished within 7 days, so its files were deleted. Bring them again."

type BroughtFile = tuple[str, File[bytes]]
"""What a file was called, and the file."""


def bring_files(files: Sequence[BroughtFile], *, by: User) -> Import:
    """Keep the files for a worker to read."""
    batch = Import.objects.create(author=by, file_names=[name[:200] for name, _ in files])
    for number, (_, file) in enumerate(files):
        storages["imports"].save(batch.stored_name(str(number)), file)
    arriving = Import.objects.filter(pk=batch.pk, status=Import.Status.ARRIVING)
    arriving.update(status=Import.Status.QUEUED)
    batch.refresh_from_db()
    return batch


def bring_paths(files: Sequence[tuple[str, Path]], *, by: User) -> Import:
    """Read files where they lie, without a worker; ImportRefusedError says why not."""
    batch = Import.objects.create(author=by, file_names=[name[:200] for name, _ in files[:10]])
    arriving = Import.objects.filter(pk=batch.pk, status=Import.Status.ARRIVING)
    try:
        _keep_found(batch, arriving, _read(batch, files))
    except ImportRefusedError as error:
        _fail(arriving, str(error))
        raise
    batch.refresh_from_db()
    return batch


def work_import(batch: Import) -> None:
    """Do what is to be done for an import now, unless a living worker does."""
    held = _lease(batch, timezone.now())
    if held is None:
        return
    try:
        _work(batch, held)
    except ImportRefusedError as error:
        _fail(held, str(error))
    except FileNotFoundError:
        if held.exists():  # else it was cancelled meanwhile, and its files are gone
            raise
    finally:
        held.update(lease=None, leased_until=None)
        forget_files(Import.objects.filter(pk=batch.pk).over_with_files())


def _lease(batch: Import, now: datetime) -> QuerySet[Import] | None:
    """Take the import up; what is given holds it for as long as nobody else does."""
    waiting = Import.objects.unattended_at(now).filter(pk=batch.pk)
    lease = uuid.uuid4()
    taken = waiting.filter(attempts__lt=_MAX_ATTEMPTS).update(
        attempts=F("attempts") + 1, lease=lease, leased_until=now + _LEASE
    )
    if taken:
        return Import.objects.filter(pk=batch.pk, lease=lease).exclude(status__in=OVER)
    _fail(waiting.filter(attempts__gte=_MAX_ATTEMPTS), _STOPPED)
    return None


def _work(batch: Import, held: QuerySet[Import]) -> None:
    batch.refresh_from_db()
    if batch.status == Import.Status.QUEUED:
        with tempfile.TemporaryDirectory(prefix="import-") as folder:
            _keep_found(batch, held, _read(batch, _fetched(batch, Path(folder))))
        batch.refresh_from_db()
    if batch.status == Import.Status.CHECKING:
        _check_rows(batch, held)
    elif batch.status == Import.Status.IMPORTING:
        _import_rows(batch, held)


def _fetched(batch: Import, folder: Path) -> list[tuple[str, Path]]:
    """The brought files on this machine, each under its number."""
    paths = []
    for number, name in enumerate(batch.file_names):
        path = folder / str(number)
        stored = storages["imports"].open(batch.stored_name(str(number)))
        with stored as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1024**2)
        paths.append((name, path))
    return paths


def _read(batch: Import, files: Iterable[tuple[str, Path]]) -> Reading:
    storage = storages["imports"]

    def keep(data: bytes) -> str:
        key = hashlib.sha256(data).hexdigest()
        name = batch.stored_name(key)
        if not storage.exists(name):
            storage.save(name, ContentFile(data))
        return key

    with packed(files) as bag:
        return read_problems(bag, keep, drafting.vocabulary())


def _keep_found(batch: Import, held: QuerySet[Import], reading: Reading) -> None:
    rows = [
        ImportRow(
            batch=batch,
            position=position,
            document=found.document(),
            findings=plain(found.findings),
            status=ImportRow.Status.REFUSED if found.is_refused else ImportRow.Status.FOUND,
        )
        for position, found in enumerate(reading.problems)
    ]
    findings = list(reading.findings[:_MOST_FINDINGS])
    with transaction.atomic():
        if held.update(status=Import.Status.CHECKING, findings=findings, attempts=0):
            ImportRow.objects.bulk_create(rows, batch_size=200)


def _check_rows(batch: Import, held: QuerySet[Import]) -> None:
    """Say of every problem what importing it would give; then it is the author's turn."""
    checker = drafting.Checker(batch.author, partial(_picture, batch))
    if _each_row(batch, held, ImportRow.Status.FOUND, lambda row: _check_row(row, checker)):
        held.update(status=Import.Status.READY)


def _check_row(row: ImportRow, checker: drafting.Checker) -> None:
    found = checker.checked(replace(row.found(), findings=tuple(row.row_findings())))
    digest = found.digest()
    known = checker.known(digest)
    twin = row.batch.rows.in_status(ImportRow.Status.READY).like(digest).first()
    findings = list(found.findings)
    if twin is not None and known is None:
        findings.append(left_open(f"These are the same panels as in {twin.document['place']}."))
    is_new = known is None and twin is None
    ImportRow.objects.filter(pk=row.pk, status=ImportRow.Status.FOUND).update(
        document=found.document(),
        digest=digest,
        findings=plain(findings),
        problem=known,
        status=ImportRow.Status.READY if is_new else ImportRow.Status.KNOWN,
    )


def _import_rows(batch: Import, held: QuerySet[Import]) -> None:
    """Make a draft of every problem that may become one."""
    if _each_row(batch, held, ImportRow.Status.READY, lambda row: _import_row(row, held)):
        _finish(batch, held)


@transaction.atomic
def _finish(batch: Import, held: QuerySet[Import]) -> None:
    if held.update(status=Import.Status.FINISHED):
        imported = batch.rows.in_status(ImportRow.Status.IMPORTED).count()
        _record(What.IMPORT_FINISHED, batch, problems=imported)


def _record(what: What, batch: Import, **details: Any) -> None:
    HistoryEntry.objects.record(what, by=batch.author, subject=batch, **details)


def _import_row(row: ImportRow, held: QuerySet[Import]) -> None:
    author, found = row.batch.author, row.found()
    images = {
        image.key: drafting.bring_found(image, partial(_picture, row.batch), by=author)
        for image in (panel.image for panel in found.panels)
        if image is not None
    }
    with transaction.atomic():
        # An author's imports take turns here: of two that bring the same, the second sees it.
        User.objects.select_for_update().get(pk=author.pk)
        if held.select_for_update().first() is None:  # cancelled, or another worker's by now
            return
        known = drafting.imported_before(author, row.digest)
        row.status = ImportRow.Status.KNOWN if known else ImportRow.Status.IMPORTED
        row.problem = known or drafting.make_draft(found, images, author=author)
        row.save(update_fields=["status", "problem"])


def _each_row(
    batch: Import,
    held: QuerySet[Import],
    status: ImportRowStatus,
    do: Callable[[ImportRow], None],
) -> bool:
    """Do something to each row in this status; whether it was done to all."""
    end_of_shift = time.monotonic() + _SHIFT_SECONDS
    for pk in list(batch.rows.in_status(status).values_list("pk", flat=True)):
        is_ours = held.update(leased_until=timezone.now() + _LEASE)
        if not is_ours or time.monotonic() > end_of_shift:
            return False
        do(ImportRow.objects.select_related("batch__author").get(pk=pk))
        held.update(attempts=0)  # only a row that stops its worker each time ends the import
    return True


def _picture(batch: Import, key: str) -> bytes:
    with storages["imports"].open(batch.stored_name(key)) as file:
        data: bytes = file.read()
    return data


def _fail(imports: QuerySet[Import], failure: str) -> None:
    imports.update(status=Import.Status.FAILED, failure=failure)


@transaction.atomic
def start_importing(batch: Import) -> None:
    """The author has seen what will be imported and wants it; a worker then does it."""
    ready = Import.objects.filter(pk=batch.pk, status=Import.Status.READY)
    if not batch.rows.in_status(ImportRow.Status.READY).exists():
        raise WrongMomentError("There is nothing to import here. Bring other files.")
    if not ready.update(status=Import.Status.IMPORTING, attempts=0):
        raise WrongMomentError("This import cannot be started now: see how far it is.")
    _record(What.IMPORT_STARTED, batch)


def cancel_import(batch: Import) -> None:
    """Stop before the next problem and delete the files; drafts that were made stay."""
    going_on = Import.objects.filter(pk=batch.pk).exclude(status__in=OVER)
    with transaction.atomic():
        if not going_on.update(status=Import.Status.CANCELLED):
            raise WrongMomentError("This import is over: there is nothing left to cancel.")
        _record(What.IMPORT_CANCELLED, batch)
    forget_files(Import.objects.filter(pk=batch.pk))


def forget_imports(now: datetime) -> None:
    """Give up what nobody came back to in 7 days, and delete files that nobody needs."""
    Import.objects.forgotten_at(now).update(status=Import.Status.CANCELLED, failure=_FORGOTTEN)
    forget_files(Import.objects.over_with_files())


def forget_files(imports: QuerySet[Import]) -> None:
    """Delete the files of imports; what was found in them stays readable."""
    storage = storages["imports"]
    for batch in imports:
        with suppress(FileNotFoundError):
            _, names = storage.listdir(str(batch.pk))
            for name in names:
                storage.delete(batch.stored_name(name))
            storage.delete(str(batch.pk))
        Import.objects.filter(pk=batch.pk).update(has_files=False)
