"""A baseline that speaks the chat API: it copies the example whose image is most like the query's.

It looks at the images it is sent and at nothing else, so its accuracy says how far likeness alone
goes; and it says which images arrived (`received_images` of each reply, `GET /v1/received`), so a
client can prove that every example image of an in-context request reached the server.
"""

import asyncio
import base64
import binascii
import hashlib
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from evaluation.domain.image_features import (
    BINS_PER_CHANNEL,
    LAYOUT_SIDE,
    UnreadableImageError,
    image_features,
    most_alike,
)

MODEL = "most-alike-example"
NO_EXAMPLES = "I do not know: no examples were given."
NO_IMAGE = "I do not know: no image was sent with the question."
MAX_BODY_BYTES = 100 * 1024**2
REMEMBERED_REQUESTS = 1000
REMEMBERED_IMAGES = 10_000  # features of 320 numbers: some 80 MB at most
FINGERPRINT = f"whole-layout-{LAYOUT_SIDE}-bins-{BINS_PER_CHANNEL}"

type Features = tuple[float, ...]
type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadRequestError(ValueError):
    """A request that this server does not understand; the message says what it wants."""


class UnknownModelError(BadRequestError):
    """A request for another model."""

    def __init__(self) -> None:
        super().__init__(f"This server has one model: {MODEL}.")


@dataclass(frozen=True, slots=True)
class ReceivedImage:
    """An image that arrived: in which turn, and the SHA-256 of its bytes."""

    turn: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """As replies carry it."""
        return {"turn": self.turn, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat: who speaks, the words, the images' bytes."""

    role: str
    text: str
    images: tuple[bytes, ...]


class MostAlikeExample:
    """The model: remembers what it received and the features of the images it has seen."""

    def __init__(self) -> None:
        self.received: deque[list[ReceivedImage]] = deque(maxlen=REMEMBERED_REQUESTS)
        self._features: OrderedDict[str, Features] = OrderedDict()

    async def answer(self, messages: Sequence[Message]) -> tuple[str, list[ReceivedImage]]:
        """The answer and what arrived; every image is decoded. BadRequestError if one is not."""
        arrived: list[ReceivedImage] = []
        seen: list[list[Features]] = []
        for turn, message in enumerate(messages):
            hashes = [hashlib.sha256(content).hexdigest() for content in message.images]
            arrived += [ReceivedImage(turn, sha256) for sha256 in hashes]
            pairs = zip(hashes, message.images, strict=True)
            seen.append([await self._features_of(*pair) for pair in pairs])
        self.received.append(arrived)
        return _most_alike_answer(messages, seen), arrived

    async def _features_of(self, sha256: str, content: bytes) -> Features:
        features = self._features.get(sha256)
        if features is None:
            try:
                features = await asyncio.to_thread(image_features, content)
            except UnreadableImageError as error:
                raise BadRequestError(str(error)) from None
        self._features[sha256] = features
        self._features.move_to_end(sha256)
        if len(self._features) > REMEMBERED_IMAGES:
            self._features.popitem(last=False)
        return features


def most_alike_app() -> web.Application:
    """The server, to be run by a command or a test."""
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_errors_as_json])
    app[SERVED_MODEL] = MostAlikeExample()
    app.router.add_get("/v1/models", _models)
    app.router.add_get("/v1/received", _received)
    app.router.add_post("/v1/chat/completions", _complete)
    return app


SERVED_MODEL = web.AppKey("served_model", MostAlikeExample)


def read_messages(document: Any) -> tuple[Message, ...]:
    """The turns of a request's JSON, images decoded from their data URLs; BadRequestError."""
    match document:
        case {"model": str() as model, "messages": [_, *_] as messages}:
            if model != MODEL:
                raise UnknownModelError
        case _:
            raise BadRequestError("A request is a JSON object with a model and messages.")
    if document.get("stream") or document.get("n", 1) != 1:
        raise BadRequestError("This server gives one answer, not streamed.")
    return tuple(map(_message, messages))


def _message(document: Any) -> Message:
    match document:
        case {"role": "system" | "user" | "assistant" as role, "content": str() as text}:
            return Message(role, text, ())
        case {"role": "system" | "user" | "assistant" as role, "content": list() as parts}:
            texts = [part["text"] for part in parts if _is_text(part)]
            images = tuple(_image(part) for part in parts if not _is_text(part))
            return Message(role, "\n".join(texts), images)
        case _:
            raise BadRequestError("A message has a role and content: a text or a list of parts.")


def _is_text(part: Any) -> bool:
    match part:
        case {"type": "text", "text": str()}:
            return True
        case _:
            return False


def _image(part: Any) -> bytes:
    match part:
        case {"type": "image_url", "image_url": {"url": str() as url}}:
            head, comma, data = url.partition(",")
        case _:
            raise BadRequestError("A part is a text or an image_url.")
    if not (comma and head.startswith("data:image/") and head.endswith(";base64")):
        raise BadRequestError("An image's URL must be a data URL in base64; nothing is fetched.")
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequestError("An image's base64 is damaged.") from None


def _most_alike_answer(messages: Sequence[Message], seen: Sequence[Sequence[Features]]) -> str:
    """The text of the assistant's turn after the user's turn whose image is most alike."""
    last = max((turn for turn, one in enumerate(messages) if one.role == "user"), default=None)
    if last is None:
        raise BadRequestError("Nobody asks: no message is from a user.")
    if not seen[last]:
        return NO_IMAGE
    examples = [
        turn
        for turn in range(last - 1)
        if messages[turn].role == "user" and seen[turn] and messages[turn + 1].role == "assistant"
    ]
    if not examples:
        return NO_EXAMPLES
    chosen = examples[most_alike(seen[last][0], [seen[turn][0] for turn in examples])]
    return messages[chosen + 1].text


async def _complete(request: web.Request) -> web.Response:
    try:
        document = await request.json()
    except (ValueError, RecursionError):
        raise BadRequestError("The body is not JSON.") from None
    messages = read_messages(document)
    answer, arrived = await request.app[SERVED_MODEL].answer(messages)
    message = {"role": "assistant", "content": answer}
    # It has no tokens; words are what comes nearest.
    words_in = sum(len(one.text.split()) for one in messages)
    words_out = len(answer.split())
    return web.json_response(
        {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": MODEL,
            "system_fingerprint": FINGERPRINT,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {
                "prompt_tokens": words_in,
                "completion_tokens": words_out,
                "total_tokens": words_in + words_out,
            },
            "received_images": [image.to_json() for image in arrived],
        }
    )


async def _models(_: web.Request) -> web.Response:
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "local"}
    return web.json_response({"object": "list", "data": [model]})


async def _received(request: web.Request) -> web.Response:
    """The images of the last requests, the newest last."""
    return web.json_response(
        {
            "requests": [
                {"count": len(images), "images": [image.to_json() for image in images]}
                for images in request.app[SERVED_MODEL].received
            ]
        }
    )


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except UnknownModelError as error:
        return _error(404, str(error), "model_not_found")
    except BadRequestError as error:
        return _error(400, str(error), "invalid_request")
    except web.HTTPException as error:
        return _error(error.status, error.reason, None)


def _error(status: int, message: str, code: str | None) -> web.Response:
    body = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return web.json_response({"error": body}, status=status)
