import pytest

from evaluation.domain.unknowing import is_unknowing
from evaluation.most_alike_server import NO_EXAMPLES, NO_IMAGE


@pytest.mark.parametrize(
    "reply",
    [
        NO_EXAMPLES,
        NO_IMAGE,
        "I don't know.",
        "I don\u2019t know",
        "UNKNOWN",
        "Cannot be determined.",
    ],
)
def test_a_plain_i_do_not_know_is_recognized(reply: str) -> None:
    assert is_unknowing(reply)


@pytest.mark.parametrize(
    "reply", ["", "Unknown primary tumor", "Not known to be benign", "Adipose tissue", "None"]
)
def test_an_attempt_is_none(reply: str) -> None:
    assert not is_unknowing(reply)
