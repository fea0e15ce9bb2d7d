"""One request of three images to a server that answers as a test says."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from evaluation.clients.address import Address
from evaluation.clients.contract import Completion, Failure, Request
from evaluation.clients.images import EncodedImages
from evaluation.clients.openai_compatible import open_openai_compatible
from evaluation.domain.prompting import ImagePart, build_prompt
from evaluation.domain.protocol import PRESETS
from tests.evaluation.domain.builders import problem
from tests.evaluation.serving import serving

KEY = "sk-very-secret-0123456789"
CONTENT = problem("Left", "Right", query="Left")
PROTOCOL = PRESETS["in_context_open"]
REQUEST = Request(prompt=build_prompt(CONTENT, PROTOCOL), content=CONTENT, protocol=PROTOCOL)
# The builders' hashes are those of these bytes.
STORED = {
    image.sha256: name.encode()
    for image, name in zip(CONTENT.images, ("p1 0", "p1 1", "p1 query"), strict=True)
}

type Handle = Callable[[web.Request], Any]


@contextmanager
def answering(handle: Handle) -> Iterator[str]:
    app = web.Application(client_max_size=10**8)
    app.router.add_route("*", "/{path:.*}", handle)
    with serving(app) as address:
        yield address


def stored(part: ImagePart) -> bytes:
    return STORED[part.sha256]


def ask(
    base_url: str,
    request: Request = REQUEST,
    *,
    key: str = KEY,
    seconds: float = 5,
    read: Callable[[ImagePart], bytes] = stored,
) -> Completion | Failure:
    async def once() -> Completion | Failure:
        address = Address(base_url=base_url, model="m", timeout_seconds=seconds)
        async with open_openai_compatible(address, lambda: key, EncodedImages(read)) as client:
            return await client.complete(request)

    return asyncio.run(once())


def ask_one_that(handle: Handle, **options: Any) -> Completion | Failure:
    with answering(handle) as base_url:
        return ask(base_url, **options)


def failure_of(result: Completion | Failure) -> Failure:
    assert isinstance(result, Failure)
    return result


def completion_of(result: Completion | Failure) -> Completion:
    assert isinstance(result, Completion)
    return result


def reply(**message: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": "Left", **message}
    return {"model": "m-1", "choices": [{"message": message, "finish_reason": "stop"}]}
