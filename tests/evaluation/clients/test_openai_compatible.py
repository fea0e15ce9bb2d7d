"""The client against servers that misbehave in every way we know of."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiohttp import web

from evaluation.clients.address import Address
from evaluation.clients.contract import Completion, Failure, MissingKeyError, Request
from evaluation.clients.openai_compatible import MAX_REPLY_BYTES, open_client
from evaluation.clients.pictures import EncodedPictures
from evaluation.domain.prompting import ImagePart, build_prompt
from evaluation.domain.protocol import PRESETS, Protocol
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
        async with open_client(address, lambda: key, EncodedPictures(read)) as client:
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


def test_the_body_is_the_prompt_in_openais_form_with_the_images_bytes() -> None:
    bodies: list[dict[str, Any]] = []
    headers: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        headers.append(request.headers["Authorization"])
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
    assert headers == [f"Bearer {KEY}"]
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


def test_usage_and_the_model_that_served_are_read() -> None:
    async def handle(_: web.Request) -> web.Response:
        usage = {"prompt_tokens": 7, "completion_tokens": 3}
        return web.json_response({**reply(), "usage": usage})

    completion = completion_of(ask_one_that(handle))
    facts = (completion.text, completion.served_model, completion.finish_reason)
    assert facts == ("Left", "m-1", "stop")
    assert (completion.input_tokens, completion.output_tokens) == (7, 3)


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


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b'{"choices": []}',
        b'{"choices": [7]}',
        b'{"choices": [{}]}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"choices": [{"message": "' + b"9" * 5000 + b'"}]}',
    ],
)
def test_garbage_is_a_failure_and_no_answer(body: bytes) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(body=body)

    failure = failure_of(ask_one_that(handle))
    assert failure.is_retryable
    assert failure.reason.startswith("The reply")


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


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 429, 500])
def test_the_key_is_never_in_what_comes_back(status: int) -> None:
    async def handle(request: web.Request) -> web.Response:
        said = request.headers["Authorization"]
        body = {"error": {"message": said}, "model": said, **reply(content=said)}
        return web.json_response(body, status=status, headers={"Location": f"/{KEY}"})

    assert KEY not in repr(ask_one_that(handle))


def test_a_key_that_is_not_set_is_said_by_its_variables_name() -> None:
    def find_key() -> str:
        raise MissingKeyError("Set the environment variable MODEL_KEY_X where the workers run.")

    async def once() -> Completion | Failure:
        address = Address(base_url="http://127.0.0.1:9", model="m", timeout_seconds=5)
        async with open_client(address, find_key, EncodedPictures(stored)) as client:
            return await client.complete(REQUEST)

    failure = failure_of(asyncio.run(once()))
    assert failure.is_of_endpoint
    assert "MODEL_KEY_X" in failure.reason


def test_what_a_database_refuses_is_taken_out_of_a_completion() -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(body=json.dumps(reply(content="a\x00b\ud800c")).encode())

    text = completion_of(ask_one_that(handle)).text
    assert text == "a\ufffdb?c"


@pytest.mark.parametrize("count", [-1, 2**31, 1.5, "7", True, None, [1]])
def test_a_count_of_tokens_that_is_none_is_left_out(count: Any) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.json_response({**reply(), "usage": {"prompt_tokens": count}})

    assert completion_of(ask_one_that(handle)).input_tokens is None


def test_a_refusal_is_told_apart_from_an_answer() -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.json_response(reply(content=None, refusal="I will not."))

    completion = completion_of(ask_one_that(handle))
    assert completion.is_refused
    assert completion.text == "I will not."


def test_other_images_than_were_sent_are_a_failure() -> None:
    async def handle(_: web.Request) -> web.Response:
        received = [{"turn": 1, "sha256": sha256} for sha256 in list(STORED)[1:]]
        return web.json_response({**reply(), "received_images": received})

    failure = failure_of(ask_one_that(handle))
    assert "other images" in failure.reason
    assert not failure.is_retryable


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
        async with open_client(address, lambda: "", EncodedPictures(read)) as client:
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

        pictures = EncodedPictures(read, capacity_bytes=12)
        for sha256 in [*STORED, *STORED]:
            await pictures.encoded(ImagePart(sha256, "image/png"))
        return reads

    assert asyncio.run(twice()) == [*STORED, *STORED]
