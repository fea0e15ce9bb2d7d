"""What is read from a reply, and what is not believed."""

import json
from typing import Any

import pytest
from aiohttp import web

from tests.evaluation.clients.answering import (
    KEY,
    STORED,
    ask_one_that,
    completion_of,
    failure_of,
    reply,
)


def test_usage_and_the_model_that_served_are_read() -> None:
    async def handle(_: web.Request) -> web.Response:
        usage = {"prompt_tokens": 7, "completion_tokens": 3}
        return web.json_response({**reply(), "usage": usage})

    completion = completion_of(ask_one_that(handle))
    facts = (completion.text, completion.served_model, completion.finish_reason)
    assert facts == ("Left", "m-1", "stop")
    assert (completion.input_tokens, completion.output_tokens) == (7, 3)


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


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 429, 500])
def test_the_key_is_never_in_what_comes_back(status: int) -> None:
    async def handle(request: web.Request) -> web.Response:
        said = request.headers["Authorization"]
        body = {"error": {"message": said}, "model": said, **reply(content=said)}
        return web.json_response(body, status=status, headers={"Location": f"/{KEY}"})

    assert KEY not in repr(ask_one_that(handle))


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


def test_what_the_server_had_cached_and_what_it_calls_the_request_are_kept() -> None:
    async def handle(_: web.Request) -> web.Response:
        usage = {"prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": 5}}
        body = {**reply(), "id": "chat-1", "usage": usage}
        return web.json_response(body, headers={"X-Request-Id": f"req-{KEY}-9"})

    completion = completion_of(ask_one_that(handle))
    assert (completion.cached_tokens, completion.request_id) == (5, "req-[key]-9")


def test_without_a_header_the_replys_own_id_is_kept() -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.json_response({**reply(), "id": "chat-1", "usage": {}})

    completion = completion_of(ask_one_that(handle))
    assert (completion.cached_tokens, completion.request_id) == (None, "chat-1")


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_reply_that_is_no_answer_is_kept_by_its_head_without_the_key(status: int) -> None:
    async def handle(_: web.Request) -> web.Response:
        body = ("<p>" + "a" * 990 + KEY + "\x00" + "b" * 5000).encode()
        return web.Response(body=body, status=status, headers={"request-id": "r1"})

    failure = failure_of(ask_one_that(handle))
    assert failure.reply_head == "<p>" + "a" * 990 + "[key]\ufffdb"
    assert failure.request_id == "r1"
