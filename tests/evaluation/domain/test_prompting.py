from dataclasses import replace

import pytest

from curation.domain.content import ProblemContent
from evaluation.asking import request_for
from evaluation.domain import prompting
from evaluation.domain.arms import Input
from evaluation.domain.choices import choices_for
from evaluation.domain.parsing import ParsedChoice, parse_choice
from evaluation.domain.prompting import (
    ImagePart,
    Prompt,
    PromptError,
    Role,
    TextPart,
    Turn,
    build_prompt,
)
from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.domain.template import template_sha256
from tests.evaluation.domain.builders import image, problem

MAIN = (
    "zero_shot_open",
    "in_context_open",
    "zero_shot_multiple_choice",
    "in_context_multiple_choice",
)
IN_CONTEXT_OPEN = PRESETS["in_context_open"]
IN_CONTEXT_CHOICE = PRESETS["in_context_multiple_choice"]


@pytest.fixture
def content() -> ProblemContent:
    return problem("White.", "Red.", query="Black.")


def _text(turn: Turn) -> str:
    return "\n".join(part.text for part in turn.parts if isinstance(part, TextPart))


def test_examples_come_first_each_question_with_its_image_then_its_answer(
    content: ProblemContent,
) -> None:
    prompt = build_prompt(content, IN_CONTEXT_OPEN)

    assert [turn.role for turn in prompt.turns] == [
        Role.SYSTEM,
        *[Role.USER, Role.ASSISTANT] * 2,
        Role.USER,
    ]
    assert prompt.turns[1] == Turn(
        Role.USER, (ImagePart(image("p1 0").sha256, "image/png"), TextPart("What is shown?"))
    )
    assert [_text(turn) for turn in prompt.turns if turn.role is Role.ASSISTANT] == [
        "White.",
        "Red.",
    ]


def test_every_image_is_sent_once_in_panel_order_the_query_last(content: ProblemContent) -> None:
    assert build_prompt(content, IN_CONTEXT_OPEN).images == tuple(
        one.sha256 for one in content.images
    )


@pytest.mark.parametrize("name", ["zero_shot_open", "zero_shot_multiple_choice"])
def test_without_shots_only_the_query_is_sent(content: ProblemContent, name: str) -> None:
    prompt = build_prompt(content, PRESETS[name])

    assert [turn.role for turn in prompt.turns] == [Role.SYSTEM, Role.USER]
    assert prompt.images == (image("p1 query").sha256,)


@pytest.mark.parametrize("protocol", PRESETS.values(), ids=PRESETS)
def test_nothing_but_question_image_and_options_is_told_of_the_query(
    content: ProblemContent, protocol: Protocol
) -> None:
    prompt = build_prompt(content, protocol)
    text = "\n".join(map(_text, prompt.turns))

    assert not any(word in text for word in ("alternative", "source", "attribution", "p1"))
    assert ("Black" in text) == (protocol.answer_form == "multiple_choice")


def test_no_system_turn_is_sent_for_an_empty_text(content: ProblemContent) -> None:
    prompt = build_prompt(content, replace(IN_CONTEXT_OPEN, system_text=""))

    assert prompt.turns[0].role is Role.USER


def test_the_open_instruction_speaks_of_answers_above_only_where_there_are_some(
    content: ProblemContent,
) -> None:
    with_examples = build_prompt(content, IN_CONTEXT_OPEN).turns[-1]
    alone = build_prompt(content, PRESETS["zero_shot_open"]).turns[-1]

    assert _text(with_examples).endswith(prompting.OPEN_INSTRUCTION_AFTER_EXAMPLES)
    assert _text(alone).endswith(prompting.OPEN_INSTRUCTION)


def test_under_multiple_choice_every_user_turn_lists_the_same_options(
    content: ProblemContent,
) -> None:
    prompt = build_prompt(content, IN_CONTEXT_CHOICE)
    choices = choices_for(content, IN_CONTEXT_CHOICE.seed)

    assert choices is not None
    assert prompt.choices == choices
    listed = "\n".join(f"{letter}. {choices.text_of(letter)}" for letter in choices.letters)
    users = [_text(turn) for turn in prompt.turns if turn.role is Role.USER]
    assert len(users) == 3
    assert all(f"Options:\n{listed}" in text for text in users)
    assert users[-1].endswith(prompting.CHOICE_INSTRUCTION)


def test_examples_answer_in_the_very_form_that_is_read_back(content: ProblemContent) -> None:
    prompt = build_prompt(content, IN_CONTEXT_CHOICE)
    choices = choices_for(content, IN_CONTEXT_CHOICE.seed)

    assert choices is not None
    answers = [_text(turn) for turn in prompt.turns if turn.role is Role.ASSISTANT]
    assert [parse_choice(answer, choices) for answer in answers] == [
        ParsedChoice(choices.letter_of("white"), "tag"),
        ParsedChoice(choices.letter_of("red"), "tag"),
    ]


@pytest.mark.parametrize("name", MAIN)
@pytest.mark.parametrize("given", [Input.NO_IMAGES, Input.NO_QUERY_IMAGE])
def test_withheld_images_are_not_sent_and_the_rest_is(
    content: ProblemContent, name: str, given: Input
) -> None:
    full = build_prompt(content, PRESETS[name])
    less = build_prompt(content, replace(PRESETS[name], input=given))
    examples = full.images[:-1] if given is Input.NO_QUERY_IMAGE else ()

    assert less.images == examples
    assert [turn.role for turn in less.turns] == [turn.role for turn in full.turns]
    assert list(map(_text, less.turns[:-1])) == list(map(_text, full.turns[:-1]))


@pytest.mark.parametrize("name", MAIN)
@pytest.mark.parametrize("given", [Input.NO_IMAGES, Input.NO_QUERY_IMAGE])
def test_a_query_without_its_image_says_so_and_nothing_of_what_it_shows(
    content: ProblemContent, name: str, given: Input
) -> None:
    prompt = build_prompt(content, replace(PRESETS[name], input=given))
    text = "\n".join(map(_text, prompt.turns))

    assert text.count(prompting.WITHHELD_IMAGE) == 1
    assert prompting.WITHHELD_IMAGE in _text(prompt.turns[-1])
    assert not any(word in text for word in ("alternative", "source", "attribution", "p1"))


def test_what_is_withheld_need_not_be_there(content: ProblemContent) -> None:
    bare = replace(content, panels=(*content.examples, replace(content.query, image=None)))
    less = replace(IN_CONTEXT_OPEN, input=Input.NO_QUERY_IMAGE)

    assert build_prompt(bare, less).turns == build_prompt(content, less).turns


def test_a_panel_without_image_cannot_be_asked(content: ProblemContent) -> None:
    bare = replace(content, panels=(*content.examples[:-1], replace(content.query, image=None)))

    with pytest.raises(PromptError, match="has no image; add one"):
        build_prompt(bare, IN_CONTEXT_OPEN)


def test_a_problem_with_one_answer_can_be_asked_openly_only() -> None:
    content = problem("Yes", "yes", query="Yes.")

    assert build_prompt(content, IN_CONTEXT_OPEN).choices is None
    with pytest.raises(PromptError, match="Ask it in open form"):
        build_prompt(content, IN_CONTEXT_CHOICE)


def test_different_prompts_have_different_hashes(content: ProblemContent) -> None:
    prompts = [build_prompt(content, PRESETS[name]) for name in MAIN]
    moved = Prompt((prompts[0].turns[0], replace(prompts[0].turns[1], role=Role.ASSISTANT)))

    assert len({prompt.sha256() for prompt in [*prompts, moved]}) == 5
    assert build_prompt(content, IN_CONTEXT_OPEN).sha256() == prompts[1].sha256()


def test_the_template_hash_notices_a_change_of_words(monkeypatch: pytest.MonkeyPatch) -> None:
    before = template_sha256()
    template_sha256.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(prompting, "CHOICE_INSTRUCTION", "Choose.")
        changed = template_sha256()
    template_sha256.cache_clear()

    assert changed != before == template_sha256()


def test_every_published_problem_but_one_can_be_asked_in_every_form(
    smmile: dict[str, ProblemContent],
) -> None:
    askable = {
        name: sum(request_for(content, PRESETS[name]) is not None for content in smmile.values())
        for name in MAIN
    }

    assert askable == {
        "zero_shot_open": 111,
        "in_context_open": 111,
        "zero_shot_multiple_choice": 110,
        "in_context_multiple_choice": 110,
    }
