import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.choices import Choices
from evaluation.domain.parsing import (
    LONGEST_READ,
    ParsedChoice,
    ParsedText,
    parse_choice,
    parse_open,
    parse_reasoned,
    without_reasoning,
)

CHOICES = Choices(
    options=("White", "Large pleural effusion, right", "No", "Purple"), correct_letter="D"
)


@pytest.mark.parametrize(
    ("completion", "letter", "pattern"),
    [
        ("<answer>B</answer>", "B", "tag"),
        ("<answer> (b). </answer>", "B", "tag"),
        ("<ANSWER>D. Purple</ANSWER>", "D", "tag"),
        ("<answer>D: it is purple</answer>", "D", "tag"),
        ("<answer>D - Purple.</answer>", "D", "tag"),
        ("<answer>large pleural effusion, right.</answer>", "B", "tag"),
        ("<answer>no</answer>", "C", "tag"),
        ("Surely A. <answer>**B**</answer>", "B", "tag"),
        ("<think>It is <answer>A</answer>, or is it?</think><answer>B</answer>", "B", "tag"),
        ("<answer>B</answer> so <answer>B. Large pleural effusion, right</answer>", "B", "tag"),
        ("I think so. <answer>B", "B", "tag"),
        ("In the form <answer>LETTER. TEXT</answer>: <answer>D</answer>", "D", "tag"),
        ("It looks pale.\nAnswer: A", "A", "final_line"),
        ("It looks pale.\n**Final answer:** (A) White\n", "A", "final_line"),
        ("It looks pale.\nThe correct answer: Purple", "D", "final_line"),
        ("The answer is (B).", "B", "sentence"),
        ("The correct answer is: **B** because of the meniscus.", "B", "sentence"),
        ("Therefore the best choice is option D, the others fade.", "D", "sentence"),
        ("The answer is A.", "A", "sentence"),
        ("B", "B", "lone_letter"),
        (" (b) ", "B", "lone_letter"),
        ("B\n\nThe fluid is on the right, unlike in A.", "B", "lone_letter"),
        ("D. Purple", "D", "letter_and_text"),
        ("D) Purple. The margin is violet.", "D", "letter_and_text"),
        ("(D) Purple, clearly.\nIt is not white.", "D", "letter_and_text"),
        ("purple.", "D", "option_text"),
        ("Large pleural\neffusion right", "B", "option_text"),
    ],
)
def test_a_stated_choice_is_read_and_its_pattern_told(
    completion: str, letter: str, pattern: str
) -> None:
    assert parse_choice(completion, CHOICES) == ParsedChoice(letter, pattern)


@pytest.mark.parametrize(
    ("completion", "pattern"),
    [
        ("", "none"),
        ("   \n", "none"),
        ("<think>B is right, <answer>B</answer>", "none"),
        ("<answer>Correct letter.</answer>", "tag"),
        ("<answer></answer>", "tag"),
        ("<answer>LETTER. TEXT</answer>", "none"),
        ("<answer>E</answer>", "tag"),
        ("<answer>A</answer> or <answer>B</answer>", "tag"),
        ("<answer>A. Purple</answer>", "tag"),
        ("<answer>A or B</answer>", "tag"),
        ("<answer>A large effusion</answer>", "tag"),
        ("<answer>?</answer>\nAnswer: B", "tag"),
        ("Answer: A, perhaps B", "final_line"),
        ("The answer is A large effusion.", "none"),
        ("The answer is A or B.", "none"),
        ("The answer is (A). No, the answer is (B).", "sentence"),
        ("The answer is not B.", "none"),
        ("The answer is Dark.", "none"),
        ("A\nB", "lone_letter"),
        ("A. White\nB. Large pleural effusion, right\nC. No", "letter_and_text"),
        ("A. fib, I would say.", "none"),
        ("A pleural effusion is seen in B.", "none"),
        ("a\nb", "none"),
        ("I cannot identify the color.", "none"),
        ("White or Purple", "none"),
    ],
)
def test_what_does_not_say_one_option_is_unparsable(completion: str, pattern: str) -> None:
    assert parse_choice(completion, CHOICES) == ParsedChoice(None, pattern)


def test_letters_stand_for_options_even_where_an_option_is_a_letter() -> None:
    blood_groups = Choices(options=("B", "A", "AB"), correct_letter="A")

    assert parse_choice("<answer>B</answer>", blood_groups).letter == "B"
    assert parse_choice("<answer>AB</answer>", blood_groups).letter == "C"
    assert parse_choice("<answer>A. B</answer>", blood_groups).letter == "A"


def test_two_letter_choices_are_read() -> None:
    many = Choices(options=tuple(f"option {number}" for number in range(30)), correct_letter="A")

    assert parse_choice("<answer>AC. option 28</answer>", many).letter == "AC"
    assert parse_choice("The answer is AC.", many).letter == "AC"


@given(st.sampled_from(CHOICES.letters), st.text(alphabet="xyz \n<>/", max_size=40))
def test_a_tag_is_found_whatever_stands_around_it(letter: str, noise: str) -> None:
    completion = f"{noise}<answer>{letter}. {CHOICES.text_of(letter)}</answer>{noise}"

    assert parse_choice(completion, CHOICES) == ParsedChoice(letter, "tag")


@given(st.text(alphabet="AB.()*<>/:\n answerthinkis", max_size=200))
def test_whatever_is_written_gives_a_known_letter_or_none(completion: str) -> None:
    parsed = parse_choice(completion, CHOICES)

    assert parsed.letter is None or parsed.letter in CHOICES.letters
    assert parsed.letter is None or parsed.pattern != "none"


@pytest.mark.parametrize(
    "piece", ["<think>", "</think>", "<answer>", "answer is ", "((", "A. ", "\n", "Answer:", "*"]
)
def test_a_million_hostile_characters_are_no_answer(piece: str) -> None:
    completion = piece * (1_000_000 // len(piece))

    assert parse_choice(completion, CHOICES).letter is None
    assert len(parse_open(completion)) <= LONGEST_READ


def test_the_end_of_a_long_completion_is_what_counts_for_a_choice() -> None:
    assert parse_choice("so " * LONGEST_READ + "\nAnswer: D", CHOICES).letter == "D"


@pytest.mark.parametrize(
    ("completion", "rest"),
    [
        ("<think>hm</think>\n\nRed.", "Red."),
        ("<thinking>hm</thinking>Red.", "Red."),
        ("<think>a</think>Red<THINK>b</THINK>.", "Red."),
        ("the prompt had opened the block</think> Red.", "Red."),
        ("<think>never came to an end", ""),
        ("Red.<think>and then", "Red."),
        ("a < b and b > a", "a < b and b > a"),
    ],
)
def test_reasoning_is_removed(completion: str, rest: str) -> None:
    assert without_reasoning(completion) == rest


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("  Black.\n", "Black."),
        ("<think>white?</think><answer> Black. </answer>", "Black."),
        ("<answer>White</answer> no: <answer>Black</answer>", "Black"),
        ("<answer></answer>Black", "<answer></answer>Black"),
        ("<think>white?", ""),
        ("", ""),
    ],
)
def test_an_open_answer_is_what_remains_or_stands_in_the_last_tag(
    completion: str, answer: str
) -> None:
    assert parse_open(completion) == answer


@pytest.mark.parametrize(
    ("completion", "answer", "pattern"),
    [
        ("It is pale.\n<answer>Left lung</answer>", "Left lung", "tag"),
        ("First <answer>Left</answer>, no: <answer>Right</answer>", "Right", "tag"),
        ("In the form <answer>YOUR ANSWER</answer>:\n<answer>Left</answer>", "Left", "tag"),
        ("<think>It is <answer>A</answer>?</think><answer>Left</answer>", "Left", "tag"),
        ("It is pale.\n**Answer:** Left", "Left", "final_line"),
        ("It is pale.\nThe final answer: Left lung.", "Left lung.", "final_line"),
        ("Answer: Left\nBut then it is pale.", "", "none"),
        ("Let me look at the image. It is pale, and", "", "none"),
        ("I will write <answer>YOUR ANSWER</answer>", "", "none"),
        ("<answer></answer>", "", "none"),
        ("", "", "none"),
    ],
)
def test_who_thinks_first_answers_in_the_last_tag_or_line(
    completion: str, answer: str, pattern: str
) -> None:
    assert parse_reasoned(completion) == ParsedText(answer, pattern)
