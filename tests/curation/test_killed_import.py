"""A worker that is killed while it makes drafts, as a machine would do it."""

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from curation.importing import start_importing, work_import
from curation.models import Image, Import, Problem
from tests.curation.importers import (
    bring_checked,
    expire_lease,
    files_of,
    statuses,
    stored,
)
from tests.environment import ROOT
from tests.factories import make_person

pytestmark = pytest.mark.usefixtures("committed_db")

WORKER = """
import os, signal, sys, django
django.setup()
from django.core.files.storage import storages
from curation.tasks import work_import

storage, left = storages["imports"], int(sys.argv[2])
give = storage.open

def give_or_die(*args, **kwargs):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return give(*args, **kwargs)

storage.open = give_or_die
work_import(sys.argv[1])
"""


def _database_url() -> str:
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    login = ":".join(filter(None, (facts["USER"], facts["PASSWORD"])))
    return f"postgresql://{login}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


def _killed_after(pictures: int, batch: Import) -> int:
    environment = os.environ | {
        "DATABASE_URL": _database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-c", WORKER, str(batch.pk), str(pictures)]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=120).returncode


def test_a_worker_killed_between_problems_leaves_whole_drafts_and_another_makes_the_rest() -> None:
    author = make_person(is_author=True)
    batch = bring_checked(author, files_of("a", "b", "c"))
    start_importing(batch)
    # each problem has two
    assert _killed_after(3, batch) == -signal.SIGKILL
    assert (stored(batch).status, statuses(batch)) == ("importing", ["imported", "ready", "ready"])
    assert [problem.panels.count() for problem in Problem.objects.all()] == [2]
    work_import(batch)  # the lease of the dead still holds
    assert statuses(batch) == ["imported", "ready", "ready"]
    expire_lease(batch)
    work_import(batch)
    assert (stored(batch).status, statuses(batch)) == ("finished", ["imported"] * 3)
    assert [problem.panels.count() for problem in Problem.objects.all()] == [2, 2, 2]
    assert Image.objects.count() == 6
