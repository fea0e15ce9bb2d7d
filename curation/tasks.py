"""Tasks: ids in, one verb. The queue only wakes workers; rows say what is to be done."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from curation import images
from curation.coverage import keep_coverage
from curation.exporting import write_release as write_files
from curation.importing import forget_imports
from curation.importing import work_import as do_import
from curation.mailing import mail_notices as mail_what_is_due
from curation.models import Heartbeat, HubPush, Image, Import, Release
from curation.models.heartbeat import WORKER
from curation.notifications import tell_of_expiring_claims
from curation.pushing import work_push as do_push
from curation.releases import forget_files
from curation.repeating import forget_requests as forget_what_was_answered
from curation.scans import forget_old_scans

_AT_ONCE = 10  # each takes a second or two; the next sweep brings the next


@shared_task
def write_release(release_id: int) -> None:
    """Write the files of a release, unless it was discarded meanwhile."""
    for release in Release.objects.in_bulk([release_id]).values():
        write_files(release)


@shared_task
def forget_release(version: str) -> None:
    """Remove the stored files of a draft that was discarded."""
    forget_files(version)


@shared_task
def resume_releases() -> None:
    """Wake a worker for every release that none is writing."""
    for release in Release.objects.unwritten_at(timezone.now()):
        write_release.delay(release.pk)


@shared_task
def look_for_text(image_id: UUID) -> None:
    """Look for text burned into an image, where this worker can."""
    if images.is_text_searched():
        images.look_for_text(Image.objects.get(pk=image_id))


@shared_task
def look_for_texts() -> None:
    """Wake a worker for images in which nobody looked for text yet."""
    if images.is_text_searched():
        for image in Image.objects.unsearched()[:_AT_ONCE]:
            look_for_text.delay(image.pk)


@shared_task
def forget_scans() -> None:
    """Remove the scans that nobody will choose from any more."""
    forget_old_scans(timezone.now())


@shared_task
def work_import(import_id: str) -> None:
    """Read an import's files, or make drafts of what its author confirmed."""
    do_import(Import.objects.get(pk=import_id))


@shared_task
def resume_imports() -> None:
    """Wake a worker for every import that none works on; clear away what nobody needs."""
    now = timezone.now()
    forget_imports(now)
    for batch in Import.objects.unattended_at(now):
        work_import.delay(str(batch.pk))


@shared_task
def work_push(push_id: int) -> None:
    """Push a release to a hub."""
    do_push(HubPush.objects.get(pk=push_id))


@shared_task
def resume_pushes() -> None:
    """Wake a worker for every push that none works on and that need not wait."""
    for push in HubPush.objects.unattended_at(timezone.now()):
        work_push.delay(push.pk)


@shared_task
def mail_notices() -> None:
    """Send the e-mails that are due."""
    mail_what_is_due(timezone.now())


@shared_task
def warn_of_claims() -> None:
    """Tell reviewers whose claims soon expire."""
    tell_of_expiring_claims(timezone.now())


@shared_task
def count_coverage() -> None:
    """Count a collection that is too large to be counted while an editor waits."""
    keep_coverage(timezone.now())


@shared_task
def forget_requests() -> None:
    """Delete answers that are kept for requests which nobody repeats any more."""
    forget_what_was_answered(timezone.now())


@shared_task
def tick() -> None:
    """Prove that the queue and a worker are alive."""
    Heartbeat.objects.update_or_create(name=WORKER, defaults={"beat_at": timezone.now()})
