"""Chat servers for tests: real HTTP on a free port, in a thread with a loop of its own."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from evaluation.most_alike_server import SERVED_MODEL, most_alike_app

type Behave = Callable[[web.Request], Awaitable[web.StreamResponse | None]]
"""Answers in a server's place, or lets it answer by giving None."""


@contextmanager
def serving(app: web.Application) -> Iterator[str]:
    """The app's base URL for as long as the block runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    try:
        port = asyncio.run_coroutine_threadsafe(_started(runner), loop).result(10)
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(_stopped(runner), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _started(runner: web.AppRunner) -> int:
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return int(runner.addresses[0][1])


async def _stopped(runner: web.AppRunner) -> None:
    await runner.cleanup()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:  # handlers that hang on purpose
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@dataclass(slots=True)
class MostAlike:
    """A running most-alike server: its address, what it received, and how it misbehaves."""

    base_url: str
    app: web.Application
    behave: Behave | None = None
    asked: int = 0

    @property
    def received(self) -> list[list[str]]:
        """The hashes of the images of every request that it answered, oldest first."""
        return [[one.sha256 for one in images] for images in list(self.app[SERVED_MODEL].received)]


@contextmanager
def most_alike_server() -> Iterator[MostAlike]:
    """The local server, which a test may let misbehave first."""
    app = most_alike_app()
    server = MostAlike("", app)

    @web.middleware
    async def misbehave(request: web.Request, handler: Any) -> web.StreamResponse:
        server.asked += request.method == "POST"
        answer = await server.behave(request) if server.behave else None
        return answer if answer is not None else await handler(request)

    app.middlewares.insert(0, misbehave)
    with serving(app) as address:
        server.base_url = f"{address}/v1"
        yield server


def failing(status: int, times: int, **headers: str) -> Behave:
    """Answer so often with this status, then let the server answer."""
    left = times

    async def behave(request: web.Request) -> web.Response | None:
        nonlocal left
        left -= 1
        return web.Response(status=status, headers=headers) if left >= 0 else None

    return behave
