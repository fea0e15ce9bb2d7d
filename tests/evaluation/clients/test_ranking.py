"""Ranked choices against servers that tell log-probabilities, or do not."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from evaluation.asking import ending_of, request_for
from evaluation.clients.address import Address
from evaluation.clients.contract import Completion, Failure, Request
from evaluation.clients.images import EncodedImages
from evaluation.clients.openai_compatible import open_openai_compatible
from evaluation.clients.ranking import RankingClient
from evaluation.domain.protocol import PRESETS, Protocol
from tests.evaluation.clients.answering import (
    CONTENT,
    Handle,
    answering,
    completion_of,
    failure_of,
    reply,
    stored,
)


def request_of(form: str) -> Request:
    document = PRESETS["in_context_open"].to_json() | {"answer_form": form}
    request = request_for(CONTENT, Protocol.from_json(document))
    assert request is not None
    return request


def ask(handle: Handle, form: str) -> Completion | Failure:
    async def once(base_url: str) -> Completion | Failure:
        address = Address(base_url=base_url, model="m", timeout_seconds=5)
        async with open_openai_compatible(address, lambda: "", EncodedImages(stored)) as client:
            return await RankingClient(client).complete(request_of(form))

    with answering(handle) as base_url:
        return asyncio.run(once(base_url))


def replying(body: dict[str, Any], seen: list[dict[str, Any]] | None = None) -> Handle:
    async def handle(request: web.Request) -> web.Response:
        if seen is not None:
            seen.append(await request.json())
        return web.json_response(body)

    return handle


def with_top(*pairs: tuple[Any, Any]) -> dict[str, Any]:
    body = reply(content="A")
    top = [{"token": token, "logprob": value} for token, value in pairs]
    body["choices"][0]["logprobs"] = {"content": [{"token": "A", "top_logprobs": top}]}
    return body


def test_letters_are_ranked_by_the_next_token_and_scored() -> None:
    seen: list[dict[str, Any]] = []
    request = request_of("ranked_letters")
    assert request.prompt.choices is not None
    right = request.prompt.choices.correct_letter
    top = with_top(("The", -0.2), (right, -1.0), ("Z", -3.0))
    completion = completion_of(ask(replying(top, seen), "ranked_letters"))
    (body,) = seen
    wanted = {"max_tokens": 1, "logprobs": True, "top_logprobs": 20}
    assert {name: body[name] for name in wanted} == wanted
    ending = ending_of(request, completion)
    assert ending.columns["parsed"] == right
    totals = {one["letter"]: one["total"] for one in ending.columns["likelihoods_json"]}
    assert totals.pop(right) == pytest.approx(-1.0)
    assert list(totals.values()) == [None]
    assert {name: score.value for name, score in ending.scores.items()} == {"ranked": 1}


def test_a_tie_of_letters_is_no_answer_and_says_so() -> None:
    completion = completion_of(ask(replying(with_top(("A", -1.0), ("B", -1.0))), "ranked_letters"))
    ending = ending_of(request_of("ranked_letters"), completion)
    assert ending.columns["outcome"] == "unparsable"
    assert ending.scores["ranked"].explanation == "No option is more likely than all others."


@pytest.mark.parametrize("form", ["ranked_letters", "ranked_texts"])
@pytest.mark.parametrize(
    "body",
    [
        reply(),
        {**reply(), "prompt_logprobs": [None, {"1": {"logprob": "high"}}]},
        {**reply(), "prompt_logprobs": "all"},
        with_top(("A", float("inf")), (7, -1.0), ("B", 3.0)),
    ],
)
def test_a_server_that_tells_no_log_probabilities_fails_in_words(
    form: str, body: dict[str, Any]
) -> None:
    failure = failure_of(ask(replying(body), form))
    assert failure.is_of_endpoint
    assert not failure.is_retryable
    assert "no log-probabilities" in failure.reason


def telling(likelihoods: dict[str, list[tuple[str, float]]]) -> tuple[Handle, list[dict[str, Any]]]:
    """A server that tells the tokens of a prompt, the last ones by the option it ends with."""
    seen: list[dict[str, Any]] = []

    async def handle(request: web.Request) -> web.Response:
        body = await request.json()
        seen.append(body)
        ended = [
            ("<image>", -5.0),
            ("assistant:\n", -0.1),
            *likelihoods[body["messages"][-1]["content"]],
        ]
        told = [None, *({"7": {"logprob": lp, "decoded_token": text}} for text, lp in ended)]
        usage = {"prompt_tokens": 10, "completion_tokens": 1}
        return web.json_response({**reply(), "prompt_logprobs": told, "usage": usage})

    return handle, seen


def test_texts_are_ranked_each_at_the_end_of_a_request_of_its_own() -> None:
    handle, seen = telling({"Left": [("Le", -1.0), ("ft", -1.5)], "Right": [("Right", -2.0)]})
    completion = completion_of(ask(handle, "ranked_texts"))
    request = request_of("ranked_texts")
    assert request.prompt.choices is not None
    assert [body["messages"][-1] for body in seen] == [
        {"role": "assistant", "content": text} for text in request.prompt.choices.options
    ]
    wanted = {"max_tokens": 1, "prompt_logprobs": 0, "continue_final_message": True}
    assert all({name: body[name] for name in wanted} == wanted for body in seen)
    assert all(body["add_generation_prompt"] is False for body in seen)
    assert (completion.input_tokens, completion.output_tokens) == (20, 2)
    ending = ending_of(request, completion)
    assert ending.columns["parsed"] == request.prompt.choices.letter_of("Left")
    scores = {name: score.value for name, score in ending.scores.items()}
    assert scores == {"ranked": 1, "ranked_sum": 0}
    told = {(one["total"], one["tokens"]) for one in ending.columns["likelihoods_json"]}
    assert told == {(-2.5, 2), (-2.0, 1)}


def test_tokens_that_do_not_end_with_the_option_are_a_failure_and_no_answer() -> None:
    handle, _ = telling({"Left": [("\nLeftmost", -1.0)], "Right": [("\nRightmost", -1.0)]})
    failure = failure_of(ask(handle, "ranked_texts"))
    assert "cannot be told apart" in failure.reason
    assert not failure.is_of_endpoint


@pytest.mark.parametrize("form", ["ranked_letters", "ranked_texts"])
def test_a_failed_call_stays_one(form: str) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=503)

    assert failure_of(ask(handle, form)).is_retryable


def test_other_forms_are_asked_as_ever() -> None:
    assert completion_of(ask(replying(reply()), "open")).text == "Left"
