import pytest

from curation.templatetags.durations import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "0 s"),
        (44.6, "45 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (3599.7, "60 min"),
        (3600, "1 h"),
        (4830, "1 h 20 min"),
        (86_399, "24 h"),
        (86_400, "1 d"),
        (100_000, "1 d 4 h"),
    ],
)
def test_a_length_of_time_is_said_in_two_units_at_most(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words
