import json
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.expert_agreement import (
    CheckedAnswer,
    ExpertFindings,
    JudgedProblem,
    expert_findings,
)
from evaluation.domain.judge_samples import JudgedAnswer, draw
from evaluation.domain.statistics import prediction_powered_mean


def _checked(*said: tuple[bool, tuple[bool, ...]], weight: float = 1.0) -> list[CheckedAnswer]:
    return [
        CheckedAnswer(problem=f"p{at}", weight=weight, is_judged_right=judge, experts=experts)
        for at, (judge, experts) in enumerate(said)
    ]


def _population(checked: list[CheckedAnswer]) -> list[JudgedProblem]:
    return [
        JudgedProblem(
            problem=one.problem, right=int(one.is_judged_right), wrong=int(not one.is_judged_right)
        )
        for one in checked
    ]


# J. Cohen's kind of table: 20 both right, 5 and 10 contradictions, 15 both wrong.
TABLE = _checked(
    *[(True, (True,))] * 20,
    *[(True, (False,))] * 5,
    *[(False, (True,))] * 10,
    *[(False, (False,))] * 15,
)


def test_kappa_and_percent_are_those_of_the_table() -> None:
    found = expert_findings(TABLE, _population(TABLE), seed=0)
    assert found.agreement.value == pytest.approx(0.7)
    assert found.kappa.value == pytest.approx(0.4)
    assert (found.checked, found.verdicts, found.problems, found.twice) == (50, 50, 50, 0)
    assert found.kappa.low < 0.4 < found.kappa.high
    assert found.experts.value is None


def test_weights_undo_how_the_sample_was_drawn() -> None:
    """The judge's rarer verdict is checked more often than its share: the weights say so."""
    once = [one for one in TABLE if one.is_judged_right]
    rarer = [one for one in TABLE if not one.is_judged_right]
    weighed = [
        CheckedAnswer(
            problem=f"{one.problem}-{copy}",
            weight=1 / 3,
            is_judged_right=False,
            experts=one.experts,
        )
        for one in rarer
        for copy in range(3)
    ]
    plain = expert_findings(TABLE, _population(TABLE), seed=0)
    found = expert_findings([*once, *weighed], _population(TABLE), seed=0)
    assert found.kappa.value == pytest.approx(plain.kappa.value)
    assert found.agreement.value == pytest.approx(plain.agreement.value)
    assert found.corrected.value == pytest.approx(plain.corrected.value)


def test_the_corrected_share_counts_both_kinds_of_errors_in_all_that_was_judged() -> None:
    judged = [
        *(JudgedProblem(problem=f"p{at}", right=1, wrong=0) for at in range(25)),
        *(JudgedProblem(problem=f"p{at}", right=0, wrong=1) for at in range(25, 50)),
        *(JudgedProblem(problem=f"q{at}", right=0, wrong=1) for at in range(40)),
        *(JudgedProblem(problem=f"r{at}", right=0, wrong=0, unread=1) for at in range(10)),
    ]
    found = expert_findings(TABLE, judged, seed=0)
    assert found.n == 100
    assert found.corrected.value == pytest.approx((25 * 20 / 25 + 65 * 10 / 25) / 100)
    assert found.corrected.low < 0.46 < found.corrected.high


def test_where_all_kinds_are_drawn_by_their_share_it_is_the_prediction_powered_mean() -> None:
    population = [
        JudgedProblem(problem=f"p{at}", right=at % 5 < 2, wrong=at % 5 >= 2) for at in range(200)
    ]
    sample = [
        CheckedAnswer(
            problem=f"p{at}",
            weight=5.0,
            is_judged_right=at % 5 < 2,
            experts=((at % 5 < 2) ^ (at % 7 == 0),),
        )
        for at in range(40)
    ]
    found = expert_findings(sample, population, seed=0)
    expected = prediction_powered_mean(
        [float(one.right) for one in population],
        np.arange(200),
        [float(one.is_judged_right) for one in sample],
        [float(one.experts[0]) for one in sample],
        np.arange(40),
    )
    assert found.corrected.value == pytest.approx(expected.value)
    assert found.corrected.high - found.corrected.low == pytest.approx(
        expected.high - expected.low, rel=0.1
    )


def test_two_experts_agree_with_each_other_by_fleiss() -> None:
    said = _checked(
        *[(True, (True, True))] * 6, *[(False, (False, False))] * 6, *[(True, (True, False))] * 4
    )
    found = expert_findings(said, _population(said), seed=0)
    assert found.twice == 16
    # 12 of 16 pairs agree; 16 of 32 verdicts are right, so chance is 1/2.
    assert found.experts.value == pytest.approx(0.5)
    assert found.agreement.value == pytest.approx(14 / 16)


@pytest.mark.parametrize(
    "said", [[], [(True, ())] * 4, [(True, (True,))] * 4, [(False, (False, False))]]
)
def test_what_nothing_tells_of_is_undefined_and_not_zero(
    said: list[tuple[bool, tuple[bool, ...]]],
) -> None:
    checked = _checked(*said)
    found = expert_findings(checked, _population(TABLE), seed=0)
    assert found.kappa.value is None
    assert found.experts.value is None
    assert found.corrected.value is None
    assert (found.agreement.value is None) == (found.checked == 0)


def test_full_agreement_is_not_taken_for_certainty() -> None:
    said = _checked(*[(True, (True,))] * 10, *[(False, (False,))] * 10)
    found = expert_findings(said, _population(said), seed=0)
    assert found.kappa.value == pytest.approx(1)
    assert found.kappa.low < 0.9
    assert found.agreement.low < 0.9
    assert found.corrected.high - found.corrected.low > 0.3


def test_findings_are_read_back_as_they_were_kept() -> None:
    found = expert_findings(TABLE, _population(TABLE), seed=0)
    assert ExpertFindings.from_json(json.loads(json.dumps(found.to_json()))) == found


@given(st.randoms(use_true_random=False))
def test_findings_do_not_depend_on_the_order_of_rows(dice: Random) -> None:
    rows, judged = list(TABLE), _population(TABLE)
    dice.shuffle(rows)
    found = expert_findings(rows, judged, seed=4)
    plain = expert_findings(TABLE, judged, seed=4)
    assert found.kappa.value == pytest.approx(plain.kappa.value)
    assert found.corrected.low == pytest.approx(plain.corrected.low)


def test_the_corrected_interval_covers_what_experts_would_find() -> None:
    dice = np.random.default_rng(1)
    covered = 0
    for seed in range(200):
        truth = dice.random(600) < 0.5
        judge = np.where(dice.random(600) < 0.15, ~truth, truth)
        judged = [
            JudgedAnswer(key=at, problem=f"p{at // 3}", is_right=bool(judge[at]))
            for at in range(600)
        ]
        sample = [
            CheckedAnswer(
                problem=f"p{one.key // 3}",
                weight=one.weight,
                is_judged_right=one.is_right,
                experts=(bool(truth[one.key]),),
            )
            for one in draw(judged, 60, seed=seed)
        ]
        problems = [
            JudgedProblem(
                problem=f"p{at}",
                right=int(judge[3 * at : 3 * at + 3].sum()),
                wrong=int((~judge[3 * at : 3 * at + 3]).sum()),
            )
            for at in range(200)
        ]
        found = expert_findings(sample, problems, seed=0).corrected
        covered += found.low <= 0.5 <= found.high
    assert covered >= 182  # 190 expected of 200; a run of the seeds gives the same each time
