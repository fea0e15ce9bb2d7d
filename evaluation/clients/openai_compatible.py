"""Any chat API in OpenAI's form, over HTTP.

A body is sent in fragments, with each image's base64 encoded once: a request of five images is a
megabyte, and writing such JSON anew for each costs more than everything else here together. The
fragments are never joined, so requests under way share the images' bytes.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
from structlog.contextvars import get_contextvars
from yarl import URL

from evaluation.clients.address import Address
from evaluation.clients.chat_reply import (
    LONGEST_ID,
    Clean,
    GarbledReplyError,
    error_text,
    head_of,
    read_reply,
    storable,
)
from evaluation.clients.contract import Completion, Failure, MissingKeyError, Request
from evaluation.clients.images import DamagedImageError, EncodedImage, EncodedImages
from evaluation.clients.retrying import wish_of
from evaluation.domain.fitting import UnfittingImageError
from evaluation.domain.prompting import ImagePart, Part, Role, TextPart, Turn

MAX_REPLY_BYTES = 2 * 1024**2
_SHORTEST_KEY = 8  # a shorter one would be found in ordinary words
_REQUEST_IDS = ("x-request-id", "request-id", "apim-request-id")
_OF_ENDPOINT = {
    401: "The server does not accept the key.",
    403: "The server does not allow this key to use the model.",
    404: "The server does not know this address or model.",
}

type FindKey = Callable[[], str]
"""Looks the key up at the moment of a call; empty for a server that wants none.

MissingKeyError where there should be one.
"""


class ReplyTooLongError(Exception):
    """More bytes than an answer has."""


@asynccontextmanager
async def open_openai_compatible(
    address: Address, find_key: FindKey, images: EncodedImages
) -> AsyncIterator["OpenAICompatibleClient"]:
    """A client with connections of its own, for the event loop it is opened in."""
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=None),  # the deadline is around the whole call
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    async with session:
        yield OpenAICompatibleClient(session, address, find_key, images)


class OpenAICompatibleClient:
    """Asks one model at one address."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        address: Address,
        find_key: FindKey,
        images: EncodedImages,
    ) -> None:
        self._session = session
        self._url = URL(f"{address.base_url}/chat/completions", encoded=True)
        self._address = address
        self._find_key = find_key
        self._images = images

    async def complete(self, request: Request) -> Completion | Failure:
        """The model's answer within the address's total time, or why there is none."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._address.timeout_seconds):
                return await self._exchange(request, started)
        except TimeoutError:
            seconds = f"{self._address.timeout_seconds:g}"
            return _failure(f"No answer within {seconds} seconds.", started, is_retryable=True)
        except MissingKeyError as error:
            return _failure(str(error), started, is_of_endpoint=True)
        except ReplyTooLongError:
            return _failure("The reply is longer than 2 MB.", started)
        except (DamagedImageError, UnfittingImageError) as error:
            return _failure(str(error), started)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Only the kind: the text of such errors may quote what was sent.
            kind = type(error).__name__
            return _failure(f"The connection failed ({kind}).", started, is_retryable=True)

    async def _exchange(self, request: Request, started: float) -> Completion | Failure:
        images = [
            await self._images.encoded(part, self._address.image_rule)
            for part in request.prompt.image_parts
        ]
        body = self._body(request, iter(images))
        key = self._find_key()
        # The length is known, and not every server takes a body without it.
        length = sum(map(len, body))
        headers = {"Content-Type": "application/json", "Content-Length": str(length)}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        # Which of our requests it belongs to, from the page on; for who reads both logs.
        if ours := get_contextvars().get("request_id"):
            headers["X-Client-Request-Id"] = str(ours)
        async with self._session.post(
            self._url, data=_one_by_one(body), headers=headers, allow_redirects=False
        ) as response:
            reply = await _capped(response)
            sent = tuple(image.sha256 for image in images)
            return self._read(sent, response, reply, key, started)

    def _read(
        self,
        sent: tuple[str, ...],
        response: aiohttp.ClientResponse,
        reply: bytes,
        key: str,
        started: float,
    ) -> Completion | Failure:
        def clean(text: str) -> str:
            return text.replace(key, "[key]") if len(key) >= _SHORTEST_KEY else text

        request_id = _request_id(response, clean)
        evidence = {"reply_head": head_of(reply, clean), "request_id": request_id}
        if response.status != 200:
            return _refusal(response, error_text(reply, clean), started, evidence)
        try:
            completion = read_reply(reply, clean)
        except GarbledReplyError as error:
            return _failure(str(error), started, http_status=200, is_retryable=True, **evidence)
        if completion.images_received not in {None, sent}:
            text = "The server says that it received other images than were sent."
            return _failure(text, started, http_status=200, **evidence)
        completion = replace(completion, request_id=request_id or completion.request_id)
        return _completed(completion, sent, started)

    def _body(self, request: Request, images: Iterator[EncodedImage]) -> list[bytes]:
        protocol = request.protocol
        settings: dict[str, Any] = {
            "model": self._address.model,
            "temperature": protocol.temperature,
            "max_tokens": protocol.max_tokens,
        }
        if protocol.temperature > 0:
            # At temperature 0 nothing is drawn, and some servers refuse the field.
            settings["seed"] = request.seed
        settings |= request.settings
        fragments = [json.dumps(settings).encode()[:-1], b',"messages":[']
        for index, turn in enumerate(request.prompt.turns):
            fragments.append(b"," if index else b"")
            fragments += self._turn(turn, images)
        return [*fragments, b"]}"]

    def _turn(self, turn: Turn, images: Iterator[EncodedImage]) -> list[bytes]:
        head = json.dumps({"role": turn.role.value}).encode()[:-1]
        match turn.parts:
            case (TextPart(text),) if turn.role is not Role.USER:
                # A plain string: many servers take nothing else from system and assistant.
                return [head, b',"content":', json.dumps(text).encode(), b"}"]
        fragments = [head, b',"content":[']
        for index, part in enumerate(turn.parts):
            fragments.append(b"," if index else b"")
            fragments += self._part(part, images)
        return [*fragments, b"]}"]

    def _part(self, part: Part, images: Iterator[EncodedImage]) -> list[bytes]:
        match part:
            case TextPart(text):
                return [json.dumps({"type": "text", "text": text}).encode()]
            case ImagePart():
                image = next(images)
                kind = image.media_type
                head = f'{{"type":"image_url","image_url":{{"url":"data:{kind};base64,'
                return [head.encode(), image.base64, b'"}}']


async def _one_by_one(fragments: Iterable[bytes]) -> AsyncIterator[bytes]:
    for fragment in fragments:
        yield fragment


async def _capped(response: aiohttp.ClientResponse) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_REPLY_BYTES:
            raise ReplyTooLongError
        chunks.append(chunk)
    return b"".join(chunks)


def _request_id(response: aiohttp.ClientResponse, clean: Clean) -> str:
    """What the server calls this request, by whichever header it says so."""
    named = (response.headers.get(name, "") for name in _REQUEST_IDS)
    return storable(clean(next(filter(None, named), "")))[:LONGEST_ID]


def _refusal(
    response: aiohttp.ClientResponse, says: str, started: float, evidence: Mapping[str, str]
) -> Failure:
    status = response.status
    if status in _OF_ENDPOINT:
        # Without the server's words: some quote parts of the key.
        return _failure(_OF_ENDPOINT[status], started, http_status=status, is_of_endpoint=True)
    if 300 <= status < 400:
        text = "The server redirects to another address; enter the final address."
        return _failure(text, started, http_status=status, is_of_endpoint=True)
    return _failure(
        f"The server answered {status}{': ' if says else ''}{says}",
        started,
        http_status=status,
        is_retryable=status in {408, 409, 425, 429} or status >= 500,
        retry_after=wish_of(response.headers),
        **evidence,
    )


def _failure(reason: str, started: float, **facts: Any) -> Failure:
    return Failure(reason=reason, latency_ms=_milliseconds_since(started), **facts)


def _completed(read: Completion, sent: tuple[str, ...], started: float) -> Completion:
    return replace(read, images_sent=sent, http_status=200, latency_ms=_milliseconds_since(started))


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
