"""Importing SMMILE's 111 texts with 517 made pictures: seconds and peak memory of each command.

Each command runs in a process of its own with a database of its own, once with a quarter of the
problems and once with all: memory must not grow with the number of pictures.
"""

import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from django.core.management import call_command

from curation.models import Problem, User
from tests.benchmarks.databases import empty_database, say
from tests.curation.foreign import write_smmile
from tests.environment import ROOT

_TEXTS = ROOT.parent / "shared/data/smmile/problems.jsonl"
_COUNTS = (28, 111)


def _by_release(folder: Path, editor: User) -> None:
    call_command(
        "import_release",
        str(folder),
        version="1.0.0",
        by=editor.email,
        name="SMMILE",
        license="CC-BY-4.0",
        attribution="The authors of SMMILE",
        source="SMMILE",
        confirm_no_patient=True,
        with_errors=True,
    )


def _by_problems(folder: Path, editor: User) -> None:
    call_command("import_problems", str(folder), by=editor.email)


_COMMANDS: dict[str, Callable[[Path, User], None]] = {
    "import_release": _by_release,
    "import_problems": _by_problems,
}


def _measure(command: str, folder: Path) -> None:
    logging.disable(logging.INFO)
    with empty_database():
        editor = User.objects.create_user(
            "editor@example.org", name="Editor", is_editor=True, is_author=True
        )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        _COMMANDS[command](folder, editor)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        say(
            f"  {command}: {Problem.objects.count()} problems in {seconds:.1f} s, "
            f"{peak / 1024:.0f} MB of memory at most, {before / 1024:.0f} MB before"
        )


def _compare() -> None:
    problems = [json.loads(line) for line in _TEXTS.read_text().splitlines()]
    for count in _COUNTS:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as place:
            folder = write_smmile(Path(place, "smmile"), problems[:count])
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            say(f"{count} problems, {size / 1e6:.1f} MB:")
            for name in _COMMANDS:
                command = [sys.executable, "-m", "tests.benchmarks.importing", name, str(folder)]
                done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
                say(done.stdout.decode().splitlines()[-1])


if __name__ == "__main__":
    if sys.argv[1:]:
        _measure(sys.argv[1], Path(sys.argv[2]))
    else:
        _compare()
