"""Asking a chat API about itself, by the same rules as asking its model.

No redirects, no proxies, no cookies, replies of at most 2 MB, one deadline around each call; the
key goes to the endpoint's own address and is cut from every word that comes back.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from evaluation.clients.address import Address
from evaluation.clients.chat_reply import GarbledReplyError, error_text, read_reply, storable
from evaluation.clients.contract import Completion

MAX_REPLY_BYTES = 2 * 1024**2
LONGEST_CALL_SECONDS = 60.0
_SHORTEST_KEY = 8  # a shorter one would be found in ordinary words


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one call brought: a status, or none where nothing came back.

    ``says`` is the server's word on an error, or ours where no server answered. ``document`` is
    the reply as JSON, and ``completion`` what it answers where it is one of a chat.
    """

    status: int | None = None
    says: str = ""
    document: Any = None
    completion: Completion | None = None

    @property
    def is_ok(self) -> bool:
        """Whether the server did what it was asked for."""
        return self.status == 200


@asynccontextmanager
async def open_prober(address: Address, key: str) -> AsyncIterator["Prober"]:
    """A prober with connections of its own, for the event loop it is opened in."""
    session = aiohttp.ClientSession(
        # Some servers close without a word after an error; the next call is not to suffer it.
        connector=aiohttp.TCPConnector(force_close=True),
        timeout=aiohttp.ClientTimeout(total=None),  # the deadline is around the whole call
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    async with session:
        yield Prober(session, address, key)


class Prober:
    """Calls one address."""

    def __init__(self, session: aiohttp.ClientSession, address: Address, key: str) -> None:
        self._session = session
        self._address = address
        self._key = key

    async def models(self) -> Answered:
        """What the server says of its models."""
        return await self._call("GET", "models", None)

    async def chat(self, **body: Any) -> Answered:
        """What the model answers."""
        return await self._call("POST", "chat/completions", {"model": self._address.model, **body})

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> Answered:
        seconds = min(self._address.timeout_seconds, LONGEST_CALL_SECONDS)
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(method, path, body)
        except TimeoutError:
            return Answered(says=f"No answer within {seconds:g} seconds.")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Only the kind: the text of such errors may quote what was sent.
            return Answered(says=f"The connection failed ({type(error).__name__}).")

    async def _exchange(self, method: str, path: str, body: Mapping[str, Any] | None) -> Answered:
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        data = None if body is None else json.dumps(body).encode()
        url = URL(f"{self._address.base_url}/{path}", encoded=True)
        async with self._session.request(
            method, url, data=data, headers=headers, allow_redirects=False
        ) as response:
            reply = await _capped(response)
        if reply is None:
            return Answered(status=response.status, says="The reply is longer than 2 MB.")
        return self._read(response.status, reply)

    def _read(self, status: int, reply: bytes) -> Answered:
        if status in {401, 403}:
            # Without the server's words: some quote parts of the key.
            return Answered(status=status, says="The server does not accept the key.")
        if 300 <= status < 400:
            words = "The server redirects to another address; enter the final address."
            return Answered(status=status, says=words)
        if status != 200:
            says = error_text(reply, self._clean)
            return Answered(status=status, says=f"The server answered {status}. {says}".strip())
        try:
            document = json.loads(self._clean(storable(reply.decode("utf-8", "replace"))))
        except (ValueError, RecursionError):
            return Answered(status=status, says="The reply is not JSON.")
        return Answered(status=status, document=document, completion=self._completion(reply))

    def _completion(self, reply: bytes) -> Completion | None:
        try:
            return read_reply(reply, self._clean)
        except GarbledReplyError:
            return None

    def _clean(self, text: str) -> str:
        return text.replace(self._key, "[key]") if len(self._key) >= _SHORTEST_KEY else text


async def _capped(response: aiohttp.ClientResponse) -> bytes | None:
    """The whole reply; None where it is longer than any that is wanted."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_REPLY_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
