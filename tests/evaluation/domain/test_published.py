import pytest

from evaluation.domain.arms import AnswerForm, Shots
from evaluation.domain.outcomes import Outcome
from evaluation.domain.published import (
    PublishedName,
    UnknownFileError,
    published_choices,
    read_name,
    read_published,
)
from tests.evaluation.domain.builders import problem


@pytest.mark.parametrize(
    ("file_name", "model", "shots", "form"),
    [
        ("result_gpt-4o_ICL_open.csv", "gpt-4o", Shots.ALL, AnswerForm.OPEN),
        ("result_llava_7b_0-shot.csv", "llava_7b", Shots.NONE, AnswerForm.OPEN),
        ("result_MedVLM-R1_ICL_mcqa.csv", "MedVLM-R1", Shots.ALL, AnswerForm.MULTIPLE_CHOICE),
    ],
)
def test_a_files_name_says_what_it_holds(
    file_name: str, model: str, shots: Shots, form: AnswerForm
) -> None:
    assert read_name(file_name) == PublishedName(model=model, shots=shots, answer_form=form)


def test_another_name_is_refused_with_the_expected_form() -> None:
    with pytest.raises(UnknownFileError, match="not named like result_"):
        read_name("answers.csv")


def test_an_open_file_is_read_with_its_line_breaks() -> None:
    (record,) = read_published(
        "problem_id,final_question,true_answer,generated_answer,full_response\n"
        'p1,What?,Black.,"Red,\nI think.","USER:  \nWhat? ASSISTANT: Red,\nI think."\n'
    )

    assert (record.problem_id, record.question, record.answer) == ("p1", "What?", "Black.")
    assert record.generated_answer == "Red,\nI think."
    assert record.completion == " Red,\nI think."
    assert (record.selected_letter, record.correct_letter) == (None, None)
    assert record.outcome is Outcome.OK


def test_the_columns_of_the_other_script_mean_the_same() -> None:
    (record,) = read_published(
        "problem_id,original_question,correct_letter,correct_answer,extracted_answer,is_correct,"
        "full_response\np1,What?,D,Black.,B,False,<answer>B</answer>\n"
    )

    assert (record.question, record.answer) == ("What?", "Black.")
    assert (record.selected_letter, record.correct_letter) == ("B", "D")
    assert record.completion == record.generated_answer == "<answer>B</answer>"


@pytest.mark.parametrize(
    ("selected", "generated", "outcome"),
    [
        ("ERROR", "ERROR: API Request Failed", Outcome.ERROR),
        ("A", "ERROR: API Request Failed", Outcome.ERROR),
        ("EXTRACTION_FAILED", "hm", Outcome.UNPARSABLE),
        ("A", "", Outcome.UNPARSABLE),
        ("A", "There is an error in the sutures.", Outcome.OK),
    ],
)
def test_failed_calls_and_empty_answers_are_told_apart(
    selected: str, generated: str, outcome: Outcome
) -> None:
    (record,) = read_published(
        "problem_id,final_question,true_answer,correct_option,selected_option,generated_answer\n"
        f"p1,What?,Black.,D,{selected},{generated}\n"
    )

    assert record.outcome is outcome
    assert (record.selected_letter is None) == (len(selected) > 1)


@pytest.mark.parametrize("text", ["", "problem_id,true_answer\np1,Black.\n"])
def test_a_file_without_the_columns_is_refused_by_their_names(text: str) -> None:
    with pytest.raises(UnknownFileError, match="no column named"):
        read_published(text)


def test_published_options_are_raw_texts_by_first_appearance() -> None:
    choices = published_choices(problem("yes", "No", "yes", query="Yes"), "C")

    assert choices.options == ("yes", "No", "Yes")
    assert choices.text_of("C") == "Yes"
