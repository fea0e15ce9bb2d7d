from datetime import UTC, datetime, timedelta

import pytest

from curation.domain.judging import VERDICT, Judged, Judging

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def judged(  # one review, by default of the first revision of the first problem
    reviewer: int,
    verdict: str = "approve",
    *,
    problem: int = 1,
    revision: int = 1,
    difficulty: str = "",
    seconds: int | None = None,
    at: datetime = NOON,
) -> Judged:
    ratings = {VERDICT: verdict, "difficulty": difficulty}
    return Judged(problem, revision, reviewer, ratings, seconds, at)


def judging(*reviews: Judged) -> Judging:
    found = Judging((VERDICT, "difficulty"))
    found.add(reviews)
    return found


def test_verdicts_on_one_revision_are_compared_and_on_another_are_not() -> None:
    found = judging(
        judged(1, "reject", revision=1),
        judged(1, revision=2),
        judged(2, revision=2),
        judged(3, problem=2, revision=3),
    ).agreed(seed=1)[VERDICT]
    assert (found.percent.value, found.percent.items, found.percent.ratings) == (1, 1, 2)
    assert found.kappa.value is None


def test_an_annotation_that_was_not_chosen_is_missing_not_another_opinion() -> None:
    found = judging(
        judged(1, difficulty="easy"),
        judged(2, difficulty="easy"),
        judged(3),
        judged(4, problem=2, revision=2, difficulty="hard"),
        judged(5, problem=2, revision=2),
    ).agreed(seed=1)
    assert found["difficulty"].percent.value == 1
    assert found["difficulty"].percent.ratings == 2
    assert found[VERDICT].percent.ratings == 5


def test_a_reviewer_is_compared_with_all_others_of_a_revision() -> None:
    found = judging(
        judged(1),
        judged(2),
        judged(3, "reject"),
        judged(1, "reject", problem=2, revision=2),
        judged(4, "reject", problem=2, revision=2),
    )
    same, kappa = found.of_reviewer(1, seed=1)
    assert (same.k, same.n) == (2, 3)
    assert (kappa.items, kappa.problems) == (3, 2)
    assert kappa.value == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))


def test_a_reviewer_whom_nobody_else_doubled_agrees_with_nobody() -> None:
    same, kappa = judging(judged(1)).of_reviewer(1, seed=1)
    assert (same.value, same.n, kappa.value) == (None, 0, None)
    same, kappa = judging().of_reviewer(9, seed=1)
    assert (same.value, kappa.value) == (None, None)


def test_times_are_those_that_were_taken() -> None:
    found = judging(
        judged(1, seconds=60),
        judged(2),
        judged(1, problem=2, revision=2, seconds=180),
        judged(2, problem=2, revision=2, seconds=600),
    )
    assert found.seconds[1] == [60, 180]
    assert (found.time().median, found.time().n) == (180, 3)
    assert judging(judged(1)).time().median is None


def test_verdicts_and_the_last_of_them_are_kept_by_reviewer() -> None:
    later = NOON + timedelta(days=1)
    found = judging(
        judged(1, at=later), judged(1, "reject", problem=2, revision=2), judged(2, at=NOON)
    )
    assert found.verdicts[1] == {"approve": 1, "reject": 1}
    assert found.last_at == {1: later, 2: NOON}
