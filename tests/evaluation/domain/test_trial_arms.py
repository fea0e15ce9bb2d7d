from dataclasses import replace

import pytest

from curation.domain.content import PanelRole, ProblemContent
from evaluation.asking import request_for
from evaluation.domain.prompting import Prompt, Role, TextPart
from evaluation.domain.trial_arms import (
    Arm,
    content_of,
    protocol_of,
    what_is_missing,
    wording_of,
)
from tests.evaluation.domain.builders import image, panel, problem


@pytest.fixture
def content() -> ProblemContent:
    return problem("White.", "Red.", query="Black.", variants=("Ebony",))


def _prompt(arm: Arm, content: ProblemContent) -> Prompt:
    request = request_for(content_of(arm, content), protocol_of(arm, 0))
    assert request is not None
    return request.prompt


@pytest.mark.parametrize(
    ("arm", "images"),
    [
        (Arm.ALONE, ["p1 query"]),
        (Arm.NO_IMAGE, []),
        (Arm.EXAMPLES, ["p1 0", "p1 1", "p1 query"]),
        (Arm.REVERSED, ["p1 1", "p1 0", "p1 query"]),
    ],
)
def test_an_arm_sends_its_images_in_its_order(
    content: ProblemContent, arm: Arm, images: list[str]
) -> None:
    assert list(_prompt(arm, content).images) == [image(name).sha256 for name in images]


@pytest.mark.parametrize(
    ("arm", "answers"),
    [
        (Arm.ALONE, []),
        (Arm.NO_IMAGE, []),
        (Arm.EXAMPLES, ["White.", "Red."]),
        (Arm.REVERSED, ["Red.", "White."]),
    ],
)
def test_an_arm_shows_its_examples_answers_in_its_order(
    content: ProblemContent, arm: Arm, answers: list[str]
) -> None:
    said = [turn.parts for turn in _prompt(arm, content).turns if turn.role is Role.ASSISTANT]
    assert said == [(TextPart(answer),) for answer in answers]


@pytest.mark.parametrize("arm", Arm)
def test_no_arm_tells_the_answer_or_the_alternative_text(content: ProblemContent, arm: Arm) -> None:
    text = repr(_prompt(arm, content).to_json())
    assert not any(word in text for word in ("Black", "Ebony", "alternative", "attribution"))


def test_the_four_arms_ask_four_different_prompts(content: ProblemContent) -> None:
    assert len({_prompt(arm, content).sha256() for arm in Arm}) == len(Arm) == 4


def test_an_arm_without_examples_does_not_even_know_them(content: ProblemContent) -> None:
    assert content_of(Arm.ALONE, content).examples == ()
    assert content_of(Arm.NO_IMAGE, content).panels == (content.query,)


def test_a_complete_draft_misses_nothing(content: ProblemContent) -> None:
    assert what_is_missing(content) == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"image": None}, "The query needs an image."),
        ({"question": " "}, "The query needs a question."),
        ({"answer": ""}, "The query needs an answer."),
        ({"answer": "..."}, "The query needs an answer."),
    ],
)
def test_what_the_query_lacks_is_said(
    content: ProblemContent, change: dict[str, object], sentence: str
) -> None:
    panels = (*content.examples, replace(content.query, **change))  # type: ignore[arg-type]  # by parametrize
    assert what_is_missing(replace(content, panels=panels)) == (sentence,)


def test_what_the_examples_lack_is_said_by_number(content: ProblemContent) -> None:
    unfinished = panel(PanelRole.EXAMPLE, "", question="")
    panels = (content.examples[0], unfinished, content.query)
    assert what_is_missing(replace(content, panels=panels)) == (
        "Example 2 needs an image.",
        "Example 2 needs a question.",
        "Example 2 needs an answer.",
    )


def test_a_draft_without_examples_or_without_a_query_cannot_be_tried(
    content: ProblemContent,
) -> None:
    (alone,) = what_is_missing(replace(content, panels=(content.query,)))
    assert alone.startswith("Add an example")
    (unasked,) = what_is_missing(replace(content, panels=content.examples))
    assert unasked.startswith("Make one panel the query")


def test_drafts_that_ask_the_same_have_one_wording(content: ProblemContent) -> None:
    said = replace(image("p1 query"), alt_text="other", source="other")
    described = replace(
        content,
        annotations=replace(content.annotations, rarity="rare"),
        panels=(*content.examples, replace(content.query, image=said)),
    )
    assert wording_of(described) == wording_of(content)
    assert described.sha256() != content.sha256()
    decomposed = replace(content.query, question="Qu\u0065\u0301?")
    composed = replace(content.query, question="Qu\u00e9?")
    one, other = (
        replace(content, panels=(*content.examples, query)) for query in (decomposed, composed)
    )
    assert wording_of(one) == wording_of(other)


def test_what_else_would_be_right_in_an_example_is_neither_sent_nor_compared(
    content: ProblemContent,
) -> None:
    first, *rest = content.panels
    changed = replace(content, panels=(replace(first, accepted_variants=("Snow",)), *rest))
    assert [_prompt(arm, changed) for arm in Arm] == [_prompt(arm, content) for arm in Arm]
    assert wording_of(changed) == wording_of(content)


@pytest.mark.parametrize(
    "change",
    [
        {"question": "And now?"},
        {"answer": "Grey"},
        {"accepted_variants": ()},
        {"image": image("another")},
    ],
)
def test_what_is_asked_otherwise_is_another_wording(
    content: ProblemContent, change: dict[str, object]
) -> None:
    panels = (*content.examples, replace(content.query, **change))  # type: ignore[arg-type]  # by parametrize
    assert wording_of(replace(content, panels=panels)) != wording_of(content)


def test_another_order_is_another_wording(content: ProblemContent) -> None:
    assert wording_of(content_of(Arm.REVERSED, content)) != wording_of(content)
