"""Reviewers at the same moment, over and over: no place is given twice, none is lost."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from curation import workflow
from curation.claiming import assign, release_claim, take_place
from curation.models import Claim, Problem, Revision, Status, User, Verdict
from tests.curation.invariants import broken_invariants
from tests.curation.racing import TIMES, Act, at_once
from tests.curation.statuses import Crew, bring_to, current, judge, judge_revision, make_crew

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def crew() -> Iterator[Crew]:
    """The people; whatever happened, no promise is broken and no place is given twice."""
    yield make_crew()
    assert broken_invariants() == {}
    assert not Claim.objects.exclude(revision__problem__status=Status.SUBMITTED).exists()


def _submitted(crew: Crew) -> Revision:
    return current(bring_to(Status.SUBMITTED, crew))


def _take(revision: Revision, by: User) -> Act:
    return lambda: take_place(Revision.objects.get(pk=revision.pk), by)


def _approve(revision: Revision, by: User) -> Act:
    own = Revision.objects.get(pk=revision.pk)
    return lambda: judge_revision(own, by, Verdict.APPROVE)


def _expire(revision: Revision) -> None:
    over = timezone.now() - timedelta(hours=1)
    Claim.objects.on(revision).update(claimed_at=over - timedelta(hours=1), expires_at=over)


def test_three_who_want_two_places_at_once_get_two(crew: Crew) -> None:
    for _ in range(TIMES):
        revision = _submitted(crew)
        done = at_once(*(_take(revision, person) for person in crew.reviewers))
        assert done.count(True) == revision.claims.count() == 2
        assert sorted(revision.claims.values_list("slot", flat=True)) == [0, 1]


def test_two_who_want_the_last_place_at_once_get_one(crew: Crew) -> None:
    for _ in range(TIMES):
        revision = _submitted(crew)
        take_place(revision, crew.reviewers[0])
        done = at_once(*(_take(revision, person) for person in crew.reviewers[1:]))
        assert sorted(done) == [False, True]


def test_one_who_takes_a_place_twice_at_once_has_one(crew: Crew) -> None:
    for _ in range(TIMES):
        revision = _submitted(crew)
        assert at_once(*[_take(revision, crew.reviewers[0])] * 2) == [True, True]
        assert revision.claims.count() == 1


def test_two_who_take_over_what_expired_at_once_share_it_only_if_there_are_two(crew: Crew) -> None:
    for _ in range(TIMES):
        revision = _submitted(crew)
        take_place(revision, crew.reviewers[0])
        _expire(revision)
        judge(revision.problem, crew.editor, Verdict.APPROVE)
        done = at_once(*(_take(revision, person) for person in crew.reviewers[1:]))
        assert sorted(done) == [False, True]
        assert Claim.objects.on(revision).held_at(timezone.now()).count() == 1


def test_who_returns_to_an_expired_place_and_who_takes_it_over_do_not_both_have_it(
    crew: Crew,
) -> None:
    for _ in range(TIMES):
        revision = _submitted(crew)
        judge(revision.problem, crew.reviewers[2], Verdict.APPROVE)
        take_place(revision, crew.reviewers[0])
        _expire(revision)
        done = at_once(*(_take(revision, person) for person in crew.reviewers[:2]))
        assert sorted(done) == [False, True]


def test_what_is_withdrawn_while_a_place_is_taken_keeps_none(crew: Crew) -> None:
    for _ in range(TIMES):
        revision = _submitted(crew)
        own = Problem.objects.get(pk=revision.problem_id)
        is_withdrawn, _ = at_once(
            partial(workflow.withdraw, own, by=crew.author), _take(revision, crew.reviewers[0])
        )
        assert is_withdrawn
        assert not revision.claims.exists()


def test_a_verdict_and_a_claim_at_once_never_make_one_too_many(crew: Crew) -> None:
    for _ in range(TIMES):
        revision = _submitted(crew)
        take_place(revision, crew.reviewers[0])
        take_place(revision, crew.reviewers[1])
        is_judged, is_taken = at_once(
            _approve(revision, crew.reviewers[0]), _take(revision, crew.reviewers[2])
        )
        assert (is_judged, is_taken) == (True, False)
        assert list(revision.claims.values_list("reviewer", flat=True)) == [crew.reviewers[1].pk]


def test_a_verdict_without_a_place_and_a_claim_at_once_share_what_is_left(crew: Crew) -> None:
    for _ in range(TIMES):
        revision = _submitted(crew)
        take_place(revision, crew.reviewers[0])
        is_judged, is_taken = at_once(
            _approve(revision, crew.reviewers[1]), _take(revision, crew.reviewers[2])
        )
        assert is_judged != is_taken
        assert revision.claims.count() + revision.reviews.count() == 2


def test_the_last_verdict_and_a_claim_at_once_leave_no_place_behind(crew: Crew) -> None:
    for _ in range(TIMES):
        revision = _submitted(crew)
        judge(revision.problem, crew.reviewers[0], Verdict.APPROVE)
        take_place(revision, crew.reviewers[1])
        _expire(revision)
        is_judged, is_taken = at_once(
            _approve(revision, crew.reviewers[1]), _take(revision, crew.reviewers[2])
        )
        assert is_judged != is_taken
        assert revision.claims.filter(reviewer=crew.reviewers[2]).exists() == is_taken


def test_a_release_and_a_claim_at_once_fill_the_place_or_leave_it(crew: Crew) -> None:
    for _ in range(TIMES):
        revision = _submitted(crew)
        for person in crew.reviewers[:2]:
            take_place(revision, person)
        is_released, is_taken = at_once(
            partial(release_claim, revision, crew.reviewers[0]), _take(revision, crew.reviewers[2])
        )
        assert is_released
        assert revision.claims.count() == 1 + is_taken


def test_whoever_is_asked_twice_at_once_is_asked_once(crew: Crew) -> None:
    for _ in range(TIMES):
        revision = _submitted(crew)
        ask = partial(assign, revision.problem, crew.reviewers[0], by=crew.editor)
        assert at_once(ask, ask) == [True, True]
        assert revision.problem.assignments.count() == 1
