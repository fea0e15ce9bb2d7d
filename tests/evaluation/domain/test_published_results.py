"""Our scorers over SMMILE's released predictions find what the paper's authors found."""

import math
from statistics import fmean

import pytest

from curation.domain.content import ProblemContent
from evaluation.domain.arms import AnswerForm
from evaluation.domain.baselines import (
    expected_highest_letter_of,
    expected_last_answer,
    expected_majority,
    expected_not_shown,
    expected_random_exact_match,
    expected_uniform_choice,
    expected_uniform_choice_of,
    highest_letter,
    majority_example_answer,
    random_example_answer,
)
from evaluation.domain.choices import Choices, choices_for
from evaluation.domain.copying import copied
from evaluation.domain.outcomes import Outcome
from evaluation.domain.parsing import parse_choice, parse_open
from evaluation.domain.protocol import DEFAULT_SEED
from evaluation.domain.published import (
    PublishedRecord,
    published_choices,
    read_name,
    read_published,
    read_verdicts,
)
from evaluation.domain.scoring import SCORERS, AnsweredQuery
from evaluation.domain.showing import ShownExample, matching_position
from evaluation.domain.statistics import Proportion, mcnemar
from tests.evaluation.domain.builders import SMMILE

EXACT_MATCHES = {
    "gpt-4o_0-shot_open": 0,
    "gpt-4o_ICL_open": 10,
    "llava_7b_0-shot": 0,
    "llava_7b_ICL": 18,
    "MedVLM-R1_0-shot_open": 4,
    "MedVLM-R1_ICL_open": 17,
    "majority_ICL": 30,
    "random_ICL": 26,
}
RIGHT_LETTERS = {
    "gpt-4o_0-shot": 55,
    "gpt-4o_ICL": 65,
    "llava_7b_0-shot": 45,
    "llava_7b_ICL": 25,
    "MedVLM-R1_0-shot": 40,
    "MedVLM-R1_ICL": 30,
    "majority_ICL": 27,
    "random_ICL": 40,
}
Problems = dict[str, ProblemContent]


def _records(name: str) -> tuple[PublishedRecord, ...]:
    path = SMMILE / "published" / f"result_{name}.csv"
    return read_published(path.read_text(encoding="utf-8"))


def _exact(parsed: str, answer: str) -> float:
    return SCORERS["exact_match"].score(AnsweredQuery(parsed=parsed, answer=answer)).value


def _right(record: PublishedRecord, content: ProblemContent, letter: str | None) -> float:
    assert record.correct_letter is not None
    choices = published_choices(content, record.correct_letter)
    answered = AnsweredQuery(parsed=letter, answer=record.answer, choices=choices)
    return SCORERS["multiple_choice"].score(answered).value


def _parsed_letter(record: PublishedRecord, content: ProblemContent) -> str | None:
    assert record.correct_letter is not None
    choices = published_choices(content, record.correct_letter)
    return parse_choice(record.completion, choices).letter


def _published_choices(problems: Problems) -> list[Choices]:
    return [
        published_choices(problems[record.problem_id], record.correct_letter)
        for record in _records("gpt-4o_ICL_mcqa")
        if record.correct_letter
    ]


@pytest.mark.parametrize(("name", "k"), EXACT_MATCHES.items(), ids=EXACT_MATCHES)
def test_exact_match_finds_the_published_number(smmile: Problems, name: str, k: int) -> None:
    records = _records(name)

    assert {record.problem_id for record in records} == set(smmile)
    assert sum(_exact(parse_open(record.completion), record.answer) for record in records) == k


@pytest.mark.parametrize(("name", "k"), RIGHT_LETTERS.items(), ids=RIGHT_LETTERS)
def test_the_selected_letters_score_the_published_number(
    smmile: Problems, name: str, k: int
) -> None:
    """The published number counts the letter the authors' script selected, not option texts.

    Two options of equal text have two letters there, and "generated_answer" is the text under the
    selected letter: scored by text, gpt-4o would get 58 and 68 instead of 55 and 65.
    """
    records = _records(f"{name}_mcqa")
    scores = [
        _right(record, smmile[record.problem_id], record.selected_letter) for record in records
    ]

    assert len(scores) == 111
    assert sum(scores) == k


@pytest.mark.parametrize(
    ("name", "k", "differences"),
    [
        ("gpt-4o_0-shot", 55, 0),
        ("gpt-4o_ICL", 65, 0),
        ("MedVLM-R1_0-shot", 40, 1),
        ("MedVLM-R1_ICL", 30, 0),
        ("llava_7b_0-shot", 44, 4),
        ("llava_7b_ICL", 24, 2),
    ],
)
def test_the_completions_read_anew_give_the_same_letters_but_where_none_was_stated(
    smmile: Problems, name: str, k: int, differences: int
) -> None:
    """Where we differ from the authors' script we always read nothing.

    It took the first capital of any text: "C" of "Correct letter.", "N" of "No visible pathology",
    "I" of "I cannot identify", "D" where there are three options, and the later of two equal
    options for "Yes". Two of these seven happened to be right, one for each arm of llava.
    """
    records = _records(f"{name}_mcqa")
    letters = [_parsed_letter(record, smmile[record.problem_id]) for record in records]
    different = [
        letter
        for record, letter in zip(records, letters, strict=True)
        if letter != record.selected_letter
    ]

    assert different == [None] * differences
    assert k == sum(
        _right(record, smmile[record.problem_id], letter)
        for record, letter in zip(records, letters, strict=True)
    )


@pytest.mark.parametrize(
    ("name", "errors", "unparsable"),
    [
        ("gpt-4o_ICL_open", 3, 0),
        ("gpt-4o_ICL_mcqa", 3, 0),
        ("gpt-4o_0-shot_open", 0, 0),
        ("llava_7b_ICL_mcqa", 0, 13),
        ("MedVLM-R1_ICL_mcqa", 0, 1),
    ],
)
def test_failed_calls_are_counted_apart_from_wrong_answers(
    smmile: Problems, name: str, errors: int, unparsable: int
) -> None:
    outcomes = [record.outcome for record in _records(name) if record.problem_id in smmile]

    assert outcomes.count(Outcome.ERROR) == errors
    assert outcomes.count(Outcome.UNPARSABLE) == unparsable


def _verdicts(name: str) -> dict[str, bool]:
    path = SMMILE / "published" / f"result_{name}_evaluationllm.json"
    return read_verdicts(path.read_text(encoding="utf-8"))


def test_the_judge_finds_that_examples_help_gpt_4o(smmile: Problems) -> None:
    before, after = _verdicts("gpt-4o_0-shot_open"), _verdicts("gpt-4o_ICL_open")

    found = mcnemar([before[name] for name in smmile], [after[name] for name in smmile])

    assert (found.gained, found.lost) == (24, 5)
    assert (found.both + found.gained, found.both + found.lost) == (55, 36)
    assert round(found.p_value, 4) == 0.0005


@pytest.mark.parametrize(
    ("name", "of_any", "of_last"), [("gpt-4o_ICL_open", 9, 4), ("llava_7b_ICL", 81, 62)]
)
def test_models_copy_the_answers_of_examples(
    smmile: Problems, name: str, of_any: int, of_last: int
) -> None:
    found = [
        copied(
            parse_open(record.completion),
            [example.answer for example in smmile[record.problem_id].examples],
        )
        for record in _records(name)
    ]

    assert sum(one.is_any for one in found) == of_any
    assert sum(one.is_last for one in found) == of_last


def test_llava_is_right_where_the_last_example_has_the_answer(smmile: Problems) -> None:
    verdicts = _verdicts("llava_7b_ICL")
    places = {name: _place_of_the_answer(content) for name, content in smmile.items()}

    right = {
        place: Proportion(
            sum(verdicts[name] for name in smmile if places[name] == place),
            sum(found == place for found in places.values()),
        )
        for place in ("last", "another", "none")
    }

    assert right["last"].value == pytest.approx(0.696, abs=5e-4)
    assert right["another"].value == pytest.approx(0.075, abs=5e-4)
    assert [one.n for one in right.values()] == [23, 53, 35]


def _place_of_the_answer(content: ProblemContent) -> str:
    count = len(content.examples)
    shown = [ShownExample.of(content, place) for place in range(count)]
    return {count: "last", None: "none"}.get(matching_position(content, shown), "another")


def test_every_published_file_can_be_read(smmile: Problems) -> None:
    paths = sorted((SMMILE / "published").glob("*.csv"))

    forms = [read_name(path.name).answer_form for path in paths]
    counts = {len(_records(path.stem.removeprefix("result_"))) for path in paths}

    assert forms.count(AnswerForm.OPEN) == forms.count(AnswerForm.MULTIPLE_CHOICE) == 8
    assert counts == {len(smmile)}


def test_a_random_example_is_right_in_26_percent(smmile: Problems) -> None:
    expected = fmean(map(expected_random_exact_match, smmile.values()))
    drawn = fmean(
        _exact(random_example_answer(content, seed), content.query.answer)
        for content in smmile.values()
        for seed in range(100)
    )

    assert expected == pytest.approx(0.2601, abs=5e-5)
    assert drawn == pytest.approx(expected, abs=0.015)


def test_the_majority_baseline_is_the_published_one_but_for_a_tie_of_capitals(
    smmile: Problems,
) -> None:
    published = _records("majority_ICL")
    ours = [majority_example_answer(smmile[record.problem_id]) for record in published]

    assert (
        sum(_exact(text, record.answer) for text, record in zip(ours, published, strict=True)) == 30
    )
    assert sum(map(expected_majority, smmile.values())) == 30
    # Counted raw, "right lower lobe" leads; normalized, "Right upper lobe" has as many.
    assert [
        (text, record.generated_answer)
        for text, record in zip(ours, published, strict=True)
        if not _exact(text, record.generated_answer)
    ] == [("Right upper lobe", "right lower lobe")]


def test_the_answer_of_35_problems_no_example_shows(smmile: Problems) -> None:
    assert sum(map(expected_not_shown, smmile.values())) == 35
    assert sum(map(expected_last_answer, smmile.values())) == 23


def test_a_uniform_choice_is_right_in_37_percent_of_the_published_options(
    smmile: Problems,
) -> None:
    published = _published_choices(smmile)

    assert fmean(map(expected_uniform_choice_of, published)) == pytest.approx(0.3701, abs=5e-5)


def test_options_equal_after_normalization_are_merged_which_raises_the_chance(
    smmile: Problems,
) -> None:
    merged = [
        content.problem_id
        for content in smmile.values()
        if round(1 / expected_uniform_choice(content))
        < len({panel.answer for panel in content.panels})
    ]

    assert len(merged) == 9
    assert fmean(map(expected_uniform_choice, smmile.values())) == pytest.approx(0.3798, abs=5e-5)


def test_the_highest_letter_is_right_in_61_percent_of_the_published_files(
    smmile: Problems,
) -> None:
    expected = map(expected_highest_letter_of, _published_choices(smmile))

    assert fmean(expected) == pytest.approx(0.6126, abs=5e-5)


def _highest_right(problems: Problems, seed: int) -> tuple[int, list[float]]:
    made = [choices for content in problems.values() if (choices := choices_for(content, seed))]
    k = sum(highest_letter(choices) == choices.correct_letter for choices in made)
    return k, list(map(expected_uniform_choice_of, made))


def test_the_highest_letter_scores_chance_on_our_choices(smmile: Problems) -> None:
    k, chances = _highest_right(smmile, DEFAULT_SEED)
    seeds = range(200)
    mean = fmean(_highest_right(smmile, seed)[0] for seed in seeds)
    deviation = math.sqrt(sum(chance * (1 - chance) for chance in chances))

    assert len(chances) == 110
    assert fmean(chances) == pytest.approx(0.3742, abs=5e-5)
    # 95 % for the one seed that is used, 99.99 % for the mean over many.
    assert abs(k - sum(chances)) < 1.96 * deviation
    assert abs(mean - sum(chances)) < 3.9 * deviation / math.sqrt(len(seeds))
