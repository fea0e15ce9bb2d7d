"""Tasks: ids in, one verb. The queue only wakes workers; rows say what is to be done."""

from celery import shared_task
from django.utils import timezone

from curation.models import Heartbeat, Release
from curation.models.heartbeat import WORKER
from curation.releases import write_release as write_files
from curation.scans import forget_old_scans


@shared_task
def write_release(release_id: int) -> None:
    """Write the files of a release."""
    write_files(Release.objects.get(pk=release_id))


@shared_task
def resume_releases() -> None:
    """Wake a worker for every release that none is writing."""
    for release in Release.objects.unwritten_at(timezone.now()):
        write_release.delay(release.pk)


@shared_task
def forget_scans() -> None:
    """Remove the scans that nobody will choose from any more."""
    forget_old_scans(timezone.now())


@shared_task
def tick() -> None:
    """Prove that the queue and a worker are alive."""
    Heartbeat.objects.update_or_create(name=WORKER, defaults={"beat_at": timezone.now()})
