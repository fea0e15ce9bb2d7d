"""Rows of predictions become columns."""

from dataclasses import replace
from typing import Any

import numpy as np

from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.domain.reporting.collecting import Asked, Collector, ScoreColumns
from evaluation.domain.reporting.problems import problem_columns
from evaluation.domain.reporting.rows import UNKNOWN, Rows
from tests.evaluation.domain.builders import problem

CONTENTS = {
    10: problem("Yes", "no", query="yes.", problem_id="p1"),
    20: problem("Red", "Blue", "red!", query="green", problem_id="p2"),
}
OPEN = PRESETS["in_context_open"]


def asked(**facts: Any) -> Asked:
    """An answered row of the first problem, as planned."""
    row = Asked(
        pk=1,
        revision_id=10,
        order=0,
        repeat=0,
        outcome="ok",
        parsed="Yes",
        shown_json=[0, 1],
        choices_json=None,
        is_answer_shown=True,
        matching_position=1,
        latency_ms=None,
        input_tokens=None,
        output_tokens=None,
        cached_tokens=None,
    )
    return row._replace(**facts)


def collected(*rows: Asked, protocol: Protocol = OPEN) -> Rows:
    """The columns, read in two batches."""
    collector = Collector(CONTENTS, protocol, set_seed=42)
    collector.add(rows[:1])
    collector.add(rows[1:])
    return collector.rows(ScoreColumns())


def test_a_copy_is_told_by_the_examples_that_were_shown_in_their_order() -> None:
    found = collected(
        asked(),
        asked(pk=2, shown_json=[1, 0]),
        asked(pk=3, parsed="perhaps"),
        asked(pk=4, parsed="", outcome="unparsable"),
        asked(pk=5, outcome="error", parsed=""),
        asked(pk=6, shown_json=[]),
        asked(pk=7, revision_id=20, shown_json=[["p1", 0], 2], parsed="RED"),
    )
    assert found.copied_any.tolist() == [1, 1, 0, 0, UNKNOWN, UNKNOWN, 1]
    assert found.copied_last.tolist() == [0, 1, 0, 0, UNKNOWN, UNKNOWN, 1]
    assert found.shown.tolist() == [2, 2, 2, 2, 2, 0, 2]
    assert found.scored.problem.tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert found.outcome.tolist() == [0, 0, 0, 2, 3, 0, 0]


def test_a_letter_is_a_copy_where_its_option_is_an_example_s_answer() -> None:
    choices = {"letters": ["A", "B"], "options": ["no", "yes"], "correct_letter": "B"}
    found = collected(
        asked(parsed="A", choices_json=choices),
        asked(pk=2, parsed="B", choices_json=choices),
        asked(pk=3, parsed="Q", choices_json=choices),
        protocol=PRESETS["in_context_multiple_choice"],
    )
    assert found.copied_any.tolist() == [1, 1, 0]
    assert found.copied_last.tolist() == [1, 0, 0]
    assert (found.options.tolist(), found.is_highest_right.tolist()) == ([2] * 3, [1] * 3)


def test_rows_of_before_variants_were_kept_show_what_the_protocol_says() -> None:
    old = asked(shown_json=None, is_answer_shown=None, matching_position=None, parsed="no")
    found = collected(old, old._replace(pk=2))
    assert (found.shown.tolist(), found.copied_last.tolist()) == ([2, 2], [1, 1])
    assert found.matching.tolist() == [UNKNOWN, UNKNOWN]
    noisy = collected(old, protocol=PRESETS["noise_random"])
    assert (noisy.shown.tolist(), noisy.copied_any.tolist()) == ([UNKNOWN], [UNKNOWN])
    permuted = replace(PRESETS["in_context_open_permuted"])
    both = collected(old, old._replace(pk=2, order=1), protocol=permuted)
    assert sorted(both.copied_last.tolist()) == [0, 1]


def test_scores_go_to_their_predictions_and_the_others_have_none() -> None:
    scores = ScoreColumns()
    scores.add("judge", [7, 3], [1.0, 0.5])
    scores.add("judge", [5], [0.0])
    columns = scores.of_predictions(np.array([3, 4, 5, 7]))
    assert np.array_equal(columns["judge"], [0.5, np.nan, 0.0, 1.0], equal_nan=True)


def test_problems_are_grouped_by_annotations_examples_and_the_answer_s_length() -> None:
    vocabulary = {"rarity": ("Rarity", {"common": "Common", "rare": "Rare"})}
    contents = [
        replace(content, annotations=replace(content.annotations, rarity=rarity))
        for content, rarity in zip(
            [
                *CONTENTS.values(),
                problem("a", "b", query="one two three", problem_id="p3"),
                problem("a", "b", query="one two three four", problem_id="p4"),
            ],
            ["rare", "common", "", "legendary"],
            strict=True,
        )
    ]
    found = problem_columns(contents, [False] * 4, vocabulary, OPEN.answer_form)
    rarity, examples, length = found.categories
    assert (rarity.labels, rarity.codes.tolist()) == (
        ("Common", "Rare", "legendary"),
        [1, 0, UNKNOWN, 2],
    )
    assert (examples.labels, examples.codes.tolist()) == (
        ("2 examples", "3 examples"),
        [0, 1, 0, 0],
    )
    assert length.codes.tolist() == [0, 0, 1, 2]
