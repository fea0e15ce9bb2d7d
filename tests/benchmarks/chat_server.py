"""A chat server that counts: `python -m tests.benchmarks.chat_server PORT`, a process of its own.

It takes 200 ms for an answer, misbehaves as `POST /reset?mode=...` says, and tells at `GET /report`
what it saw: how many requests at once, which bodies more than once, which images.
"""

import asyncio
import hashlib
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web

SECONDS = 0.2
CAP = 32
_DATA_URL = re.compile(rb'"data:image/[a-z]+;base64,([^"]*)"')
_BIG = b" " * 2**20

type Misbehave = Callable[["Server", web.Request], Awaitable[web.StreamResponse | None]]


@dataclass
class Seen:
    """What `GET /report` tells."""

    asked: int = 0
    answered: int = 0
    refused: int = 0
    broken: int = 0
    under_way: int = 0
    most_under_way: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    # How often the body was answered that was answered most often.
    most_answers: int = 0
    images: list[str] = field(default_factory=list)  # SHA-256 of the base64 of each that came


@dataclass
class Server:
    """The state of the server, anew after each reset."""

    mode: str = "plain"
    seen: Seen = field(default_factory=Seen)
    bodies: Counter[bytes] = field(default_factory=Counter)
    known: set[bytes] = field(default_factory=set)
    dice: random.Random = field(default_factory=lambda: random.Random(11))  # noqa: S311 - the same each time

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """One chat request."""
        seen = self.seen
        seen.under_way += 1
        seen.most_under_way = max(seen.most_under_way, seen.under_way)
        seen.first_at = seen.first_at or time.time()
        try:
            body = await request.read()
            seen.asked += 1
            other = await _MODES[self.mode](self, request)
            if other is not None:
                return other
            self._remember(body)
            await asyncio.sleep(SECONDS)
            seen.answered += 1
            seen.last_at = time.time()
            return web.json_response(_ANSWER)
        finally:
            seen.under_way -= 1

    def _remember(self, body: bytes) -> None:
        digest = hashlib.sha256(body).digest()
        self.bodies[digest] += 1
        if digest not in self.known:
            self.known.add(digest)
            found = {hashlib.sha256(data).hexdigest() for data in _DATA_URL.findall(body)}
            self.seen.images = sorted({*self.seen.images, *found})

    def refuse(self, **headers: str) -> web.Response:
        """Too many requests."""
        self.seen.refused += 1
        return web.Response(status=429, headers=headers)

    def broken(self) -> web.Response:
        """An error of the server."""
        self.seen.broken += 1
        return web.json_response({"error": {"message": "Something broke."}}, status=500)


_ANSWER = {
    "model": "counting-1",
    "choices": [{"message": {"role": "assistant", "content": "Benign"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1500, "completion_tokens": 3},
}


async def _well(_: Server, __: web.Request) -> None:
    return None


async def _faults(server: Server, _: web.Request) -> web.Response | None:
    """15 % refused with a wish, 10 % broken, at random."""
    chance = server.dice.random()
    if chance < 0.15:
        return server.refuse(**{"Retry-After": "1"})
    return server.broken() if chance < 0.25 else None


async def _cap(server: Server, _: web.Request) -> web.Response | None:
    """No more than so many at once, without a wish."""
    return server.refuse() if server.seen.under_way > CAP else None


async def _hostile(server: Server, request: web.Request) -> web.StreamResponse | None:
    """The faults, and what no server should do."""
    if (answer := await _faults(server, request)) is not None:
        return answer
    chance = server.dice.random()
    if chance < 0.02 and request.transport is not None:
        request.transport.abort()
        return web.Response()
    if chance < 0.04:
        return web.Response(body=b"<html>no JSON</html>")
    if chance < 0.06:
        return await _streamed(request, [b" "] * 600, pause=0.1)
    if chance < 0.07:
        return await _streamed(request, [_BIG] * 100, pause=0.0)
    return None


async def _streamed(
    request: web.Request, chunks: list[bytes], *, pause: float
) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for chunk in chunks:
        await response.write(chunk)
        await asyncio.sleep(pause)
    return response


_MODES: dict[str, Misbehave] = {
    "plain": _well,
    "faults": _faults,
    "cap": _cap,
    "hostile": _hostile,
}


def app() -> web.Application:
    """The server, to be run by a benchmark or a test."""
    application = web.Application(client_max_size=10**8)
    server = Server()

    async def reset(request: web.Request) -> web.Response:
        server.__init__(request.query["mode"])  # type: ignore[misc]  # as if it had just started
        return web.Response()

    async def report(_: web.Request) -> web.Response:
        most = max(server.bodies.values(), default=0)
        told: dict[str, Any] = {**asdict(server.seen), "most_answers": most}
        return web.json_response(told)

    application.router.add_post("/v1/chat/completions", server.complete)
    application.router.add_post("/reset", reset)
    application.router.add_get("/report", report)
    return application


if __name__ == "__main__":
    web.run_app(app(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
