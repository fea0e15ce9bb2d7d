"""A worker that is killed while it writes the files of a release, as a machine would do it."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation.domain.bundle import verify_manifest
from curation.models import Release, Status
from curation.releases import cut_release, write_release
from tests.curation.statuses import bring_to, make_crew
from tests.environment import ROOT
from tests.factories import make_person

pytestmark = pytest.mark.usefixtures("committed_db")

WORKER = """
import os, signal, sys, django
django.setup()
from django.core.files.storage import storages
from curation.tasks import write_release

storage, left = storages["releases"], int(sys.argv[2])
keep = storage.save

def keep_or_die(*args, **kwargs):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return keep(*args, **kwargs)

storage.save = keep_or_die
write_release(int(sys.argv[1]))
"""


def _database_url() -> str:
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    login = ":".join(filter(None, (facts["USER"], facts["PASSWORD"])))
    return f"postgresql://{login}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


def _killed_after(files: int, release: Release) -> int:
    environment = os.environ | {
        "DATABASE_URL": _database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-c", WORKER, str(release.pk), str(files)]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=60).returncode


def test_a_worker_killed_half_way_leaves_nothing_to_be_seen_and_another_takes_over(
    client: Client,
) -> None:
    crew = make_crew()
    bring_to(Status.APPROVED, crew)
    release = cut_release("7.7.7", notes="", by=crew.editor)
    folder = settings.DATA_DIR / "releases" / release.version
    assert _killed_after(3, release) == -signal.SIGKILL
    release.refresh_from_db()
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert (release.status, release.files.count(), len(left)) == ("writing", 0, 3)
    client.force_login(make_person())
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
