"""Which protocols differ in one thing."""

from dataclasses import fields, replace

import pytest

from evaluation.domain.arms import Noise, Order, Shots
from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.domain.twins import twins_of

_MAY_DIFFER = {
    "zero_shot": {"shots", "shot_count"},
    "without_noise": {"noise", "noise_count", "noise_position"},
}


def _names(protocol: Protocol) -> set[str]:
    return {twin.name for twin in twins_of(protocol)}


@pytest.mark.parametrize("name", PRESETS)
def test_a_twin_differs_in_its_one_thing_alone(name: str) -> None:
    protocol = PRESETS[name]
    for twin in twins_of(protocol):
        differs = {
            each.name
            for each in fields(Protocol)
            if getattr(protocol, each.name) != getattr(twin.protocol, each.name)
        }
        assert differs
        assert differs <= _MAY_DIFFER.get(twin.name, {"order"})


def test_every_paper_arm_finds_its_twin() -> None:
    in_context = PRESETS["in_context_open"]
    assert {twin.name: twin.protocol for twin in twins_of(in_context)} == {
        "zero_shot": PRESETS["zero_shot_open"],
        "order_permutations": PRESETS["in_context_open_permuted"],
        "order_matching_first": PRESETS["matching_first_open"],
        "order_matching_last": PRESETS["matching_last_open"],
    }
    by_name = {twin.name: twin.protocol for twin in twins_of(PRESETS["noise_random"])}
    assert by_name["without_noise"] == in_context
    assert "zero_shot" not in by_name


def test_without_examples_there_is_no_twin() -> None:
    assert _names(PRESETS["zero_shot_open"]) == set()


def test_an_order_by_the_match_cannot_be_asked_without_examples() -> None:
    assert _names(PRESETS["matching_last_open"]) == {
        "order_authored",
        "order_permutations",
        "order_matching_first",
    }


def test_the_first_examples_have_the_twin_without_any() -> None:
    first = replace(PRESETS["in_context_open"], shots=Shots.FIRST, shot_count=2)
    (zero, *_) = twins_of(first)
    assert zero.protocol == PRESETS["zero_shot_open"]
    assert first.order is Order.AUTHORED
    assert first.noise is Noise.NONE
