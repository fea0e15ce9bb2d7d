"""A PostgreSQL and a Redis of our own, on free ports, from the binaries this machine has."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from config.demo.processes import dies_with_parent

_PATIENCE_SECONDS = 60
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class MissingServerError(Exception):
    """A binary is not on this machine; the text says which package has it."""


class ServerDidNotStartError(Exception):
    """A server ended or stayed silent; the text is what it had to say."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the two listen. Redis' address has no database number yet."""

    database_url: str
    redis_url: str


def free_port() -> int:
    """A TCP port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Both servers for as long as the block runs; raises MissingServerError before any start."""
    postgres, initdb, redis_server = _postgres("postgres"), _postgres("initdb"), _redis()
    with ExitStack() as stack:
        database_url = stack.enter_context(_running_postgres(postgres, initdb))
        redis_url = stack.enter_context(_running_redis(redis_server))
        yield Servers(database_url, redis_url)


def _postgres(name: str) -> str:
    if found := shutil.which(name):
        return found
    # Debian keeps them off the PATH, one folder a version.
    versions = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    if packaged := max(versions, key=lambda path: int(path.parts[-3]), default=None):
        return str(packaged)
    raise MissingServerError(f"{name} was not found; the Debian package postgresql has it.")


def _redis() -> str:
    if found := shutil.which("redis-server"):
        return found
    raise MissingServerError("redis-server was not found; the package of that name has it.")


@contextmanager
def _running_postgres(postgres: str, initdb: str) -> Iterator[str]:
    user, port = _unprivileged_user(), free_port()
    with _folder(user) as folder:
        data = folder / "data"
        make = [initdb, "-D", str(data), "-U", "tests", "-A", "trust", "-E", "UTF8"]
        _finish([*make, "--locale=C", "--no-sync"], user=user, folder=folder)
        settings = [f"-c{setting}" for setting in (*_FAST, "listen_addresses=127.0.0.1")]
        # Sockets in the file system would need a short path; the port is enough.
        serve = [postgres, "-D", str(data), "-p", str(port), "-k", "", *settings]
        address = f"postgresql://tests@127.0.0.1:{port}/postgres"
        # An immediate end: nobody needs the data any more.
        with _served(serve, user, folder, lambda: _answers(address), end=signal.SIGQUIT):
            yield address


@contextmanager
def _running_redis(redis_server: str) -> Iterator[str]:
    port = free_port()
    with _folder(None) as folder:
        serve = [redis_server, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        serve += ["--save", "", "--appendonly", "no"]
        with _served(serve, None, folder, lambda: _pongs(port), end=signal.SIGTERM):
            yield f"redis://127.0.0.1:{port}"


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: the account to run it as, None for our own."""
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name for account in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in accounts)


@contextmanager
def _folder(user: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="icl-bench-", ignore_cleanup_errors=True) as name:
        if user is not None:
            shutil.chown(name, user)
        yield Path(name)


def _finish(command: list[str], *, user: str | None, folder: Path) -> None:
    done = subprocess.run(
        command, user=user, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServerDidNotStartError(done.stdout + done.stderr)


@contextmanager
def _served(
    command: list[str],
    user: str | None,
    folder: Path,
    is_ready: Callable[[], bool],
    *,
    end: signal.Signals,
) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            user=user,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with_parent(end),  # noqa: PLW1509 - calls the kernel only
        )
    try:
        _wait(process, is_ready, log)
        yield
    finally:
        process.send_signal(end)
        process.wait(timeout=_PATIENCE_SECONDS)


def _wait(process: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path) -> None:
    last_moment = time.monotonic() + _PATIENCE_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > last_moment:
            raise ServerDidNotStartError(log.read_text(errors="replace"))
        time.sleep(0.05)


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _pongs(port: int) -> bool:
    with redis.Redis(port=port, socket_timeout=2) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
