import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

import pytest
from django.conf import settings

from evaluation.most_alike_server import MODEL, NO_EXAMPLES, NO_IMAGE
from tests.environment import ROOT
from tests.evaluation.serving import MostAlike
from tests.factories import png_bytes


def image(number: int) -> dict[str, Any]:
    data = base64.b64encode(png_bytes(number)).decode()
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}


def user(number: int) -> dict[str, Any]:
    return {"role": "user", "content": [image(number), {"type": "text", "text": "What is it?"}]}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def fetch(url: str, document: Any = None) -> tuple[int, Any]:
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310 - our own http address
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def ask(server: MostAlike, *messages: Any, **more: Any) -> tuple[int, Any]:
    document = {"model": MODEL, "messages": list(messages), **more}
    return fetch(f"{server.base_url}/chat/completions", document)


CHAT = (user(1), assistant("one"), user(2), assistant("two"), user(3), assistant("three"))


@pytest.mark.parametrize(("number", "answer"), [(1, "one"), (2, "two"), (3, "three")])
def test_the_answer_is_that_of_the_example_with_the_same_image(
    most_alike: MostAlike, number: int, answer: str
) -> None:
    status, reply = ask(most_alike, {"role": "system", "content": "S"}, *CHAT, user(number))
    assert (status, reply["choices"][0]["message"]["content"]) == (200, answer)
    assert reply["model"] == "most-alike-example"


def test_without_examples_it_says_so(most_alike: MostAlike) -> None:
    _, reply = ask(most_alike, user(1))
    assert reply["choices"][0]["message"]["content"] == NO_EXAMPLES


def test_without_the_query_s_image_it_says_so(most_alike: MostAlike) -> None:
    _, reply = ask(most_alike, *CHAT, {"role": "user", "content": "What is shown?"})
    assert reply["choices"][0]["message"]["content"] == NO_IMAGE
    assert len(reply["received_images"]) == 3


def test_what_arrived_is_proven_by_turn_and_hash(most_alike: MostAlike) -> None:
    expected = [
        {"turn": turn, "sha256": hashlib.sha256(png_bytes(number)).hexdigest()}
        for turn, number in ((0, 1), (2, 2), (4, 3), (6, 9))
    ]
    _, reply = ask(most_alike, *CHAT, user(9))
    assert reply["received_images"] == expected
    assert fetch(f"{most_alike.base_url}/received")[1]["requests"] == [
        {"count": 4, "images": expected}
    ]


def test_the_models_are_listed(most_alike: MostAlike) -> None:
    _, reply = fetch(f"{most_alike.base_url}/models")
    assert [model["id"] for model in reply["data"]] == [MODEL]


def test_the_usage_counts_words(most_alike: MostAlike) -> None:
    _, reply = ask(most_alike, *CHAT, user(1))
    assert reply["usage"] == {"prompt_tokens": 15, "completion_tokens": 1, "total_tokens": 16}


def with_url(url: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}


@pytest.mark.parametrize(
    "message",
    [
        with_url("https://example.org/image.png"),
        with_url("file:///etc/passwd"),
        with_url("data:image/png;base64,%%%"),
        with_url("data:image/png;base64,aGVsbG8="),
        with_url("data:text/plain;base64,aGVsbG8="),
        {"role": "assistant", "content": "no question"},
        {"role": "user", "content": [{"type": "audio"}]},
        {"role": "user", "content": 7},
        {"role": "tool", "content": "x"},
        {"content": "x"},
        "words",
    ],
)
def test_a_bad_turn_is_a_400_in_openais_form(most_alike: MostAlike, message: Any) -> None:
    status, reply = ask(most_alike, message)
    assert status == 400
    assert reply["error"]["type"] == "invalid_request_error"
    assert reply["error"]["message"]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], 400),
        ({}, 400),
        ({"model": MODEL, "messages": []}, 400),
        ({"model": MODEL, "messages": [user(1)], "stream": True}, 400),
        ({"model": MODEL, "messages": [user(1)], "n": 2}, 400),
        ({"model": "gpt-9", "messages": [user(1)]}, 404),
    ],
)
def test_a_bad_request_is_refused_in_openais_form(
    most_alike: MostAlike, document: Any, expected: int
) -> None:
    status, reply = fetch(f"{most_alike.base_url}/chat/completions", document)
    assert status == expected
    assert set(reply["error"]) == {"message", "type", "param", "code"}


def test_an_unknown_address_is_a_404_in_openais_form(most_alike: MostAlike) -> None:
    status, reply = fetch(f"{most_alike.base_url}/embeddings", {})
    assert (status, "error" in reply) == (404, True)


def test_the_command_says_its_address_and_serves() -> None:
    command = [sys.executable, "-u", "manage.py", "serve_most_alike", "--port", "0"]
    environment = os.environ | {"DATA_DIR": str(settings.DATA_DIR)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            _, reply = fetch(f"{found[0]}/models")
        finally:
            process.terminate()
    assert reply["data"][0]["id"] == MODEL
