"""A worker that is killed while it writes the files of a release, as a machine would do it."""

import signal
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation.domain.bundle import verify_manifest
from curation.exporting import write_release
from curation.models import Release, Status
from curation.releases import cut_release
from tests.curation.statuses import bring_to, make_crew
from tests.killing import killed_in

pytestmark = pytest.mark.usefixtures("committed_db")


def test_a_worker_killed_half_way_leaves_nothing_to_be_seen_and_another_takes_over(
    client: Client,
) -> None:
    crew = make_crew()
    bring_to(Status.APPROVED, crew)
    release = cut_release("7.7.7", notes="", by=crew.editor)
    folder = settings.DATA_DIR / "releases" / release.version
    assert (
        killed_in("write_release", release.pk, at=("releases", "save"), after=3) == -signal.SIGKILL
    )
    release.refresh_from_db()
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert (release.status, release.files.count(), len(left)) == ("writing", 0, 3)
    client.force_login(crew.editor)  # who sees drafts
    for path in left:
        name = path.relative_to(folder).as_posix()
        address = reverse("curation:release_file", args=[release.version, name])
        assert client.get(address).status_code == 404
    left[0].write_bytes(b"Half.")
    write_release(release)  # the lease of the dead still holds
    assert Release.objects.get().attempts == 1
    Release.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    write_release(release)
    release.refresh_from_db()
    assert (release.status, release.attempts) == ("ready", 2)
    assert verify_manifest(folder) == []
