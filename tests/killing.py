"""Workers that die in the middle of their work, as a machine would kill them."""

import os
import subprocess
import sys

from django.conf import settings
from django.db import connection

from tests.environment import ROOT

_WORKER = """
import importlib, os, signal, sys, django
django.setup()
from django.core.files.storage import storages

task, storage, verb, left, subject = sys.argv[1:]
left = int(left)
work = getattr(importlib.import_module("curation.tasks"), task)
do = getattr(storages[storage], verb)

def do_or_die(*args, **kwargs):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return do(*args, **kwargs)

setattr(storages[storage], verb, do_or_die)
work(subject)
"""


def killed_in(task: str, subject: object, *, at: tuple[str, str], after: int) -> int:
    """Run a task of the curation in a process of its own until it is killed; its exit status.

    `at` is a storage and what is done with it; the process dies when it is to be done for the
    time after `after`. The tests' database must be committed (`committed_db`).
    """
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-c", _WORKER, task, *at, str(after), str(subject)]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=120).returncode


def database_url() -> str:
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    login = ":".join(filter(None, (facts["USER"], facts["PASSWORD"])))
    return f"postgresql://{login}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"
