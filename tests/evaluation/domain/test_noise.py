from dataclasses import replace
from typing import Any

import pytest

from curation.domain.content import ProblemContent
from evaluation.domain.noise import ForeignExample, Pool
from evaluation.domain.protocol import PRESETS, Protocol
from tests.evaluation.domain.builders import problem

RANDOM, SAME = PRESETS["noise_random"], PRESETS["noise_same_specialty"]


def of_specialty(name: str, problem_id: str, *answers: str) -> ProblemContent:
    content = problem(*(answers or ("x", "y")), query="x", problem_id=problem_id)
    return replace(content, annotations=replace(content.annotations, specialty=name))


CONTENTS = [of_specialty("eye", f"e{n}") for n in range(3)]
CONTENTS += [of_specialty("skin", f"s{n}") for n in range(3)]


def drawn(protocol: Protocol, content: ProblemContent = CONTENTS[0]) -> list[str]:
    examples = Pool(CONTENTS, protocol).drawn_for(content)
    assert examples is not None
    return [example.problem_id for example in examples]


def noisy(**changes: Any) -> Protocol:
    return Protocol.from_json(RANDOM.to_json() | changes)


def test_a_foreign_example_is_never_of_the_problem_itself() -> None:
    found = {drawn(noisy(seed=seed))[0] for seed in range(60)}
    assert found == {"e1", "e2", "s0", "s1", "s2"}


def test_the_same_seed_draws_the_same_and_the_order_of_a_release_does_not_matter() -> None:
    one, other = Pool(CONTENTS, RANDOM), Pool(CONTENTS[::-1], RANDOM)
    assert [one.drawn_for(content) for content in CONTENTS] == [
        other.drawn_for(content) for content in CONTENTS
    ]


def test_of_the_same_specialty_means_only_that_one() -> None:
    found = {drawn(replace(SAME, seed=seed))[0] for seed in range(30)}
    assert found == {"e1", "e2"}


def test_several_are_of_different_problems() -> None:
    assert sorted(drawn(noisy(noise_count=5))) == ["e1", "e2", "s0", "s1", "s2"]


@pytest.mark.parametrize(
    ("protocol", "content"),
    [
        (noisy(noise_count=7), CONTENTS[0]),
        (replace(SAME, noise_count=3), CONTENTS[0]),
        (SAME, of_specialty("ear", "alone")),
        (SAME, of_specialty("", "none chosen")),
    ],
)
def test_where_there_are_too_few_others_nothing_is_drawn(
    protocol: Protocol, content: ProblemContent
) -> None:
    assert Pool([*CONTENTS, of_specialty("", "n")], protocol).drawn_for(content) is None


def test_every_example_of_a_foreign_problem_is_drawn_now_and_then() -> None:
    two = [CONTENTS[0], CONTENTS[1]]
    found = {Pool(two, noisy(seed=seed)).drawn_for(two[0]) for seed in range(20)}
    assert found == {(ForeignExample("e1", 0),), (ForeignExample("e1", 1),)}


def test_under_multiple_choice_only_what_has_choices_is_drawn() -> None:
    plain = of_specialty("eye", "plain", "x", "X.")
    choice = noisy(answer_form="multiple_choice")
    assert Pool([plain], choice).drawn_for(CONTENTS[0]) is None
    assert Pool([plain], RANDOM).drawn_for(CONTENTS[0]) is not None
