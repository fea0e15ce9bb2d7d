import pytest

from evaluation.domain.scoring import SCORERS, AnsweredQuery, ScoreValue

exact_match = SCORERS["exact_match"].score


def _scored(parsed: str | None) -> ScoreValue:
    return exact_match(
        AnsweredQuery(parsed=parsed, answer="Yes, left. ", accepted_variants=("On the left",))
    )


@pytest.mark.parametrize(
    ("parsed", "value", "words"),
    [
        ("yes left", 1.0, 'Equal to the answer "Yes, left."'),
        ("  YES,\n LEFT!", 1.0, "answer"),
        ("on the left.", 1.0, 'accepted variant "On the left"'),
        ("Yes, left side", 0.0, 'Not equal to the answer "Yes, left."'),
        ("", 0.0, "No answer could be read"),
        (None, 0.0, "No answer could be read"),
    ],
)
def test_equal_after_normalization_is_right_and_nothing_else(
    parsed: str | None, value: float, words: str
) -> None:
    score = _scored(parsed)

    assert score.value == value
    assert words in score.explanation


def test_a_score_outside_zero_and_one_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        ScoreValue(1.2, "too good")
