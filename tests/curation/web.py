"""A small internet for tests: real servers on this machine, reached by public names and numbers."""

import asyncio
import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

type Answer = Callable[[socket.socket], None]
"""What a server does with a connection on which a path was asked for."""

PUBLIC = "93.184.216.34"
ELSEWHERE = "151.101.1.140"


def says(body: bytes, *headers: str, status: str = "200 OK") -> Answer:
    """The whole answer of a well-behaved server."""
    named = (f"Content-Length: {len(body)}", "Content-Type: image/png", *headers)
    head = "\r\n".join([f"HTTP/1.1 {status}", *named, "", ""])
    return lambda connection: connection.sendall(head.encode("latin-1") + body)


def leads_to(address: str, *headers: str, status: str = "302 Found") -> Answer:
    """A redirect."""
    return says(b"", f"Location: {address}", *headers, status=status)


def sends(parts: Iterable[bytes]) -> Answer:
    """Bytes as they are, for as long as the other side listens."""

    def answer(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for part in parts:
                connection.sendall(part)

    return answer


class Site(socketserver.ThreadingTCPServer):
    """A server on a free port that answers each path as it is told, and keeps what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Visit)
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.greeting = b""  # what it says before it is asked, as no web server does
        self.is_closing = threading.Event()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Visit(socketserver.StreamRequestHandler):
    server: Site

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(self.server.greeting)
            head = ""
            while (line := self.rfile.readline().decode("latin-1")).strip():
                head += line
            if not head:  # no TLS, or nothing to say
                return
            self.server.asked.append(head)
            path = head.split(" ")[1]
            self.server.answers.get(path, says(b"", status="404 Not Found"))(self.connection)


@contextmanager
def open_site(wrap: Callable[[socket.socket], socket.socket] | None = None) -> Iterator[Site]:
    """A site for as long as the block runs; `wrap` may put TLS around its socket."""
    with Site() as site:
        if wrap is not None:
            site.socket = wrap(site.socket)
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield site
        finally:
            site.is_closing.set()
            site.shutdown()
            thread.join()


@dataclass(slots=True)
class Internet:
    """What names resolve to, at each further question, and which numbers lead to which site."""

    names: dict[str, list[list[str]]] = field(default_factory=dict)
    sites: dict[tuple[str, int], int] = field(default_factory=dict)
    resolved: list[str] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)

    def host(self, name: str, *numbers: str) -> None:
        """Let a name stand for these numbers, whoever asks how often."""
        self.names[name] = [list(numbers)]

    def answers(self, name: str) -> list[str]:
        """What a name server says now; the last answer stays."""
        self.resolved.append(name)
        answers = self.names.get(name)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    """This process resolves and connects by this internet alone; sites of 127.0.0.1 are there."""
    internet = Internet()
    resolve, connect = socket.getaddrinfo, asyncio.SelectorEventLoop.sock_connect

    def getaddrinfo(host: str, port: int, *rest: int) -> list[Any]:
        family, kind, protocol = (*rest, 0, 0, 0)[:3]
        with contextlib.suppress(socket.gaierror):
            return resolve(host, port, family, kind, protocol, socket.AI_NUMERICHOST)
        numbers = internet.answers(host)
        return [at for number in numbers for at in resolve(number, port, family, kind, protocol)]

    async def sock_connect(loop: Any, sock: socket.socket, address: Any) -> None:
        place = (str(address[0]), int(address[1]))
        internet.connected.append(place)
        if place[0] == "127.0.0.1":
            return await connect(loop, sock, address)
        if place not in internet.sites:
            raise ConnectionRefusedError
        return await connect(loop, sock, ("127.0.0.1", internet.sites[place]))

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", sock_connect)
    return internet
