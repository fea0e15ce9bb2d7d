import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.randomness import drawn


def test_the_drawn_number_is_the_same_in_every_process() -> None:
    program = "from evaluation.domain.randomness import drawn; print(drawn(7, 'a', 'b'))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }

    assert printed == {str(drawn(7, "a", "b"))}


def test_the_drawn_number_never_changes_with_a_version() -> None:
    digest = "9a538dc18d9f381466586af9c5002ca9"

    assert f"{drawn(0, 'choices', 'p1', 'red'):064x}".startswith(digest)


@given(st.text(), st.text())
def test_words_are_not_run_together(one: str, other: str) -> None:
    assert drawn(0, one, other) != drawn(0, one + other)


def test_the_remainders_are_as_frequent_as_each_other() -> None:
    counts = [0] * 4
    for seed in range(4000):
        counts[drawn(seed, "x") % 4] += 1

    # Four standard deviations of a binomial with n = 4000, p = 1/4.
    assert all(abs(count - 1000) < 110 for count in counts)
