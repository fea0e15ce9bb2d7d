"""Images are read once, kept within a bound, and checked before they are sent."""

import asyncio

from aiohttp import web

from evaluation.clients.address import Address
from evaluation.clients.images import EncodedImages
from evaluation.clients.openai_compatible import open_openai_compatible
from evaluation.domain.prompting import ImagePart
from tests.evaluation.clients.answering import (
    REQUEST,
    STORED,
    answering,
    ask_one_that,
    failure_of,
    reply,
)


def test_a_damaged_image_is_never_sent() -> None:
    async def handle(_: web.Request) -> web.Response:
        raise AssertionError

    failure = failure_of(ask_one_that(handle, read=lambda _: b"other bytes"))
    assert failure.reason == "A stored image is missing or damaged."


def test_an_image_is_read_once_however_many_ask_at_once() -> None:
    reads: list[str] = []

    def read(part: ImagePart) -> bytes:
        reads.append(part.sha256)
        return STORED[part.sha256]

    async def handle(_: web.Request) -> web.Response:
        return web.json_response(reply())

    async def many(base_url: str) -> None:
        address = Address(base_url=base_url, model="m", timeout_seconds=5)
        async with open_openai_compatible(address, lambda: "", EncodedImages(read)) as client:
            await asyncio.gather(*(client.complete(REQUEST) for _ in range(8)))

    with answering(handle) as base_url:
        asyncio.run(many(base_url))
    assert sorted(reads) == sorted(STORED)


def test_encoded_images_are_forgotten_beyond_the_bound() -> None:
    async def twice() -> list[str]:
        reads: list[str] = []

        def read(part: ImagePart) -> bytes:
            reads.append(part.sha256)
            return STORED[part.sha256]

        images = EncodedImages(read, capacity_bytes=12)
        for sha256 in [*STORED, *STORED]:
            await images.encoded(ImagePart(sha256, "image/png"))
        return reads

    assert asyncio.run(twice()) == [*STORED, *STORED]
