import pytest

from evaluation.domain.copying import Copied, copied


@pytest.mark.parametrize(
    ("said", "shown", "found"),
    [
        ("White.", ["red", "white", "blue"], Copied(is_any=True, is_last=False)),
        (" BLUE", ["red", "Blue."], Copied(is_any=True, is_last=True)),
        ("blue", ["blue", "red", "blue"], Copied(is_any=True, is_last=True)),
        ("light blue", ["blue"], Copied(is_any=False, is_last=False)),
        ("blue", [], Copied(is_any=False, is_last=False)),
        ("...", ["red", "-"], Copied(is_any=False, is_last=False)),
    ],
)
def test_an_answer_that_an_example_shows_is_copied(
    said: str, shown: list[str], found: Copied
) -> None:
    assert copied(said, shown) == found
