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

    def handle(self, *_: Any, host: str, port: int, **__: Any) -> None:
        """Say what to enter as an endpoint, then serve."""
        with socket.create_server((host, port), backlog=128) as listening:
            address = f"http://{host}:{listening.getsockname()[1]}/v1"
            self.stdout.write(f"Address: {address}   model: {MODEL}   key: none")
            self.stdout.flush()
            web.run_app(most_alike_app(), sock=listening, print=None)
