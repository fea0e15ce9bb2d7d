"""Groups that would tell a held-out answer are withheld whole."""

import pytest

from evaluation.domain.reporting import RunReport
from evaluation.domain.reporting.withholding import LEAST_HELD_OUT, without_telling
from tests.evaluation.domain.reporting.columns import problems, report, rows, scored


def _report(rarity: list[int], held_out: list[int]) -> RunReport:
    n = len(rarity)
    answers = scored({"exact_match": [number % 2 for number in range(n)]})
    of = rows(answers, shown=[2] * n, matching=[2] * n, copied_any=[0] * n, copied_last=[0] * n)
    over = problems(n, held_out=held_out, rarity=rarity, guess=[0.5] * n)
    return without_telling(report(of, over))


@pytest.mark.parametrize(
    ("held_out", "is_withheld"),
    [
        (range(0), False),
        (range(1), True),
        (range(LEAST_HELD_OUT - 1), True),
        (range(LEAST_HELD_OUT), False),
        (range(LEAST_HELD_OUT + 1), False),
        (range(14, 26), True),  # six of each group
    ],
)
def test_a_grouping_is_shown_where_held_out_problems_hide_each_other(
    held_out: range,
    is_withheld: bool,  # noqa: FBT001 - parametrized
) -> None:
    found = _report([0] * 20 + [1] * 20, list(held_out))
    (rarity,) = [each for each in found.scorers[0].groupings if each.name == "rarity"]
    assert rarity.is_withheld is is_withheld
    assert bool(rarity.groups) is not is_withheld


def test_what_is_in_no_group_is_not_left_to_be_subtracted() -> None:
    found = _report([0] * 20 + [-1], [20])
    (rarity,) = [each for each in found.scorers[0].groupings if each.name == "rarity"]
    assert rarity.is_withheld


def test_positions_copies_and_guesses_follow_the_same_rule_and_the_whole_is_shown() -> None:
    (scorer,) = _report([0] * 20, [3]).scorers
    for grouping in (scorer.positions_from_end, scorer.positions_from_start, scorer.when_copied):
        assert grouping is not None
        assert grouping.is_withheld
    assert scorer.expectations == ()
    assert scorer.overall.n == 20


def test_the_hash_of_all_answers_is_not_told() -> None:
    assert _report([0] * 20, []).about.revisions_sha256 == ""
