import pytest

from evaluation.domain.choices import Choices
from evaluation.domain.scoring import SCORERS, AnsweredQuery

multiple_choice = SCORERS["multiple_choice"].score
CHOICES = Choices(options=("Red", "Black"), correct_letter="B")


@pytest.mark.parametrize(
    ("parsed", "value", "explanation"),
    [
        ("B", 1.0, 'Chose B "Black", which is right.'),
        ("A", 0.0, 'Chose A "Red"; right is B "Black".'),
        ("N", 0.0, 'Chose N, which is no option; right is B "Black".'),
        (None, 0.0, "No answer could be read from the completion."),
    ],
)
def test_the_letter_decides_and_the_options_are_named(
    parsed: str | None, value: float, explanation: str
) -> None:
    score = multiple_choice(AnsweredQuery(parsed=parsed, answer="Black.", choices=CHOICES))

    assert (score.value, score.explanation) == (value, explanation)


def test_a_query_without_choices_cannot_be_judged_by_letter() -> None:
    with pytest.raises(ValueError, match="needs the choices"):
        multiple_choice(AnsweredQuery(parsed="B", answer="Black."))
