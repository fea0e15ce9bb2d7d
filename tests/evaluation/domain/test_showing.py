import json
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from curation.domain.bundle.rows import permuted_problems
from curation.domain.content import ProblemContent
from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.domain.showing import (
    ShownExample,
    Variant,
    as_authored,
    matching_position,
    variants_of,
)
from tests.evaluation.domain.builders import SMMILE, problem

CONTENT = problem("a", "b", "a", query="A.")
FOREIGN = [ShownExample.of(problem("x", "y", query="x", problem_id="p2"), 1)]


def protocol(**changes: Any) -> Protocol:
    return Protocol.from_json(PRESETS["in_context_open"].to_json() | changes)


def variants(
    changed: Protocol, content: ProblemContent = CONTENT, **options: Any
) -> tuple[Variant, ...]:
    return variants_of(content, changed, **{"set_seed": 42, **options})


def places(variant: Variant) -> tuple[int | str, ...]:
    """The examples' places, those of others as answers."""
    return tuple(
        example.place if example.home.problem_id == "p1" else example.panel.answer
        for example in variant.shown
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (0, 1, 2)),
        ({"shots": "none"}, ()),
        ({"shots": "first", "shot_count": 2}, (0, 1)),
        ({"order": "matching_first"}, (0, 2, 1)),
        ({"order": "matching_last"}, (1, 0, 2)),
        ({"shots": "first", "shot_count": 2, "order": "matching_last"}, (1, 0)),
    ],
)
def test_a_protocol_says_which_examples_are_shown_in_which_order(
    changes: dict[str, Any], expected: tuple[int, ...]
) -> None:
    (variant,) = variants(protocol(**changes))
    assert places(variant) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"order": "matching_first"},
        {"order": "matching_last"},
        {"shots": "first", "shot_count": 3},
    ],
)
def test_a_problem_without_a_match_or_with_too_few_examples_is_left_out(
    changes: dict[str, Any],
) -> None:
    assert variants(protocol(**changes), problem("x", "y", query="z")) == ()


def test_an_accepted_variant_matches() -> None:
    content = problem("x", "renal", query="kidney", variants=("Renal",))
    (variant,) = variants(protocol(order="matching_first"), content)
    assert places(variant) == (1, 0)


def test_the_two_matching_orders_show_the_same_panels() -> None:
    first, last = (
        variants(protocol(order=order))[0] for order in ("matching_first", "matching_last")
    )
    assert sorted(places(first)) == sorted(places(last)) == [0, 1, 2]


@pytest.mark.parametrize("seed", [1, 42])
def test_all_orders_are_those_of_the_releases_permuted_set_under_its_numbers(seed: int) -> None:
    content = problem("a", "b", "c", "d", "e", query="a")
    rows = [
        {"answer": panel.answer, "order": order, "problem_id": "p1"}
        for order, panel in enumerate(content.panels)
    ]
    published = {
        number: tuple(row["answer"] for row in asked[:-1])
        for number, asked in enumerate(permuted_problems("p1", rows, seed))
    }
    asked = variants(PRESETS["in_context_open_permuted"], content, set_seed=seed)
    assert len(asked) == 24
    assert {
        variant.order: tuple(example.panel.answer for example in variant.shown) for variant in asked
    } == published


def test_orders_that_begin_alike_are_asked_one_after_the_other() -> None:
    asked = variants(PRESETS["in_context_open_permuted"])
    assert list(map(places, asked)) == sorted(permutations(range(3)))
    assert sorted(variant.order for variant in asked) == list(range(6))


def test_repeats_of_one_prompt_follow_each_other() -> None:
    asked = variants(protocol(order="permutations", repeats=2), problem("a", "b", query="a"))
    assert [(places(one), one.repeat) for one in asked] == [
        ((0, 1), 0),
        ((0, 1), 1),
        ((1, 0), 0),
        ((1, 0), 1),
    ]


def test_without_shots_the_permuted_set_asks_a_query_as_often_as_with_them() -> None:
    asked = variants(PRESETS["zero_shot_open_permuted"])
    assert [variant.shown for variant in asked] == [()] * 6
    assert [variant.order for variant in asked] == list(range(6))


def test_the_first_examples_are_permuted_among_themselves() -> None:
    asked = variants(protocol(shots="first", shot_count=2, order="permutations"))
    assert list(map(places, asked)) == [(0, 1), (1, 0)]


def test_a_problem_that_tests_reasoning_is_not_permuted() -> None:
    reasoning = replace(
        CONTENT, annotations=replace(CONTENT.annotations, cognitive_process="reasoning")
    )
    assert variants(PRESETS["in_context_open_permuted"], reasoning) == ()
    assert len(variants(PRESETS["in_context_open"], reasoning)) == 1


@pytest.mark.parametrize(
    ("position", "expected"), [("first", ("y", 0, 1, 2)), ("last", (0, 1, 2, "y"))]
)
def test_foreign_examples_stand_where_the_protocol_says(
    position: str, expected: tuple[int | str, ...]
) -> None:
    noisy = protocol(noise="random", noise_count=1, noise_position=position)
    (variant,) = variants(noisy, foreign=FOREIGN)
    assert places(variant) == expected


def test_foreign_examples_anywhere_stand_where_the_seed_says_and_the_own_keep_their_order() -> None:
    found = set()
    for seed in range(20):
        noisy = protocol(noise="random", noise_count=1, noise_position="drawn", seed=seed)
        (variant,) = variants(noisy, foreign=FOREIGN)
        assert variants(noisy, foreign=FOREIGN) == (variant,)
        assert [place for place in places(variant) if place != "y"] == [0, 1, 2]
        found.add(places(variant).index("y"))
    assert found == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("answers", "position"), [(("x", "a"), 2), (("a", "x"), 1), (("a", "A"), 2), (("x", "y"), None)]
)
def test_the_position_is_that_of_the_match_nearest_to_the_query(
    answers: tuple[str, ...], position: int | None
) -> None:
    content = problem(*answers, query="a")
    assert matching_position(content, as_authored(content, PRESETS["in_context_open"])) == position


def test_a_foreign_example_with_the_querys_answer_counts() -> None:
    content = problem("x", "z", query="y")
    (variant,) = variants(protocol(noise="random", noise_count=1), content=content, foreign=FOREIGN)
    assert matching_position(content, variant.shown) == 3


def test_the_published_problems_make_1038_permuted_ones(smmile: dict[str, ProblemContent]) -> None:
    lines = (SMMILE / "problems.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    is_reasoning = {
        row["problem_id"]: row["flags"]["flag_cognitive_process"] == "reasoning classification"
        for row in rows
    }
    asked = [
        len(variants(PRESETS["in_context_open_permuted"], content))
        for content in smmile.values()
        if not is_reasoning[content.problem_id]
    ]
    assert (len(asked), sum(asked)) == (86, 1038)
