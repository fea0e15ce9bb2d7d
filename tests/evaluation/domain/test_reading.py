import pytest

from evaluation.domain.choices import Choices
from evaluation.domain.parsing import parse_choice, parse_open, parse_reasoned
from evaluation.domain.reading import read_from

CHOICES = Choices(options=("Red", "Purple"), correct_letter="B")


@pytest.mark.parametrize(
    ("completion", "part"),
    [
        ("No doubt.\n<answer>no</answer>\nno idea why.", "<answer>no</answer>"),
        ("<answer>yes</answer> or rather <answer>no", "<answer>no"),
        ("<think>Maybe A.</think> Cardiomegaly", "Cardiomegaly"),
        ("Cardiomegaly,\nI think", "Cardiomegaly,\nI think"),
    ],
)
def test_of_words_the_part_is_found_that_was_read(completion: str, part: str) -> None:
    span = read_from(completion, parse_open(completion), "")
    assert span is not None
    assert completion[slice(*span)] == part


def test_of_who_thought_first_the_last_line_is_found() -> None:
    completion = "Answer: no?\nIt is large.\nAnswer: **yes**"
    read = parse_reasoned(completion)
    span = read_from(completion, read.text, read.pattern)
    assert span is not None
    assert completion[slice(*span)] == "Answer: **yes**"


@pytest.mark.parametrize(
    ("completion", "part"),
    [
        ("B is large.\n<answer>\nB\n</answer>", "<answer>\nB\n</answer>"),
        ("I think.\n  **Answer: B**\n", "**Answer: B**"),
        ("So the answer is (B), as said.\nThat is all.", "So the answer is (B), as said."),
        ("A or B?\nB.", "B."),
        ("It is\nB. Purple", "B. Purple"),
        ("Purple", "Purple"),
    ],
)
def test_of_letters_the_part_is_found_whose_pattern_told(completion: str, part: str) -> None:
    read = parse_choice(completion, CHOICES)
    assert read.letter == "B"
    span = read_from(completion, "B", read.pattern, CHOICES)
    assert span is not None
    assert completion[slice(*span)] == part


@pytest.mark.parametrize(
    ("completion", "parsed", "pattern"),
    [
        ("", "", ""),
        ("Either", "", ""),
        ("It is B, others say.", "B", "stated"),
        ("x" * 60_000 + "\nB", "B", "lone_letter"),
    ],
)
def test_where_nothing_was_read_or_cannot_be_found_nothing_is(
    completion: str, parsed: str, pattern: str
) -> None:
    assert read_from(completion, parsed, pattern, CHOICES) is None
