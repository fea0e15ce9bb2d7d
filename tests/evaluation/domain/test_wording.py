from typing import Any

import pytest

from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.domain.wording import in_words

ALL = "All examples of a problem are shown before its query."
OPEN = "The model writes its answer."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, f"{ALL} {OPEN}"),
        ({"shots": "none"}, f"The query is asked alone, without examples. {OPEN}"),
        (
            {"shots": "first", "shot_count": 1},
            f"A problem's first example is shown before its query. {OPEN}",
        ),
        (
            {"shots": "first", "shot_count": 2, "input": "no_query_image"},
            (
                "A problem's first 2 examples are shown before its query; problems with fewer are "
                f"left out. The query's image is withheld. {OPEN}"
            ),
        ),
        (
            {"noise": "same_specialty", "noise_count": 1, "noise_position": "first"},
            (
                f"{ALL} An example of another problem of the same specialty, drawn from the seed, "
                f"stands before its own. {OPEN}"
            ),
        ),
        (
            {"noise": "random", "noise_count": 2, "noise_position": "drawn", "repeats": 3},
            (
                f"{ALL} 2 examples of other problems, drawn from the seed, stand anywhere among "
                f"its own. {OPEN} Each is asked 3 times."
            ),
        ),
        (
            {"reasoning": "step_by_step", "answer_form": "multiple_choice"},
            (
                f"{ALL} The model chooses among the problem's answers, under letters drawn from "
                "the seed. It is told to think step by step first."
            ),
        ),
    ],
)
def test_a_protocol_is_told_in_sentences(changes: dict[str, Any], words: str) -> None:
    document = PRESETS["in_context_open"].to_json() | changes
    assert in_words(Protocol.from_json(document)) == words


def test_every_preset_is_told_in_words_of_its_own() -> None:
    assert len({in_words(protocol) for protocol in PRESETS.values()}) == len(PRESETS)
