import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.arms import (
    AnswerForm,
    Input,
    Noise,
    NoisePosition,
    Order,
    Reasoning,
    Shots,
)
from evaluation.domain.protocol import PRESETS, Protocol, labels_by_hash

_SHOTS = st.one_of(
    st.fixed_dictionaries({"shots": st.just(Shots.NONE), "order": st.just(Order.AUTHORED)}),
    st.fixed_dictionaries({"shots": st.just(Shots.ALL), "order": st.sampled_from(Order)}),
    st.fixed_dictionaries({"shots": st.just(Shots.FIRST), "shot_count": st.integers(1, 100)}),
)
_NOISE = st.fixed_dictionaries(
    {
        "noise": st.sampled_from([Noise.RANDOM, Noise.SAME_SPECIALTY]),
        "noise_count": st.integers(1, 10),
        "noise_position": st.sampled_from(NoisePosition),
    }
)


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    """Every protocol that does not contradict itself."""
    shots = draw(_SHOTS)
    form = draw(st.sampled_from(AnswerForm))
    is_noisy = shots["shots"] is not Shots.NONE and draw(st.booleans())
    return Protocol(
        **shots,
        **(draw(_NOISE) if is_noisy else {}),
        answer_form=form,
        seed=draw(st.integers(0, 2**63 - 1)),
        temperature=draw(st.floats(0, 2)),
        max_tokens=draw(st.integers(1, 1_000_000)),
        system_text=draw(st.text()),
        input=draw(st.sampled_from(Input)),
        reasoning=Reasoning.AT_ONCE if form.is_ranked else draw(st.sampled_from(Reasoning)),
        repeats=draw(st.integers(1, 100)),
    )


PROTOCOLS = protocols()


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
        ({"shots": "some"}, "shots must be one of none, all, first, not 'some'"),
        ({"answer_form": None}, "answer_form must be one of open, multiple_choice"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"seed": True}, "seed must be a whole number"),
        ({"seed": "1"}, "seed must be a whole number"),
        ({"max_tokens": 0}, "max_tokens must be a whole number from 1"),
        ({"temperature": 2.5}, "temperature must be a number from 0 to 2"),
        ({"temperature": float("nan")}, "temperature must be a number from 0 to 2"),
        ({"temperature": "warm"}, "temperature must be a number from 0 to 2"),
        ({"system_text": None}, "system_text must be a text"),
        ({"input": "words"}, "input must be one of full, no_images, no_query_image, not 'words'"),
        ({"sots": "all"}, "no sots; its fields are shots, answer_form"),
        ({"shots": "first"}, "shot_count says how many"),
        ({"shot_count": 2}, "shot_count says how many"),
        ({"shots": "first", "shot_count": 101}, "shot_count must be a whole number from 0 to 100"),
        ({"order": "shuffled"}, "order must be one of authored, permutations"),
        ({"shots": "none", "order": "matching_last"}, "Without examples none can stand first"),
        ({"noise": "random"}, "noise_count says how many"),
        ({"noise_count": 1}, "noise_count says how many"),
        ({"noise_position": "first"}, "noise_position is only stated where there is noise"),
        ({"shots": "none", "noise": "random", "noise_count": 1}, "Without examples none can"),
        ({"reasoning": True}, "reasoning must be one of at_once, step_by_step"),
        ({"repeats": 0}, "repeats must be a whole number from 1 to 100"),
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

    with pytest.raises(ValueError, match="shots must be of type Shots"):
        replace(PRESETS["in_context_open"], shots=wrong)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("zero_shot_open", "0-shot, open"),
        ("in_context_open", "in-context, open"),
        ("zero_shot_multiple_choice", "0-shot, multiple choice"),
        ("in_context_multiple_choice", "in-context, multiple choice"),
        ("zero_shot_open_permuted", "0-shot, open, all orders"),
        ("in_context_open_permuted", "in-context, open, all orders"),
        ("zero_shot_multiple_choice_permuted", "0-shot, multiple choice, all orders"),
        ("in_context_multiple_choice_permuted", "in-context, multiple choice, all orders"),
        ("noise_random", "in-context, open, 1 foreign example last"),
        ("noise_same_specialty", "in-context, open, 1 foreign example of the same specialty last"),
        ("matching_first_open", "in-context, open, matching example first"),
        ("matching_last_open", "in-context, open, matching example last"),
        ("matching_first_multiple_choice", "in-context, multiple choice, matching example first"),
        ("matching_last_multiple_choice", "in-context, multiple choice, matching example last"),
        ("chain_of_thought", "in-context, open, step by step"),
        ("text_only", "in-context, open, without images"),
    ],
)
def test_every_preset_is_labeled(name: str, label: str) -> None:
    assert PRESETS[name].label == label


@pytest.mark.parametrize(
    ("given", "label"),
    [
        (Input.FULL, "in-context, open"),
        (Input.NO_IMAGES, "in-context, open, without images"),
        (Input.NO_QUERY_IMAGE, "in-context, open, without the query's image"),
    ],
)
def test_a_label_says_which_images_are_withheld(given: Input, label: str) -> None:
    assert replace(PRESETS["in_context_open"], input=given).label == label


def test_the_input_is_stated_only_where_something_is_withheld() -> None:
    full = PRESETS["in_context_open"]

    assert "input" not in full.to_json()
    assert replace(full, input=Input.NO_IMAGES).to_json() == {
        **full.to_json(),
        "input": "no_images",
    }


def test_a_bare_text_for_the_input_is_refused() -> None:
    wrong: Any = "full"

    with pytest.raises(ValueError, match="input must be of type Input"):
        replace(PRESETS["in_context_open"], input=wrong)


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"shots": "first", "shot_count": 1}, "first 1 example, open"),
        (
            {"noise": "random", "noise_count": 2, "noise_position": "drawn", "repeats": 3},
            "in-context, open, 2 foreign examples anywhere, asked 3 times",
        ),
    ],
)
def test_other_arms_are_labeled(change: dict[str, Any], label: str) -> None:
    assert Protocol.from_json(PRESETS["in_context_open"].to_json() | change).label == label


def test_the_presets_are_sixteen_different_protocols_under_sixteen_labels() -> None:
    assert len({protocol.sha256() for protocol in PRESETS.values()}) == len(PRESETS) == 16
    assert len({protocol.label for protocol in PRESETS.values()}) == 16


def test_the_first_presets_keep_their_hashes_for_ever() -> None:
    """Runs are compared by these: another hash would part old runs from new ones."""
    assert {name: PRESETS[name].sha256() for name in list(PRESETS)[:4]} == {
        "zero_shot_open": "2562da29c96d4cd5a5af71bef55db248bfd843b5844b1b9da5eebb4b18311e42",
        "in_context_open": "2ae25b5feaaa104a50282c4efab58b4349278f9fd8a12b10416dc8d464413b9c",
        "zero_shot_multiple_choice": (
            "87533c080204c924294b373f432fea2c758d7cb18e24daa2f360ce688394574e"
        ),
        "in_context_multiple_choice": (
            "f7e2bdad56e84a9cf2991f8af762c84fe9dc73ba31448aae453baf9749bee2a0"
        ),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterProtocol(Protocol):
    """The format with a field of a later release."""

    hints: int = 0


def test_a_field_added_later_leaves_the_hashes_of_older_protocols_as_they_were() -> None:
    old = PRESETS["in_context_open"]
    later = LaterProtocol.from_json(old.to_json())

    assert later.to_json() == old.to_json()
    assert later.sha256() == old.sha256()


def test_a_field_added_later_counts_where_it_differs_from_its_default() -> None:
    later = LaterProtocol.from_json(PRESETS["in_context_open"].to_json() | {"hints": 2})

    assert later.sha256() != PRESETS["in_context_open"].sha256()
    assert LaterProtocol.from_json(later.to_json()) == later


def test_a_label_says_no_more_than_tells_protocols_apart() -> None:
    alone, zero = PRESETS["in_context_open"], PRESETS["zero_shot_open"]
    seven = replace(zero, seed=7)
    warm = replace(seven, temperature=1)
    labels = labels_by_hash([alone, zero, seven, warm, alone])

    assert labels == {
        alone.sha256(): "in-context, open",
        zero.sha256(): "0-shot, open, seed 0",
        seven.sha256(): f"0-shot, open, seed 7, {seven.sha256()[:8]}",
        warm.sha256(): f"0-shot, open, seed 7, {warm.sha256()[:8]}",
    }
