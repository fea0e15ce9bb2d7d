"""The exported tasks, run by the programs they are for, give the count that our own run gives.

`python -m tests.benchmarks.exported_tasks FOLDER --inspect PYTHON --lmms-eval PYTHON`: a release's
folder, and the interpreters of environments that have `inspect-ai openai`, and `lmms-eval`. Our own
runs are those of an installation that imported the release, worked off by its workers. All three
ask the local server that answers as the example whose image is most alike.
"""

import argparse
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.domain.bundle.manifest import read_manifest
from curation.domain.bundle.task_files import slug
from evaluation.most_alike_server import MODEL
from tests.benchmarks.databases import say
from tests.e2e.installation import Installation, InstallationError, running_installation
from tests.evaluation.serving import most_alike_server

_PRESETS = {"in_context": "in_context_open", "zero_shot": "zero_shot_open"}
_IMPORT = """
from django.core.management import call_command
from curation.models import User
from evaluation.endpoints import EndpointFacts, create_endpoint
from evaluation.models import EndpointKind
editor = User.objects.create_user("editor@example.org", name="Editor", is_editor=True)
call_command("import_release", {folder!r}, version="1.0.0", by=editor.email, publish=True,
             with_errors=True)
create_endpoint(EndpointFacts(name="Most alike", kind=EndpointKind.OPENAI_COMPATIBLE,
                              base_url={address!r}, model={model!r}), by=editor)
"""
_START = """
from curation.models import Release, User
from evaluation.domain.protocol import PRESETS
from evaluation.models import ModelEndpoint
from evaluation.planning import plan_run
from evaluation.tasks import work_run
run = plan_run(Release.objects.get(), ModelEndpoint.objects.get(), PRESETS[{preset!r}],
               by=User.objects.get())
work_run.delay(run.pk)
print(run.pk)
"""
_LOOK = """
import json
from evaluation.models import Run
from evaluation.progress import progress
run = Run.objects.get(pk={run})
tally = progress(run)
right = tally.estimates.get("exact_match")
print(json.dumps({{"status": run.status, "planned": tally.total, "failed": tally.failed,
                   "right": right.k if right else 0, "scored": right.n if right else 0}}))
"""


@dataclass(frozen=True, slots=True)
class Ours:
    """An installation of our own that imported the release."""

    installation: Installation

    def counted(self, shots: str) -> tuple[int, int]:
        """Of how many problems a run finds how many right by exact match, all of them asked."""
        run = int(self.installation.run_code(_START.format(preset=_PRESETS[shots])))
        while (said := self._look(run))["status"] in {"queued", "running"}:
            time.sleep(1)
        if said["status"] != "finished" or said["failed"] or said["scored"] != said["planned"]:
            raise InstallationError(f"Our own run did not ask everything: {said}")
        return said["right"], said["planned"]

    def _look(self, run: int) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.installation.run_code(_LOOK.format(run=run)))
        return found


@contextmanager
def ours(folder: Path, address: str) -> Iterator[Ours]:
    """The release in an installation of its own whose only model is at the address."""
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as place,
        running_installation(Path(place), {"TEXT_SEARCH": "no"}) as installation,
    ):
        code = _IMPORT.format(folder=str(folder), address=address, model=MODEL)
        say(installation.run_code(code).splitlines()[-1])
        yield Ours(installation)


def by_inspect(folder: Path, address: str, shots: str, python: str) -> float:
    """The accuracy that Inspect reports."""
    command = [python, "-m", "inspect_ai", "eval", f"tasks/inspect/task.py@{shots}"]
    model = f"openai-api/local/{MODEL}"
    said = _run([*command, "--model", model, "--display", "plain"], folder, address)
    return _found(r"accuracy\s+([\d.]+)", said)


def by_lmms_eval(folder: Path, address: str, shots: str, python: str) -> float:
    """The exact match that lmms-eval reports."""
    task = f"{slug(read_manifest(folder).description)}_{shots}"
    model = f"model={MODEL},base_url={address},api_key=none"
    command = [python, "-m", "lmms_eval", "--model", "openai", "--model_args", model]
    command += ["--include_path", "tasks/lmms_eval", "--tasks", task, "--batch_size", "1"]
    return _found(r"exact_match\s*\|[^|]*\|\s*([\d.]+)", _run(command, folder, address))


def _run(command: list[str], folder: Path, address: str) -> str:
    with tempfile.TemporaryDirectory() as place:
        own = {"HF_HOME": place, "HF_HUB_OFFLINE": "1", "INSPECT_LOG_DIR": place}
        own["PYTHONDONTWRITEBYTECODE"] = "1"  # a folder with more than its manifest is no release
        asked = {"LOCAL_BASE_URL": address, "LOCAL_API_KEY": "none"}
        done = subprocess.run(
            command, cwd=folder, env=os.environ | own | asked, check=True, stdout=subprocess.PIPE
        )
    return done.stdout.decode()


def _found(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"No result in this:\n{text}")
    return float(found[1])


def _compare(folder: Path, pythons: dict[str, str | None]) -> bool:
    programs = {"inspect": by_inspect, "lmms_eval": by_lmms_eval}
    is_same = True
    with most_alike_server() as server, ours(folder, server.base_url) as own:
        for shots in _PRESETS:
            right, count = own.counted(shots)
            say(f"{shots}: our own run {right} of {count}")
            for name, python in pythons.items():
                if python is not None:
                    share = programs[name](folder, server.base_url, shots, python)
                    say(f"  {name}: {share} of {count}, which are {share * count:.1f}")
                    is_same &= round(share * count) == right
    return is_same


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--inspect")
    parser.add_argument("--lmms-eval")
    given = parser.parse_args()
    logging.disable(logging.INFO)
    pythons = {"inspect": given.inspect, "lmms_eval": given.lmms_eval}
    sys.exit(not _compare(given.folder.resolve(), pythons))
