import hashlib
from typing import Any

import pytest

from evaluation.domain.conformance import (
    COLORS,
    ImageReply,
    Shown,
    color_messages,
    color_png,
    context_capability,
    drawn_colors,
    images_capability,
    logprobs_capability,
    model_capability,
)

RGB = ("red", "green", "blue")
HASHES = tuple(hashlib.sha256(color_png(color)).hexdigest() for color in RGB)


def seen(text: str = "", **facts: Any) -> ImageReply:
    return ImageReply(
        text=text, **{"received": None, "tokens": None, "tokens_without": None, **facts}
    )


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        (seen(received=HASHES), Shown.YES),
        (seen("Red, green, blue.", received=HASHES[1:]), Shown.NO),
        (seen("Red, **green**, and blue."), Shown.YES),
        (seen("red, blue, green"), Shown.UNKNOWN),
        (seen("blue"), Shown.UNKNOWN),
        (seen("I see.", tokens=90, tokens_without=90), Shown.NO),
        (seen("I see.", tokens=990, tokens_without=90), Shown.UNKNOWN),
    ],
    ids=["hashes", "fewer hashes", "colors", "order", "last only", "no tokens", "tokens"],
)
def test_an_image_has_arrived_where_the_server_or_the_model_proves_it(
    reply: ImageReply, shown: Shown
) -> None:
    found = images_capability(RGB, reply)
    assert found.shown is shown
    assert found.evidence.endswith(".")


def test_colors_are_drawn_so_that_no_model_knows_them() -> None:
    drawn = {drawn_colors(seed) for seed in range(200)}
    assert len(drawn) > 60
    assert all(len(set(colors)) == 3 and set(colors) <= set(COLORS) for colors in drawn)


def test_each_image_stands_in_a_turn_of_its_own_and_no_words_tell_its_color() -> None:
    messages = color_messages(RGB)
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2 + ["user"]
    kinds = [[part["type"] for part in message["content"]] for message in messages[::2]]
    assert kinds == [["image_url", "text"]] * 3
    assert "red" not in str(messages[:4]).replace(str(messages[0]["content"][0]), "")
    without = color_messages(RGB, with_images=False)
    assert "image_url" not in str(without)


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        ({"data": [{"id": "m"}]}, Shown.YES),
        ({"data": [{"id": "n"}]}, Shown.NO),
        ({"data": []}, Shown.UNKNOWN),
        ({"data": ["m"]}, Shown.UNKNOWN),
        (None, Shown.UNKNOWN),
    ],
)
def test_a_model_is_listed_or_it_is_not(document: Any, shown: Shown) -> None:
    assert model_capability(document, "m").shown is shown


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"id": "m", "max_model_len": 32_768}, "32,768"),
        ({"id": "m", "meta": {"n_ctx_train": 8192}}, "8,192"),
        ({"id": "m", "context_length": "long"}, "does not tell"),
        ({"id": "n", "max_model_len": 32_768}, "does not tell"),
    ],
)
def test_a_context_length_is_read_where_servers_tell_it(entry: Any, told: str) -> None:
    assert told in context_capability({"data": [entry]}, "m").evidence


@pytest.mark.parametrize(
    ("logprobs", "shown"),
    [
        ({"content": [{"token": "A", "top_logprobs": [{"token": "A", "logprob": -0.1}]}]}, "yes"),
        ({"content": [{"token": "A", "top_logprobs": []}]}, "no"),
        (None, "no"),
    ],
)
def test_log_probabilities_are_there_or_they_are_not(logprobs: Any, shown: str) -> None:
    document = {"choices": [{"message": {}, "logprobs": logprobs}]}
    assert logprobs_capability(document).shown == shown
