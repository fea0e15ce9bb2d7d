import pytest

from evaluation.domain.outcomes import Outcome, outcome_of


def test_a_parsed_completion_is_ok() -> None:
    assert outcome_of("Black.", "Black.", finish_reason="stop") is Outcome.OK


@pytest.mark.parametrize("parsed", [None, ""])
def test_a_completion_from_which_nothing_was_read_is_unparsable(parsed: str | None) -> None:
    assert outcome_of("", parsed) is Outcome.UNPARSABLE


@pytest.mark.parametrize("finish_reason", ["content_filter", "refusal"])
def test_a_withheld_answer_is_refused_even_with_words(finish_reason: str) -> None:
    assert outcome_of("Black.", "Black.", finish_reason=finish_reason) is Outcome.REFUSED


def test_the_refusal_flag_of_the_api_is_believed() -> None:
    assert outcome_of("", None, is_refused_by_provider=True) is Outcome.REFUSED


@pytest.mark.parametrize(
    "completion",
    ["I'm sorry, but I can't assist with that.", "I\u2019m sorry, I can\u2019t help with that."],
)
def test_a_stock_sentence_alone_is_a_refusal(completion: str) -> None:
    assert outcome_of(completion, completion) is Outcome.REFUSED


@pytest.mark.parametrize(
    "completion",
    [
        "I'm sorry, but I can't assist with that. Red.",
        "I cannot identify the medication and dose from the image alone.",
        "The image does not provide enough detail.",
    ],
)
def test_words_that_only_sound_like_a_refusal_are_an_answer(completion: str) -> None:
    assert outcome_of(completion, completion) is Outcome.OK


def test_only_what_the_model_answered_is_an_answer() -> None:
    assert {outcome for outcome in Outcome if outcome.is_answer} == {
        Outcome.OK,
        Outcome.UNPARSABLE,
    }
