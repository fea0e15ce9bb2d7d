"""A real installation for browser journeys: its own data folder, web server, workers and beat."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from config.demo.processes import dies_with_parent
from tests.environment import ROOT, without_settings
from tests.servers import free_port

_PATIENCE_SECONDS = 90
_IS_ALIVE = "from curation.models import Heartbeat; print(Heartbeat.objects.exists())"
_MIGRATE = "from django.core.management import call_command; call_command('migrate', verbosity=0)"
# Starting Django takes seconds of a core, so one process runs what many tests ask for.
_SHELL = """
import contextlib, io, json, sys, traceback
from django.db import close_old_connections
for line in sys.stdin:
    said, error = io.StringIO(), ""
    close_old_connections()
    try:
        with contextlib.redirect_stdout(said):
            exec(json.loads(line), {})
    except Exception:
        error = traceback.format_exc()
    print(json.dumps([said.getvalue(), error]), flush=True)
"""
_LAST_REDIS_DATABASE = 15  # the tests' processes have the first ones


class InstallationError(Exception):
    """A process of the installation failed; the text is its log."""


class Installation:
    """A running copy of the product. Its logs are in `folder`."""

    def __init__(
        self, folder: Path, *, database_url: str, redis_url: str, env: Mapping[str, str]
    ) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.env = {
            **without_settings(),
            "ENVIRONMENT": "test",
            "SITE_URL": self.url,
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            **env,
        }
        self._shell: subprocess.Popen[str] | None = None

    def run_code(self, code: str) -> str:
        """What Python prints in the application; raises InstallationError if it fails.

        One process runs it all, for as long as the block of `shell` runs.
        """
        assert self._shell
        assert self._shell.stdin
        assert self._shell.stdout
        self._shell.stdin.write(f"{json.dumps(code)}\n")
        self._shell.stdin.flush()
        answer = self._shell.stdout.readline()
        said, error = json.loads(answer) if answer else ("", self.logs())
        if error:
            raise InstallationError(error)
        return str(said)

    def logs(self) -> str:
        """Everything the processes said so far."""
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')}" for file in files)

    @contextmanager
    def shell(self) -> Iterator[None]:
        """For as long as the block runs, `run_code` may be called."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", _SHELL]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with self.process("shell", *command, **pipes) as self._shell:
            yield

    @contextmanager
    def running(self) -> Iterator[None]:
        """Web server and workers for as long as the block runs, ready at its start."""
        beat = ("--beat", "--schedule", str(self.folder / "beat"))
        with ExitStack() as stack:
            web = stack.enter_context(self.process("web", *self._web()))
            worker = stack.enter_context(self.process("worker", *self._worker("default", *beat)))
            stack.enter_context(self.process("runner", *self._worker("runs")))
            self._wait(web, self._answers)
            self._wait(worker, lambda: self.run_code(_IS_ALIVE) == "True\n")
            yield

    @contextmanager
    def process(
        self, name: str, *command: str, stdin: int = subprocess.DEVNULL, stdout: int | None = None
    ) -> Iterator[subprocess.Popen[str]]:
        """A process of this installation; at the end of the block it and its children are gone."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env,
                stdin=stdin,
                stdout=log if stdout is None else stdout,
                stderr=log,
                text=True,
                start_new_session=True,
                preexec_fn=dies_with_parent(),  # noqa: PLW1509 - calls the kernel only
            )
        try:
            yield process
        finally:
            _end(process)

    def _web(self) -> list[str]:
        address = self.url.removeprefix("http://")
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn_conf.py"]
        return [*gunicorn, "config.wsgi", "--bind", address]

    def _worker(self, queue: str, *options: str) -> list[str]:
        celery = [sys.executable, "-m", "celery", "-A", "config.celery", "worker"]
        names = ["--hostname", f"{queue}@%h", "--queues", queue]
        return [*celery, *names, *options, "--pool", "prefork", "--concurrency", "2"]

    def _wait(self, process: subprocess.Popen[str], is_ready: Callable[[], bool]) -> None:
        last_moment = time.monotonic() + _PATIENCE_SECONDS
        while not is_ready():
            if process.poll() is not None or time.monotonic() > last_moment:
                raise InstallationError(self.logs())
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/live", timeout=5):  # noqa: S310 - our own
                return True
        except (urllib.error.URLError, OSError):
            return False


def _end(process: subprocess.Popen[str]) -> None:
    """Ask first; after a while end the whole family."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=20)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()  # which closes its pipes, too


@contextmanager
def new_database(name: str, folder: Path) -> Iterator[str]:
    """The address of an empty database: in the tests' PostgreSQL, or a SQLite file in `folder`."""
    server = os.environ.get("TEST_DATABASE_URL")
    if server is None:
        yield f"sqlite:///{folder / 'db.sqlite3'}"
        return
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"{server.rpartition('/')[0]}/{name}"
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)


def new_queue() -> str:
    """The address of a Redis database for an installation, or "" for the file-system queue."""
    server = os.environ.get("TEST_REDIS_URL")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return f"{server}/{_LAST_REDIS_DATABASE - int(worker)}" if server else ""


@contextmanager
def running_installation(
    folder: Path, env: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """A migrated installation with everything running, on what servers the tests have.

    `env` are further variables of its environment, as `.env.example` explains them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with new_database(f"installation_{os.getpid()}", folder) as database_url:
        installation = Installation(
            folder, database_url=database_url, redis_url=new_queue(), env=env or {}
        )
        with installation.shell():
            installation.run_code(_MIGRATE)
            with installation.running():
                yield installation
