"""`manage.py demo`: the whole product on one machine, with a small real collection."""

import secrets
import shutil
import socket
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.demo.processes import (
    ChildError,
    Children,
    TerminationSignal,
    listening_socket,
    wait_until_answering,
)
from config.demo.seed import is_seeded, seed, seed_runs, set_passwords
from config.environment import Environment
from curation.models import User

_RESTARTS = 3  # of a worker that ends by itself; rows keep what it had to do


class Command(BaseCommand):
    """Migrate, seed, start web, workers and a local chat server, until Ctrl-C."""

    help = "Start the whole product on this machine with a small real collection (Ctrl-C ends it)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and whether to begin anew."""
        parser.add_argument("--port", type=int, default=8000, help="8000 unless taken")
        parser.add_argument(
            "--fresh", action="store_true", help="throw away what an earlier demo kept, begin anew"
        )

    def handle(self, *, port: int, fresh: bool, **_: Any) -> None:
        """Run the demo; refused wherever real work could be."""
        if settings.ENVIRONMENT is not Environment.DEMO:
            raise CommandError("The demo makes logins anybody can read; it runs only by itself.")
        if fresh:
            self._forget()
        with TerminationSignal():
            try:
                self._run(port)
            except ChildError as error:
                raise CommandError(str(error)) from error
            except KeyboardInterrupt:
                self.stdout.write("\nStopped. What you did is kept for the next start.")

    def _forget(self) -> None:
        """Remove what a demo makes, by name: the folder may hold other things."""
        for name in ("images", "scans", "imports", "releases", "files", "queue", "logs"):
            shutil.rmtree(settings.DATA_DIR / name, ignore_errors=True)
        for file in settings.DATA_DIR.glob("db.sqlite3*"):
            file.unlink()

    def _run(self, port: int) -> None:
        with listening_socket(port) as web_socket, listening_socket(port + 1) as chat_socket:
            address = _address(web_socket)
            settings.SITE_URL = address  # what is filled in freezes it, in a release for ever
            self._fill(f"{_address(chat_socket)}/v1")
            password = secrets.token_urlsafe(9)
            people = set_passwords(password)
            environment = {"SITE_URL": address, "ENVIRONMENT": Environment.DEMO.value}
            with Children(environment, Path(settings.DATA_DIR) / "logs") as children:
                self._start(children, web_socket, chat_socket)
                self._tell(address, password, people)
                children.watch()

    def _fill(self, chat_url: str) -> None:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        self.stdout.write("Preparing the database ...")
        call_command("migrate", verbosity=0)
        if not is_seeded():
            self.stdout.write("Filling it with the demo collection ...")
            seed()
        seed_runs(chat_url)

    def _start(
        self, children: Children, web_socket: socket.socket, chat_socket: socket.socket
    ) -> None:
        serve = ["manage.py", "serve_most_alike", "--socket", str(chat_socket.fileno())]
        chat = children.start("chat server", serve, sockets=[chat_socket.fileno()])
        self._start_worker(children, "worker", "default", 1, "--beat")
        self._start_worker(children, "runner", "runs", 2)
        gunicorn = ["-m", "gunicorn", "--config", "config/gunicorn_conf.py", "config.wsgi"]
        bind = ["--bind", f"fd://{web_socket.fileno()}"]
        web = children.start("web server", [*gunicorn, *bind], sockets=[web_socket.fileno()])
        wait_until_answering(f"{_address(chat_socket)}/v1/models", chat)
        wait_until_answering(f"{_address(web_socket)}/health/ready", web)

    def _start_worker(
        self, children: Children, name: str, queue: str, concurrency: int, *options: str
    ) -> None:
        celery = ["-m", "celery", "-A", "config.celery", "worker", "--loglevel", "INFO"]
        names = ["--hostname", f"{name}@%h", "--queues", queue]
        children.start(
            name,
            [*celery, *names, "--concurrency", str(concurrency), *options],
            restarts=_RESTARTS,
        )

    def _tell(self, address: str, password: str, people: list[User]) -> None:
        self.stdout.write(f"\n  {settings.SITE_NAME} is at {address}\n\n  Log in as")
        for person in people:
            roles = ", ".join(person.role_names)
            self.stdout.write(f"    {person.email:<34} {roles}")
        self.stdout.write(f"  with the password of this start: {password}\n")
        self.stdout.write(f"  Ctrl-C ends it; what you do is kept in {settings.DATA_DIR}.\n")
        self.stdout.flush()


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"
