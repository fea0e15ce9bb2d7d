import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.protocol import PRESETS, AnswerForm, Protocol, Shots

PROTOCOLS = st.builds(
    Protocol,
    shots=st.sampled_from(Shots),
    answer_form=st.sampled_from(AnswerForm),
    seed=st.integers(0, 2**63 - 1),
    temperature=st.floats(0, 2),
    max_tokens=st.integers(1, 1_000_000),
    system_text=st.text(),
)


@given(PROTOCOLS)
def test_a_protocol_survives_its_json(protocol: Protocol) -> None:
    read = Protocol.from_json(json.loads(json.dumps(protocol.to_json())))

    assert read == protocol
    assert read.sha256() == protocol.sha256()


@given(PROTOCOLS, PROTOCOLS)
def test_equal_protocols_and_only_those_have_one_hash(one: Protocol, other: Protocol) -> None:
    assert (one.sha256() == other.sha256()) == (one == other)


def test_a_whole_number_as_temperature_is_the_same_protocol() -> None:
    preset = PRESETS["zero_shot_open"]

    assert replace(preset, temperature=1).sha256() == replace(preset, temperature=1.0).sha256()


def test_fields_that_are_not_stated_take_their_defaults() -> None:
    stated = {"shots": "all", "answer_form": "open", "seed": 0}

    assert Protocol.from_json(stated) == PRESETS["in_context_open"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shots": "some"}, "shots must be one of none, all, not 'some'"),
        ({"answer_form": None}, "answer_form must be one of open, multiple_choice"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"seed": True}, "seed must be a whole number"),
        ({"seed": "1"}, "seed must be a whole number"),
        ({"max_tokens": 0}, "max_tokens must be a whole number from 1"),
        ({"temperature": 2.5}, "temperature must be a number from 0 to 2"),
        ({"temperature": float("nan")}, "temperature must be a number from 0 to 2"),
        ({"temperature": "warm"}, "temperature must be a number from 0 to 2"),
        ({"system_text": None}, "system_text must be a text"),
        ({"sots": "all"}, "no sots; its fields are shots, answer_form"),
    ],
)
def test_a_wrong_value_is_refused_in_plain_words(change: dict[str, Any], words: str) -> None:
    document = PRESETS["in_context_open"].to_json() | change

    with pytest.raises(ValueError, match=words):
        Protocol.from_json(document)


def test_what_must_be_stated_is_named() -> None:
    with pytest.raises(ValueError, match="must also state answer_form, seed"):
        Protocol.from_json({"shots": "all"})


def test_a_bare_text_for_shots_is_refused() -> None:
    wrong: Any = "all"

    with pytest.raises(ValueError, match="shots must be a Shots"):
        replace(PRESETS["in_context_open"], shots=wrong)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("zero_shot_open", "0-shot, open"),
        ("in_context_open", "in-context, open"),
        ("zero_shot_multiple_choice", "0-shot, multiple choice"),
        ("in_context_multiple_choice", "in-context, multiple choice"),
    ],
)
def test_every_preset_is_labeled(name: str, label: str) -> None:
    assert PRESETS[name].label == label


def test_the_presets_are_four_different_protocols() -> None:
    assert len({protocol.sha256() for protocol in PRESETS.values()}) == len(PRESETS) == 4
