"""`manage.py serve_most_alike`: the most-alike-example baseline as a chat API."""

import socket
from typing import Any

from aiohttp import web
from django.core.management.base import BaseCommand, CommandParser

from evaluation.most_alike_server import MODEL, most_alike_app


class Command(BaseCommand):
    """Serve until interrupted."""

    help = "Serve the baseline that answers as the example whose image is most like the query's."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8300, help="0 takes a free one")
        inherited = "a file descriptor that listens already, instead of host and port"
        parser.add_argument("--socket", type=int, metavar="FD", help=inherited)

    def handle(self, *_: Any, **options: Any) -> None:
        """Say what to enter as an endpoint, then serve."""
        with _listening(options["host"], options["port"], options["socket"]) as listening:
            host, port = listening.getsockname()[:2]
            self.stdout.write(f"Address: http://{host}:{port}/v1   model: {MODEL}   key: none")
            self.stdout.flush()
            web.run_app(most_alike_app(), sock=listening, print=None)


def _listening(host: str, port: int, inherited: int | None) -> socket.socket:
    if inherited is not None:
        return socket.socket(fileno=inherited)
    return socket.create_server((host, port), backlog=128)
