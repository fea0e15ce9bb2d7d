"""Probing a server: the same rules as for asking, whatever it answers."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from evaluation.clients.address import Address
from evaluation.clients.probing import Answered, open_prober
from tests.evaluation.clients.answering import KEY, Handle, answering, reply


def models_of(handle: Handle, *, seconds: float = 5) -> Answered:
    async def once(base_url: str) -> Answered:
        address = Address(base_url=base_url, model="m", timeout_seconds=seconds)
        async with open_prober(address, KEY) as prober:
            return await prober.models()

    with answering(handle) as base_url:
        return asyncio.run(once(base_url))


async def _redirecting(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/else"})


async def _quoting(request: web.Request) -> web.Response:
    body = {"error": {"message": f"no {request.headers['Authorization']}"}}
    return web.json_response(body, status=500)


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(64):
        await response.write(b"x" * 1024**2)
    return response


async def _silent(_: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


async def _refusing(_: web.Request) -> web.Response:
    return web.Response(status=401, text=KEY)


async def _page(_: web.Request) -> web.Response:
    return web.Response(text="<html>")


async def _reset(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize(
    ("handle", "status", "says"),
    [
        (_redirecting, 302, "redirects to another address"),
        (_quoting, 500, "The server answered 500. no Bearer [key]"),
        (_endless, 200, "longer than 2 MB"),
        (_refusing, 401, "does not accept the key"),
        (_page, 200, "not JSON"),
        (_reset, None, "The connection failed"),
    ],
)
def test_what_is_no_answer_is_said_without_the_key(
    handle: Handle, status: int | None, says: str
) -> None:
    answered = models_of(handle)
    assert answered.status == status
    assert says in answered.says
    assert KEY not in str(answered)
    assert answered.document is None


def test_a_silent_server_is_left_at_the_deadline() -> None:
    answered = models_of(_silent, seconds=0.2)
    assert (answered.status, answered.says) == (None, "No answer within 0.2 seconds.")


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    asked: list[Any] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append((request.method, request.path, request.headers["Authorization"]))
        return web.json_response({"data": []})

    assert models_of(handle).document == {"data": []}
    assert asked == [("GET", "/models", f"Bearer {KEY}")]


def test_a_reply_of_a_chat_is_read_without_the_key() -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.json_response(reply(content=f"Hello {KEY}"))

    answered = models_of(handle)
    assert answered.completion is not None
    assert answered.completion.text == "Hello [key]"
    assert KEY not in str(answered.document)


def test_a_connection_that_a_server_dropped_is_not_used_again() -> None:
    ports: list[int] = []

    async def handle(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.append(request.transport.get_extra_info("peername")[1])
        return web.json_response(reply())

    async def twice(base_url: str) -> None:
        address = Address(base_url=base_url, model="m", timeout_seconds=5)
        async with open_prober(address, KEY) as prober:
            await prober.models()
            assert (await prober.chat(messages=[])).is_ok

    with answering(handle) as base_url:
        asyncio.run(twice(base_url))
    assert len(set(ports)) == 2
