import asyncio

import pytest

from evaluation.asking import ending_of, request_for
from evaluation.clients.baseline import (
    Baseline,
    BaselineClient,
    majority_example,
    random_example,
)
from evaluation.clients.contract import Completion, Failure
from evaluation.domain.choices import choices_for
from evaluation.domain.protocol import PRESETS
from tests.evaluation.domain.builders import problem

CONTENT = problem("Left", "Right", "Left", query="Left")


def ask(baseline: Baseline, preset: str) -> Completion | Failure:
    request = request_for(CONTENT, PRESETS[preset])
    assert request is not None
    return asyncio.run(BaselineClient("baseline", baseline).complete(request))


@pytest.mark.parametrize("preset", ["in_context_open", "in_context_multiple_choice"])
def test_the_majority_of_the_examples_is_right_here(preset: str) -> None:
    request = request_for(CONTENT, PRESETS[preset])
    completion = ask(majority_example, preset)
    assert request is not None
    assert isinstance(completion, Completion)
    (score,) = ending_of(request, completion).scores.values()
    assert score.value == 1


def test_the_random_example_gives_an_examples_answer_and_the_same_one_again() -> None:
    first, second = ask(random_example, "in_context_open"), ask(random_example, "in_context_open")
    assert first == second
    assert isinstance(first, Completion)
    assert first.text in {"Left", "Right"}


def test_a_baseline_answers_a_choice_with_a_letter_drawn_from_the_seed() -> None:
    choices = choices_for(CONTENT, PRESETS["in_context_multiple_choice"].seed)
    completion = ask(majority_example, "in_context_multiple_choice")
    assert choices is not None
    assert isinstance(completion, Completion)
    assert completion.text == f"<answer>{choices.letter_of('Left')}</answer>"


def test_without_examples_a_baseline_fails_in_words() -> None:
    bare = problem(query="Left")
    request = request_for(bare, PRESETS["zero_shot_open"])
    assert request is not None
    result = asyncio.run(BaselineClient("baseline", majority_example).complete(request))
    assert isinstance(result, Failure)
    assert "is shown none" in result.reason
