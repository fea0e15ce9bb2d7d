import dataclasses
import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from curation.domain.bundle import BundleItem
from curation.domain.bundle.shortcuts import Shortcuts
from curation.domain.content import PanelContent, ProblemContent
from evaluation.domain.baselines import (
    expected_random_exact_match,
    last_example_answer,
    majority_example_answer,
)
from evaluation.domain.scoring.exact_match import matching_answer

from .conftest import Studio, WriteBundle, picture

SEAL = "ab" * 32
ANSWERS = (
    (["yes", "no", "No."], "no", ()),
    (["No", "yes", "no"], "Yes!", ()),
    (["a", "b"], "B", ()),
    (["left lung", "heart"], "The left lung", ("Left lung",)),
    (["x", "y", "z"], "w", ()),
)


def problem(
    studio: Studio, number: int, answers: Sequence[str], right: str, variants: Sequence[str] = ()
) -> ProblemContent:
    content = studio.problem(number, panels=len(answers) + 1).content
    *examples, query = content.panels
    told = [
        dataclasses.replace(panel, answer=answer, accepted_variants=())
        for panel, answer in zip(examples, answers, strict=True)
    ]
    asked = dataclasses.replace(query, answer=right, accepted_variants=tuple(variants))
    return dataclasses.replace(content, panels=(*told, asked))


@pytest.fixture
def contents(studio: Studio) -> list[ProblemContent]:
    return [problem(studio, number, *each) for number, each in enumerate(ANSWERS)]


def items(contents: Sequence[ProblemContent]) -> list[BundleItem]:
    return [BundleItem(content=each, revision_sha256=each.sha256()) for each in contents]


def pictured(panel: PanelContent, like: PanelContent) -> PanelContent:
    return dataclasses.replace(panel, image=like.image)


def test_what_needs_no_model_is_counted_exactly(contents: list[ProblemContent]) -> None:
    found = Shortcuts()
    for content in contents:
        found.count(content)

    assert found.by_random == Fraction(2, 3) + Fraction(1, 3) + Fraction(1, 2) + Fraction(1, 2)
    assert (found.problems, found.by_majority, found.by_last, found.answer_shown) == (5, 2, 2, 4)


def test_they_are_the_baselines_that_models_are_compared_with(
    contents: list[ProblemContent],
) -> None:
    def is_right(given: str, content: ProblemContent) -> bool:
        query = content.query
        return matching_answer(given, query.answer, query.accepted_variants) is not None

    for content in contents:
        found = Shortcuts()
        found.count(content)
        assert float(found.by_random) == pytest.approx(expected_random_exact_match(content))
        assert found.by_majority == is_right(majority_example_answer(content), content)
        assert found.by_last == is_right(last_example_answer(content), content)


def test_a_query_picture_counts_where_another_problem_shows_it_as_an_example(
    studio: Studio,
) -> None:
    first, second, third = (studio.problem(number).content for number in range(3))
    own = first.panels[0]
    first = dataclasses.replace(first, panels=(own, pictured(first.query, own)))
    second = dataclasses.replace(
        second, panels=(pictured(second.panels[0], third.query), second.query)
    )
    found = Shortcuts()
    for content in (first, second, third):
        found.count(content)

    assert found.pictures_shown_elsewhere == 1
    found.count(dataclasses.replace(second, panels=(own, second.query)))
    assert found.pictures_shown_elsewhere == 2


def test_a_problem_without_examples_has_nothing_to_take(studio: Studio) -> None:
    found = Shortcuts()
    found.count(studio.item("p", [studio.image(picture(1))]).content)

    assert found.by_random == 0
    assert (found.problems, found.by_majority, found.by_last) == (1, 0, 0)


def test_card_and_croissant_tell_of_it_beside_the_limits(
    write: WriteBundle, contents: list[ProblemContent], folder: Path
) -> None:
    write(items(contents))

    card = (folder / "README.md").read_text()
    for words in (
        "| The answer of an example at random | 2 | 40% |",
        "| The most frequent answer of the examples | 2 | 40% |",
        "| The answer of the last example | 2 | 40% |",
        "The query's answer stands among its examples in 4 of 5 problems;",
        "picture is also an example's in another problem in 0.",
    ):
        assert words in card
    (told,) = (
        line
        for line in json.loads((folder / "croissant.json").read_text())["rai:dataLimitations"]
        if "Without a model" in line
    )
    assert "over 5 problems" in told
    assert "the answer of the last example 40%" in told


def test_nothing_is_counted_of_what_is_held_out(
    write: WriteBundle, contents: list[ProblemContent], folder: Path
) -> None:
    hidden = [dataclasses.replace(each, is_held_out=True, seal=SEAL) for each in items(contents)]
    write(hidden)

    assert "What needs no model" not in (folder / "README.md").read_text()
    assert "Without a model" not in (folder / "croissant.json").read_text()
