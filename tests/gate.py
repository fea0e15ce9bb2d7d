"""What must hold before anything is committed, stage by stage."""

import argparse
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.environment import ROOT, is_ci, without_settings
from tests.servers import MissingServerError, running_servers

_BIN = Path(sys.executable).parent
_PACKAGES = ("config", "curation", "evaluation")
_DJANGO_OF_TEMPLATES = "6.1"
# Five processes for two cores: three of them run journeys at first, which wait more than compute.
_PYTEST = (sys.executable, "-m", "pytest", "-q", "-n", "5", "-p", "tests.scheduling")
# What no database has a part in was tested in the pass before; so was what is drawn on a canvas.
_WHERE_A_DATABASE_MATTERS = ("--with-database", "--ignore=tests/e2e/test_viewer.py")
_AT_ONCE = 2  # checks; each of them has one core
_UV = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.13", "--generate-hashes"),
    *("--no-annotate", "--no-header", "--upgrade", "pyproject.toml"),
)
_LOCKS = (
    ("requirements.lock",),
    ("requirements-extras.lock", "--all-extras", "-c", "requirements.lock"),
    ("requirements-dev.lock", "--group", "dev", "--all-extras", "-c", "requirements-extras.lock"),
)


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class StageFailedError(Exception):
    """A stage did not pass; what it printed has been shown."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A command that must succeed. A loud one shows its output as it comes."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    is_loud: bool = False

    def run(self) -> None:
        """Run it and print one line; its output too if it fails."""
        start = time.monotonic()
        if self.is_loud:
            _say(f"{self.name}:")
        done = subprocess.run(
            self.command,
            cwd=ROOT,
            env={**without_settings(), "ENVIRONMENT": "test", **self.environment},
            stdout=None if self.is_loud else subprocess.PIPE,
            stderr=None if self.is_loud else subprocess.STDOUT,
            check=False,
        )
        passed = "passed" if done.returncode == 0 else "FAILED"
        told = f"{self.name:<42} {passed} {time.monotonic() - start:7.1f} s"
        if done.returncode:
            _say(f"{told}\n{(done.stdout or b'').decode(errors='replace')}")
            raise StageFailedError(self.name)
        _say(told)


def main(arguments: list[str]) -> int:
    """Run what the command line asks for; the exit status."""
    options = _options(arguments)
    start = time.monotonic()
    try:
        if options.what == "lock":
            _lock()
        else:
            _gate(options)
    except StageFailedError as error:
        _say(f"The gate is closed: {error}.")
        return 1
    except KeyboardInterrupt:
        return 130
    _say(f"Done in {time.monotonic() - start:.0f} s.")
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m tests",
        description="Run every check and every test, on SQLite and on PostgreSQL with Redis.",
        epilog="What follows -- is given to pytest: python3 -m tests --fast -- tests/curation -x",
    )
    what = parser.add_argument("what", nargs="?", choices=["gate", "lock"], default="gate")
    what.help = "gate (the default) or lock: choose newest versions and rewrite both lock files"
    parser.add_argument(
        "--fast", action="store_true", help="only the checks and, on SQLite, tests without browser"
    )
    end_of_ours = (*arguments, "--").index("--")
    options = parser.parse_args(arguments[:end_of_ours])
    options.pytest = tuple(arguments[end_of_ours + 1 :])
    return options


def _gate(options: argparse.Namespace) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="icl-bench-gate-") as folder,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        for _ in pool.map(Stage.run, _checks(folder)):
            pass  # or raises for the first that failed; those not yet begun are left out
    if options.fast:
        without_browser = ("--ignore", "tests/e2e", *options.pytest)
        Stage("tests on SQLite, no browser", (*_PYTEST, *without_browser), is_loud=True).run()
        return
    with _servers() as addresses:
        Stage("tests on SQLite", (*_PYTEST, *options.pytest), is_loud=True).run()
        if addresses:
            name = "tests on PostgreSQL and Redis"
            with_database = (*_PYTEST, *_WHERE_A_DATABASE_MATTERS, *options.pytest)
            Stage(name, with_database, addresses, is_loud=True).run()


@contextmanager
def _servers() -> Iterator[dict[str, str]]:
    """The addresses of PostgreSQL and Redis for tests; none, and why, on a machine without."""
    try:
        with running_servers() as servers:
            yield {
                "TEST_DATABASE_URL": servers.database_url,
                "TEST_REDIS_URL": servers.redis_url,
            }
    except MissingServerError as error:
        if is_ci():
            _say(error)
            raise StageFailedError("a server is missing") from error
        _say(f"SKIPPED: tests on PostgreSQL and Redis, because {error}")
        yield {}


def _checks(folder: str) -> Iterator[Stage]:
    """Everything but tests; the longest first, beside which the others run."""
    for_django = {"DATA_DIR": folder}
    yield Stage("types", (_tool("mypy"), *_PACKAGES, "tests", "manage.py"))
    yield Stage("formatting", (_tool("ruff"), "format", "--check", "."))
    yield Stage("lint", (_tool("ruff"), "check", "."))
    templates = sorted(str(path) for path in (ROOT / "templates").rglob("*.html"))
    djade = (_tool("djade"), "--check", "--target-version", _DJANGO_OF_TEMPLATES)
    yield Stage("formatting of templates", (*djade, *templates))
    yield Stage("one-way imports", (_tool("lint-imports"), "--no-logo"))
    yield Stage("system checks", _manage("check"), for_django)
    yield Stage("migrations", _manage("makemigrations", "--check", "--dry-run"), for_django)
    deploy = _manage("check", "--deploy", "--fail-level", "WARNING")
    yield Stage("system checks in production", deploy, _production(folder))
    # Also compiles them, which else each process of the tests would do at the same time.
    yield Stage("collection of tests", (sys.executable, "-m", "pytest", "-q", "--collect-only"))


def _tool(name: str) -> str:
    return str(_BIN / name)


def _manage(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "manage.py", *arguments)


def _production(folder: str) -> dict[str, str]:
    return {
        "ENVIRONMENT": "production",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "SITE_URL": "https://bench.example.org",
        "DATABASE_URL": f"sqlite:///{folder}/production.sqlite3",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "EMAIL_HOST": "mail.example.org",
        "DATA_DIR": folder,
    }


def _lock() -> None:
    for name, *options in _LOCKS:
        command = (_tool("uv"), *_UV, *options, "--output-file", name)
        Stage(f"locking {name}", command, {"UV_NO_PROGRESS": "1"}).run()
