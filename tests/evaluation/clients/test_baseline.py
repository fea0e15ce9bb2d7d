import asyncio
from dataclasses import replace

import pytest

from evaluation.asking import ending_of, request_for
from evaluation.clients.baseline import (
    Baseline,
    BaselineClient,
    MostAlikeClient,
    RandomChoiceClient,
    last_example,
    majority_example,
    random_example,
)
from evaluation.clients.contract import Client, Completion, Failure
from evaluation.domain.choices import choices_for
from evaluation.domain.prompting import ImagePart
from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.domain.showing import ShownExample, Variant
from tests.evaluation.domain.builders import problem
from tests.factories import png_bytes

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


def ask_client(client: Client, protocol: Protocol, *places: int) -> Completion | Failure:
    """Its answer where these examples are shown."""
    shown = tuple(ShownExample.of(CONTENT, place) for place in places)
    request = request_for(CONTENT, protocol, Variant(shown=shown))
    assert request is not None
    return asyncio.run(client.complete(request))


def said(result: Completion | Failure) -> str:
    assert isinstance(result, Completion)
    return result.text


@pytest.mark.parametrize(("places", "answer"), [((0, 1, 2), "Left"), ((0, 2, 1), "Right")])
def test_the_last_example_is_the_one_that_is_shown_last(
    places: tuple[int, ...], answer: str
) -> None:
    client = BaselineClient("last", last_example)
    assert said(ask_client(client, PRESETS["in_context_open"], *places)) == answer


def test_a_baseline_told_to_think_first_gives_its_answer_in_the_tag() -> None:
    client = BaselineClient("last", last_example)
    text = said(ask_client(client, PRESETS["chain_of_thought"], 0, 1))
    assert text == "<answer>Right</answer>"


def test_the_most_alike_example_is_found_by_its_image() -> None:
    numbers = dict(zip((one.sha256 for one in CONTENT.images), (7, 8, 9, 8), strict=True))

    def read(part: ImagePart) -> bytes:
        return png_bytes(numbers[part.sha256])

    client = MostAlikeClient("most alike", read)
    assert said(ask_client(client, PRESETS["in_context_open"], 0, 1, 2)) == "Right"
    assert isinstance(ask_client(client, PRESETS["in_context_open"]), Failure)


@pytest.mark.parametrize("content", [b"no image", None])
def test_an_image_that_cannot_be_read_is_a_failure_and_no_answer(content: bytes | None) -> None:
    def read(_: ImagePart) -> bytes:
        if content is None:
            raise FileNotFoundError
        return content

    result = ask_client(MostAlikeClient("most alike", read), PRESETS["in_context_open"], 0, 1)
    assert isinstance(result, Failure)
    assert "missing or damaged" in result.reason


def test_a_random_choice_is_a_letter_drawn_from_the_seed_without_any_example() -> None:
    client, preset = RandomChoiceClient("random choice"), PRESETS["zero_shot_multiple_choice"]
    texts = {said(ask_client(client, replace(preset, seed=seed))) for seed in range(20)}
    assert texts == {"<answer>A</answer>", "<answer>B</answer>"}
    assert ask_client(client, preset) == ask_client(client, preset)


def test_a_random_choice_needs_choices() -> None:
    result = ask_client(RandomChoiceClient("random choice"), PRESETS["zero_shot_open"])
    assert isinstance(result, Failure)
    assert "there are none" in result.reason


def test_each_repeat_draws_anew_and_the_first_as_if_there_were_one() -> None:
    seeds = []
    for repeat in range(3):
        request = request_for(CONTENT, PRESETS["in_context_open"], Variant(shown=(), repeat=repeat))
        assert request is not None
        seeds.append(request.seed)
    assert seeds[0] == PRESETS["in_context_open"].seed
    assert len(set(seeds)) == 3
    assert all(0 <= seed < 2**31 for seed in seeds)
