"""A mail server of our own: real SMTP on a free port, failing as it is told to."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any


@dataclass(kw_only=True)
class MailServer:
    """What it took, and how it fails: `replies` answers a command with a line instead of 250.

    `hangs_up_after_data` takes the e-mail and ends the connection without saying so.
    """

    replies: dict[str, str] = field(default_factory=dict)
    hangs_up_after_data: bool = False
    taken: list[tuple[str, Message]] = field(default_factory=list)
    port: int = 0

    @property
    def mailers(self) -> dict[str, Any]:
        """The setting MAILERS that sends to it."""
        options = {"host": "127.0.0.1", "port": self.port, "use_tls": False, "timeout": 5}
        backend = "django.core.mail.backends.smtp.EmailBackend"
        return {"default": {"BACKEND": backend, "OPTIONS": options}}

    def addresses(self) -> list[str]:
        """Who got something, in the order in which it was taken."""
        return [address for address, _ in self.taken]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        address = ""
        await _say(writer, "220 here")
        while line := (await reader.readline()).decode().strip():
            command = line.partition(" ")[0].upper()
            if command == "RCPT":
                address = line[line.index("<") + 1 : line.index(">")]
            refusal = self.replies.get(f"{command} {address}") or self.replies.get(command)
            if refusal:
                await _say(writer, refusal)
            elif command == "DATA":
                await self._take(address, reader, writer)
            else:
                await _say(writer, "221 bye" if command == "QUIT" else "250 ok")
            if command == "QUIT" or (command == "DATA" and self.hangs_up_after_data):
                break
        writer.close()

    async def _take(
        self, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await _say(writer, "354 go on")
        content = await reader.readuntil(b"\r\n.\r\n")
        self.taken.append((address, message_from_bytes(content[:-5])))
        if not self.hangs_up_after_data:
            await _say(writer, "250 taken")


async def _say(writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(f"{line}\r\n".encode())
    await writer.drain()


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    """The server in a thread, for as long as the block runs."""
    server, loop = MailServer(), asyncio.new_event_loop()
    is_over = asyncio.Event()
    is_listening = threading.Event()

    async def listen() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        is_listening.set()
        await is_over.wait()
        listening.close()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:  # ends connections, too
            runner.run(listen())

    thread = threading.Thread(target=run)
    thread.start()
    is_listening.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(is_over.set)
        thread.join()
