"""The client against servers that misbehave in every way we know of."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from structlog.contextvars import bound_contextvars

from evaluation.clients.address import Address
from evaluation.clients.contract import Completion, Failure, MissingKeyError, Request
from evaluation.clients.images import EncodedImages
from evaluation.clients.openai_compatible import MAX_REPLY_BYTES, open_openai_compatible
from evaluation.domain.protocol import Protocol
from tests.evaluation.clients.answering import (
    CONTENT,
    KEY,
    PROTOCOL,
    REQUEST,
    STORED,
    answering,
    ask,
    ask_one_that,
    completion_of,
    failure_of,
    reply,
    stored,
)


def test_the_body_is_the_prompt_in_openais_form_with_the_images_bytes() -> None:
    bodies: list[dict[str, Any]] = []
    keys: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        assert request.content_length == len(await request.read())
        bodies.append(await request.json())
        keys.append(request.headers["Authorization"])
        return web.json_response(reply())

    completion = completion_of(ask_one_that(handle))
    (body,) = bodies
    assert {name: body[name] for name in body if name != "messages"} == {
        "model": "m",
        "temperature": 0.0,
        "max_tokens": 512,
    }
    assert [message["role"] for message in body["messages"]] == [
        turn.role.value for turn in REQUEST.prompt.turns
    ]
    assert body["messages"][2] == {"role": "assistant", "content": "Left"}
    image, text = body["messages"][1]["content"]
    assert image["image_url"]["url"] == "data:image/png;base64,cDEgMA=="
    assert text == {"type": "text", "text": "What is shown?"}
    assert keys == [f"Bearer {KEY}"]
    assert completion.images_sent == tuple(STORED)


def test_the_seed_is_sent_only_where_something_is_drawn() -> None:
    seeds: list[int | None] = []

    async def handle(request: web.Request) -> web.Response:
        seeds.append((await request.json()).get("seed"))
        return web.json_response(reply())

    warm = Protocol.from_json(PROTOCOL.to_json() | {"temperature": 0.7, "seed": 11})
    with answering(handle) as base_url:
        ask(base_url)
        ask(base_url, Request(prompt=REQUEST.prompt, content=CONTENT, protocol=warm))
    assert seeds == [None, 11]


@pytest.mark.parametrize(
    ("status", "is_retryable", "is_of_endpoint"),
    [
        (400, False, False),
        (401, False, True),
        (403, False, True),
        (404, False, True),
        (413, False, False),
        (422, False, False),
        (429, True, False),
        (500, True, False),
        (503, True, False),
    ],
)
def test_a_status_says_whether_to_ask_again(
    status: int, *, is_retryable: bool, is_of_endpoint: bool
) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.json_response({"error": {"message": "no"}}, status=status)

    failure = failure_of(ask_one_that(handle))
    assert (failure.is_retryable, failure.is_of_endpoint) == (is_retryable, is_of_endpoint)
    assert failure.http_status == status


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("1.5", 1.5), ("soon", None), ("", None)]
)
def test_retry_after_is_read(header: str, seconds: float | None) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": header})

    assert failure_of(ask_one_that(handle)).retry_after == seconds


def test_a_server_that_hangs_ends_at_the_deadline() -> None:
    async def handle(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    failure = failure_of(ask_one_that(handle, seconds=0.2))
    assert failure.is_retryable
    assert failure.reason == "No answer within 0.2 seconds."


def test_a_server_that_drips_ends_at_the_deadline() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(600):
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response

    assert failure_of(ask_one_that(handle, seconds=0.3)).reason.startswith("No answer within")


def test_a_reset_connection_is_worth_another_try() -> None:
    async def handle(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    failure = failure_of(ask_one_that(handle))
    assert failure.is_retryable
    assert failure.reason.startswith("The connection failed")


def test_a_server_that_is_not_there_is_worth_another_try() -> None:
    assert failure_of(ask("http://127.0.0.1:9/v1")).is_retryable


def test_a_huge_reply_is_dropped_before_it_is_read() -> None:
    sent = 0

    async def handle(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(400):
                await response.write(b"x" * 1024**2)
                sent += 1
        except ConnectionError:
            pass
        return response

    assert failure_of(ask_one_that(handle)).reason == "The reply is longer than 2 MB."
    assert sent < 200 * MAX_REPLY_BYTES / 1024**2


def test_a_redirect_is_not_followed() -> None:
    paths: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        paths.append(request.path)
        raise web.HTTPTemporaryRedirect("/elsewhere")

    failure = failure_of(ask_one_that(handle))
    assert paths == ["/chat/completions"]
    assert "redirects" in failure.reason


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.json_response(reply())

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert completion_of(ask_one_that(handle)).text == "Left"


def test_a_key_that_is_not_set_is_said_by_its_variables_name() -> None:
    def find_key() -> str:
        raise MissingKeyError("Set the environment variable MODEL_KEY_X where the workers run.")

    async def once() -> Completion | Failure:
        address = Address(base_url="http://127.0.0.1:9", model="m", timeout_seconds=5)
        async with open_openai_compatible(address, find_key, EncodedImages(stored)) as client:
            return await client.complete(REQUEST)

    failure = failure_of(asyncio.run(once()))
    assert failure.is_of_endpoint
    assert "MODEL_KEY_X" in failure.reason


def test_a_call_names_the_request_of_ours_that_it_belongs_to() -> None:
    names: list[str | None] = []

    async def handle(request: web.Request) -> web.Response:
        names.append(request.headers.get("X-Client-Request-Id"))
        return web.json_response(reply())

    ask_one_that(handle)
    with bound_contextvars(request_id="from-the-page"):
        ask_one_that(handle)
    assert names == [None, "from-the-page"]
