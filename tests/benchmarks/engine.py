"""How fast a run is asked: from the first request to the last committed row, beside bare aiohttp.

`python -m tests.benchmarks.engine [REQUESTS]`: requests of five JPEGs (1.1 MB), 64 at once, answers
after 200 ms, through Celery and the database; on SQLite, then on PostgreSQL and Redis where their
programs are found. The server is a process of its own and counts. What else this machine does
counts as well: compare numbers of one call.
"""

import base64
import hashlib
import io
import json
import logging
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched, count
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone
from PIL import Image as Pillow

from config.demo.processes import Children, dies_with_parent
from curation.models import Image, ImageLicense, Panel, Problem, Release, User
from evaluation.domain.protocol import PRESETS
from evaluation.endpoints import EndpointFacts, create_endpoint
from evaluation.models import EndpointKind, ModelEndpoint, Prediction, Run
from evaluation.planning import plan_run
from evaluation.tasks import resume_runs, work_run
from tests.benchmarks.chat_server import CAP, SECONDS
from tests.benchmarks.databases import empty_database, say
from tests.environment import ROOT
from tests.factories import (
    DIAGNOSES,
    Shown,
    make_approved,
    make_editor,
    make_person,
    make_problem,
    make_release,
)
from tests.killing import database_url
from tests.servers import MissingServerError, free_port, running_servers

REQUESTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
AT_ONCE = 64
PROBLEMS = 100
_IMAGES = PROBLEMS * 5
_SIDE = 345  # a JPEG of noise of 165 kB, in base64 220 kB
_PATIENCE_SECONDS = 600
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_TICK = os.sysconf("SC_CLK_TCK")


def _jpeg(number: int) -> bytes:
    noise = np.random.default_rng(number).integers(0, 256, (_SIDE, _SIDE, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(noise).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


class Workload:
    """A release of problems of five JPEGs, and the server's view of them."""

    def __init__(self) -> None:
        self._numbers = count()
        self.encoded: set[str] = set()
        self.files: list[str] = []
        author = make_person(is_author=True)
        reviewers = make_person(is_reviewer=True), make_person(is_reviewer=True)
        problems = [make_approved(self._problem(author), *reviewers) for _ in range(PROBLEMS)]
        self.release: Release = make_release(*problems)
        self.editor = make_editor()

    def _problem(self, author: User) -> Problem:
        examples = tuple(Shown(answer=DIAGNOSES[n % 3], picture=n) for n in range(4))
        problem = make_problem(author, examples=examples, query=Shown(answer="Benign", picture=4))
        for panel in Panel.objects.filter(problem=problem):
            panel.image = self._image(author)
            panel.save(update_fields=["image"])
        return problem

    def _image(self, person: User) -> Image:
        content = _jpeg(next(self._numbers))
        sha256 = hashlib.sha256(content).hexdigest()
        image = Image.objects.create(
            uploaded_by=person,
            sha256=sha256,
            media_type="image/jpeg",
            width=_SIDE,
            height=_SIDE,
            byte_size=len(content),
            fingerprint=sha256[:16],
            source="Made for a benchmark",
            license=ImageLicense.CC0,
            attribution="Nobody",
            alt_text="Noise",
            no_patient_confirmed_at=timezone.now(),
        )
        storages["images"].save(image.storage_name, ContentFile(content))
        self.encoded.add(hashlib.sha256(base64.b64encode(content)).hexdigest())
        self.files.append(storages["images"].path(image.storage_name))
        return image

    def run(self, endpoint: ModelEndpoint, requests: int) -> Run:
        """A planned run of so many requests: every problem is asked again and again."""
        run = plan_run(self.release, endpoint, PRESETS["in_context_open"], by=self.editor)
        planned = list(run.predictions.all())
        repeated = (
            Prediction(
                run=run,
                revision_id=row.revision_id,
                repeat=repeat,
                prompt_sha256=row.prompt_sha256,
                image_count=row.image_count,
            )
            for repeat in range(1, requests // PROBLEMS)
            for row in planned
        )
        for rows in batched(repeated, 2000, strict=False):
            Prediction.objects.bulk_create(rows)
        return run


class Server:
    """The counting chat server."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def reset(self, mode: str) -> None:
        """Forget what was, and behave like this."""
        request = urllib.request.Request(f"{self.address}/reset?mode={mode}", method="POST")  # noqa: S310 - our own
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - our own

    def report(self) -> dict[str, Any]:
        """What it saw."""
        with urllib.request.urlopen(f"{self.address}/report", timeout=10) as answer:  # noqa: S310 - our own
            report: dict[str, Any] = json.load(answer)
        return report


@dataclass(frozen=True, slots=True)
class Used:
    """CPU seconds and peak megabytes of a worker and its children so far."""

    cpu: float
    megabytes: float

    @classmethod
    def by(cls, pid: int) -> "Used":
        """Of a process and all below it."""
        found = [_process(each) for each in _tree(pid)]
        return cls(sum(one[0] for one in found), sum(one[1] for one in found))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from _tree(int(child))


def _process(pid: int) -> tuple[float, float]:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return (int(fields[11]) + int(fields[12])) / _TICK, int(peak.split()[1]) / 1024


def _environment() -> dict[str, str]:
    return {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "INFO",  # a shard tells at its end what it did
    }


def _bare(server: Server, workload: Workload) -> float:
    server.reset("plain")
    command = [sys.executable, "-m", "tests.benchmarks.bare"]
    address = f"{server.address}/v1/chat/completions"
    numbers = [address, str(AT_ONCE), str(REQUESTS)]
    said = subprocess.run(
        [*command, *numbers, *workload.files], cwd=ROOT, capture_output=True, text=True, check=True
    )
    report = server.report()
    seconds = float(report["last_at"] - report["first_at"])
    say(f"  bare aiohttp: {seconds:.2f} s, {said.stdout.strip()} CPU-s with its start")
    return seconds


class Asking:
    """Runs of the workload through Celery's workers."""

    def __init__(self, workload: Workload, server: Server, children: Children) -> None:
        self._workload, self._server, self._children = workload, server, children
        self._numbers = count(1)

    @contextmanager
    def _workers(self, number: int) -> Iterator[list[int]]:
        """Process ids of so many workers that are ready."""
        with Children(_environment(), Path(settings.DATA_DIR, "logs")) as children:
            started = []
            for _ in range(number):
                name = f"runner{next(self._numbers)}"
                options = ["--loglevel", "INFO", "--hostname", f"{name}@%h", "--queues", "runs"]
                celery = ["-m", "celery", "-A", "config.celery", "worker", "--concurrency", "1"]
                started.append(children.start(name, [*celery, *options, "--without-mingle"]))
            for child in started:
                _wait(lambda child=child: "ready." in child.log.read_text())
            self._logs = [child.log for child in started]
            yield [child.process.pid for child in started]

    def measure(
        self,
        what: str,
        *,
        mode: str = "plain",
        workers: int = 1,
        requests: int = REQUESTS,
        **facts: Any,
    ) -> float:
        """Ask everything; seconds from the first request to the last committed row."""
        self._server.reset(mode)
        endpoint = self._endpoint(**facts)
        run = self._workload.run(endpoint, requests)
        with self._workers(workers) as pids:
            before = [Used.by(pid) for pid in pids]
            for _ in pids:
                work_run.delay(run.pk)
            _wait(lambda: not run.predictions.unfinished().exists(), sweep=True)
            ended_at = time.time()
            after = [Used.by(pid) for pid in pids]
            _wait(lambda: Run.objects.get(pk=run.pk).status == "finished")
        report = self._server.report()
        seconds = ended_at - float(report["first_at"])
        cpu = sum(b.cpu - a.cpu for a, b in zip(before, after, strict=True))
        megabytes = max(one.megabytes for one in after)
        say(f"  {what}: {seconds:.2f} s, {cpu:.1f} CPU-s, {megabytes:.0f} MB a worker")
        self._tell(run, report, requests)
        return seconds

    def _endpoint(self, **facts: Any) -> ModelEndpoint:
        name = f"Endpoint {next(self._numbers)}"
        given = {"max_concurrency": AT_ONCE, "timeout_seconds": 20, **facts}
        known = EndpointFacts(
            name=name,
            kind=EndpointKind.OPENAI_COMPATIBLE,
            base_url=f"{self._server.address}/v1",
            model="m",
            **given,
        )
        return create_endpoint(known, by=self._workload.editor)

    def _tell(self, run: Run, report: dict[str, Any], requests: int) -> None:
        outcomes = sorted(run.predictions.values_list("outcome", flat=True))
        counts = {outcome: outcomes.count(outcome) for outcome in dict.fromkeys(outcomes)}
        attempts = max(run.predictions.values_list("attempts", flat=True))
        is_identical = set(report["images"]) == self._workload.encoded
        say(
            f"    {counts}; asked {report['asked']}, refused {report['refused']}, broken "
            f"{report['broken']}, at once {report['most_under_way']}, most attempts {attempts}, "
            f"answered {report['answered']}, one body at most {report['most_answers']} of "
            f"{requests // PROBLEMS} times, images byte-identical: {is_identical}, of {_IMAGES} "
            f"encoded: {' and '.join(map(_encoded, self._logs))}"
        )


def _encoded(log: Path) -> str:
    """How many images a worker made ready by its last word; nothing where it had none to ask."""
    told: list[str] = re.findall(r"images_encoded\W+(\d+)", _COLOR.sub("", log.read_text()))
    return told[-1] if told else "0"


def _wait(is_so: Any, *, sweep: bool = False) -> None:
    """Wait, and ring every ten seconds as beat would."""
    started_at = time.monotonic()
    rings = 1
    while not is_so():
        waited = time.monotonic() - started_at
        if waited > _PATIENCE_SECONDS:
            raise TimeoutError("Waited in vain.")
        if sweep and waited > 10 * rings:
            rings += 1
            resume_runs()
        time.sleep(0.02)


def _measure() -> None:
    logging.disable(logging.WARNING)
    port = free_port()
    with empty_database() as vendor:
        logs = Path(settings.DATA_DIR, "server-logs")
        with Children({}, logs) as children:
            children.start("server", ["-m", "tests.benchmarks.chat_server", str(port)])
            server = Server(port)
            workload = Workload()
            _wait(lambda: _is_up(server))
            say(f"{vendor}, {'Redis' if settings.REDIS_URL else 'a queue of files'}, {REQUESTS:,}:")
            bare = min(_bare(server, workload) for _ in range(2))
            asking = Asking(workload, server, children)
            ours = min(asking.measure("the engine") for _ in range(2))
            say(f"  {ours / bare:.2f} times the bare client")
            asking.measure("two workers", workers=2)
            faults = asking.measure("faults", mode="faults")
            say(f"  {faults / (REQUESTS / 0.75 / AT_ONCE * SECONDS):.2f} times the ideal")
            capped = asking.measure(f"a true cap of {CAP}", mode="cap")
            say(f"  {capped / (REQUESTS / CAP * SECONDS):.2f} times the ideal")
            asking.measure("hostile", mode="hostile", timeout_seconds=5)
            many = asking.measure("ten times as many", requests=10 * REQUESTS)
            say(f"  {many / ours:.1f} times as long")


def _is_up(server: Server) -> bool:
    try:
        server.report()
    except OSError:
        return False
    return True


def _measure_on_servers() -> None:
    with running_servers() as servers:
        addresses = {
            "TEST_DATABASE_URL": servers.database_url,
            "TEST_REDIS_URL": servers.redis_url,
        }
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.engine", *sys.argv[1:]],
            cwd=ROOT,
            env={**os.environ, **addresses},
            check=True,
            preexec_fn=dies_with_parent(),
        )


if __name__ == "__main__":
    _measure()
    if settings.IS_SQLITE:
        try:
            _measure_on_servers()
        except MissingServerError as error:
            say(str(error))
