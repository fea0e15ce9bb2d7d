"""Places for reviewers: taken, kept, given back, over; and whom an editor asks."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from curation import claiming, workflow
from curation.claiming import assign, decline, end_claim, release_claim, take_place
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import (
    AnswerSeen,
    BlindAnswer,
    Claim,
    Problem,
    Revision,
    Stage,
    Status,
    User,
    Verdict,
)
from tests.curation import statuses
from tests.curation.statuses import Crew, bring_to, current, judge, judge_revision, make_crew
from tests.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture
def problem(crew: Crew) -> Problem:
    return bring_to(Status.SUBMITTED, crew)


@pytest.fixture
def revision(problem: Problem) -> Revision:
    return current(problem)


def _expire(claim: Claim) -> None:
    now = timezone.now()
    Claim.objects.filter(pk=claim.pk).update(
        claimed_at=now - timedelta(hours=49), expires_at=now - timedelta(hours=1)
    )


def _returned(crew: Crew, problem: Problem) -> Revision:
    """It came back after the first reviewer approved and the second asked for changes."""
    judge(problem, crew.reviewers[0], Verdict.APPROVE)
    judge(problem, crew.reviewers[1], Verdict.REQUEST_CHANGES, "Say which side.")
    again = Problem.objects.get(pk=problem.pk)
    panel = again.panels.in_order()[0]
    panel.question = f"{panel.question} Look twice."
    panel.save()
    return statuses.submit(again, crew)


def test_there_are_as_many_places_as_approvals_are_wanted(crew: Crew, revision: Revision) -> None:
    slots = [take_place(revision, person).slot for person in crew.reviewers[:2]]
    assert slots == [0, 1]
    with pytest.raises(WrongMomentError, match="Both places are taken by others until"):
        take_place(revision, crew.reviewers[2])


def test_a_place_is_kept_for_the_hours_of_the_setting(
    crew: Crew, revision: Revision, settings: Settings
) -> None:
    settings.CLAIM_HOURS = 3
    claim = take_place(revision, crew.reviewers[0])
    assert claim.expires_at - claim.claimed_at == timedelta(hours=3)


def test_taking_it_again_keeps_it_longer_and_its_beginning(crew: Crew, revision: Revision) -> None:
    first = take_place(revision, crew.reviewers[0])
    again = take_place(revision, crew.reviewers[0])
    assert (again.pk, again.claimed_at) == (first.pk, first.claimed_at)
    assert again.expires_at > first.expires_at


def test_a_place_that_expired_is_taken_over_by_the_next(crew: Crew, revision: Revision) -> None:
    one, other, third = crew.reviewers
    old = take_place(revision, one)
    take_place(revision, other)
    _expire(old)
    taken = take_place(revision, third)
    assert (taken.pk, taken.slot, taken.reviewer) == (old.pk, old.slot, third)
    assert taken.claimed_at > timezone.now() - timedelta(minutes=1)
    with pytest.raises(WrongMomentError, match="Both places"):
        take_place(revision, one)


def test_whoever_comes_back_to_an_expired_place_begins_anew(crew: Crew, revision: Revision) -> None:
    old = take_place(revision, crew.reviewers[0])
    _expire(old)
    again = take_place(revision, crew.reviewers[0])
    assert again.pk == old.pk
    assert again.claimed_at > timezone.now() - timedelta(minutes=1)


def test_the_database_itself_gives_a_place_to_one_and_one_place_to_a_person(
    crew: Crew, revision: Revision
) -> None:
    claim = take_place(revision, crew.reviewers[0])
    for slot, reviewer in ((0, crew.reviewers[1]), (1, crew.reviewers[0])):
        with pytest.raises(IntegrityError), transaction.atomic():
            Claim.objects.create(
                revision=revision,
                slot=slot,
                reviewer=reviewer,
                claimed_at=claim.claimed_at,
                expires_at=claim.expires_at,
            )


def test_a_released_place_is_free_for_others(crew: Crew, revision: Revision) -> None:
    for person in crew.reviewers[:2]:
        take_place(revision, person)
    release_claim(revision, crew.reviewers[0])
    assert take_place(revision, crew.reviewers[2]).slot == 0
    with pytest.raises(WrongMomentError, match="nothing to give back"):
        release_claim(revision, crew.reviewers[0])


def test_a_verdict_ends_the_claim_and_its_place_goes_to_nobody_else(
    crew: Crew, problem: Problem, revision: Revision
) -> None:
    for person in crew.reviewers[:2]:
        take_place(revision, person)
    judge(problem, crew.reviewers[0], Verdict.APPROVE)
    assert list(revision.claims.values_list("reviewer", flat=True)) == [crew.reviewers[1].pk]
    with pytest.raises(WrongMomentError, match="The place is taken"):
        take_place(revision, crew.reviewers[2])


def test_a_verdict_without_a_claim_takes_a_place_if_one_is_free(
    crew: Crew, problem: Problem, revision: Revision
) -> None:
    for person in crew.reviewers[:2]:
        take_place(revision, person)
    with pytest.raises(WrongMomentError, match="Both places are taken by others until"):
        judge(problem, crew.reviewers[2], Verdict.APPROVE)
    assert not revision.reviews.exists()
    release_claim(revision, crew.reviewers[1])
    judge(problem, crew.reviewers[2], Verdict.APPROVE)
    assert revision.reviews.get().reviewer == crew.reviewers[2]


def test_a_verdict_that_is_refused_takes_no_place(crew: Crew, revision: Revision) -> None:
    with pytest.raises(InvalidContentError):
        judge_revision(revision, crew.reviewers[0], Verdict.REJECT, " ")
    assert not Claim.objects.exists()


def test_ending_a_claim_answers_what_it_was(crew: Crew, revision: Revision) -> None:
    claim = take_place(revision, crew.reviewers[0])
    ended = end_claim(revision, crew.reviewers[0])
    assert ended is not None
    assert (ended.claimed_at, ended.slot) == (claim.claimed_at, claim.slot)
    assert end_claim(revision, crew.reviewers[0]) is None


def test_authors_and_those_who_judged_it_have_no_place(
    crew: Crew, problem: Problem, revision: Revision
) -> None:
    judge(problem, crew.reviewers[0], Verdict.APPROVE)
    for person in (crew.author, crew.reviewers[0]):
        with pytest.raises(WrongMomentError, match="one review a person, never its author's"):
            take_place(revision, person)


def test_whoever_saw_the_answer_elsewhere_is_not_asked(
    crew: Crew, problem: Problem, revision: Revision
) -> None:
    reviewer = crew.reviewers[0]
    AnswerSeen.objects.create(problem=problem, person=reviewer)
    assert not Problem.objects.awaiting_review_by(reviewer).exists()
    with pytest.raises(WrongMomentError, match="cannot answer it blind"):
        take_place(revision, reviewer)
    assert Problem.objects.awaiting_review_by(crew.reviewers[1]).exists()


def test_whoever_saw_it_after_answering_blind_goes_on(
    crew: Crew, problem: Problem, revision: Revision
) -> None:
    reviewer = crew.reviewers[0]
    BlindAnswer.objects.create(
        revision=revision,
        reviewer=reviewer,
        stage=Stage.ZERO_SHOT,
        answer="Edema",
        seconds=9,
        is_right=False,
    )
    AnswerSeen.objects.create(problem=problem, person=reviewer)
    assert Problem.objects.awaiting_review_by(reviewer).exists()
    assert take_place(revision, reviewer)


def test_whoever_judged_it_before_is_asked_first_though_they_saw_the_answer(
    crew: Crew, problem: Problem
) -> None:
    revision = _returned(crew, problem)
    with pytest.raises(WrongMomentError, match="for those who reviewed it before"):
        take_place(revision, crew.reviewers[2], is_in_turn=True)
    assert take_place(revision, crew.reviewers[0], is_in_turn=True)
    decline(revision, crew.reviewers[1])
    assert take_place(revision, crew.reviewers[2], is_in_turn=True)


def test_what_is_kept_is_kept_for_a_time_and_for_reviewers_only(
    crew: Crew, problem: Problem
) -> None:
    revision = _returned(crew, problem)
    User.objects.filter(pk=crew.reviewers[0].pk).update(is_reviewer=False)
    assert take_place(revision, crew.reviewers[2], is_in_turn=True)
    release_claim(revision, crew.reviewers[2])
    User.objects.filter(pk=crew.reviewers[0].pk).update(is_reviewer=True)
    late = timezone.now() + timedelta(hours=claiming.hours_kept() + 1)
    again = Problem.objects.select_related("current_revision").get(pk=problem.pk)
    assert claiming.places_of([again], late)[revision.pk].is_free_for(crew.reviewers[2].pk)
    assert not claiming.places_of([again], timezone.now())[revision.pk].is_free_for(
        crew.reviewers[2].pk
    )


def test_what_was_declined_awaits_no_more_until_its_next_revision(
    crew: Crew, problem: Problem, revision: Revision
) -> None:
    reviewer = crew.reviewers[2]
    take_place(revision, reviewer)
    decline(revision, reviewer)
    assert not revision.claims.exists()
    assert not Problem.objects.awaiting_review_by(reviewer).exists()
    _returned(crew, problem)
    assert Problem.objects.awaiting_review_by(reviewer).exists()


def test_taking_what_was_declined_takes_the_decline_back(crew: Crew, revision: Revision) -> None:
    decline(revision, crew.reviewers[0])
    decline(revision, crew.reviewers[0])
    take_place(revision, crew.reviewers[0])
    assert not crew.reviewers[0].declines.exists()


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.DRAFT, Status.SUBMITTED}))
def test_only_what_is_submitted_has_places(status: Status, crew: Crew) -> None:
    revision = current(bring_to(status, crew))
    with pytest.raises(WrongMomentError, match="takes no reviews"):
        take_place(revision, crew.reviewers[2])
    assert not Claim.objects.exists()


def test_an_older_revision_has_no_places(crew: Crew, problem: Problem, revision: Revision) -> None:
    _returned(crew, problem)
    with pytest.raises(WrongMomentError, match="newer revision"):
        take_place(revision, crew.reviewers[2])


def test_what_leaves_the_reviewers_keeps_no_places(
    crew: Crew, problem: Problem, revision: Revision
) -> None:
    take_place(revision, crew.reviewers[0])
    workflow.withdraw(problem, by=crew.author)
    assert not Claim.objects.exists()


def test_whom_an_editor_asks_has_a_place_of_their_own_and_hears_of_it(
    crew: Crew, problem: Problem, revision: Revision
) -> None:
    asked = crew.reviewers[2]
    for person in crew.reviewers[:2]:
        take_place(revision, person)
    assign(problem, asked, by=crew.editor)
    assert list(asked.notices.values_list("kind", flat=True)) == ["to_review"]
    assert take_place(revision, asked).slot == 2
    other = make_person(is_reviewer=True)
    with pytest.raises(WrongMomentError, match="Both places"):
        take_place(revision, other)


def test_asking_again_changes_the_day_and_tells_nobody_twice(crew: Crew, problem: Problem) -> None:
    by_when = timezone.now() + timedelta(days=3)
    assign(problem, crew.reviewers[0], by=crew.editor)
    assignment = assign(problem, crew.reviewers[0], by=crew.editor, due_at=by_when)
    assert assignment.due_at == by_when
    assert problem.assignments.count() == crew.reviewers[0].notices.count() == 1


def test_asking_somebody_takes_their_decline_back(
    crew: Crew, problem: Problem, revision: Revision
) -> None:
    decline(revision, crew.reviewers[0])
    assign(problem, crew.reviewers[0], by=crew.editor)
    assert list(Problem.objects.awaiting_review_by(crew.reviewers[0])) == [problem]


def test_only_those_who_may_judge_it_are_asked(crew: Crew, problem: Problem) -> None:
    judged, knows, may = crew.reviewers
    closed = make_person(is_reviewer=True, is_active=False)
    judge(problem, judged, Verdict.APPROVE)
    AnswerSeen.objects.create(problem=problem, person=knows)
    User.objects.filter(pk=crew.author.pk).update(is_reviewer=True)
    assert list(User.objects.who_may_judge(problem)) == [may]
    for person in (judged, knows, closed, crew.author, crew.editor):
        with pytest.raises(InvalidContentError, match="cannot review this problem"):
            assign(problem, person, by=crew.editor)


def test_whoever_judged_an_earlier_revision_may_be_asked_again(
    crew: Crew, problem: Problem
) -> None:
    _returned(crew, problem)
    again = Problem.objects.get(pk=problem.pk)
    assert set(User.objects.who_may_judge(again)) == set(crew.reviewers)


def test_a_day_that_is_over_is_refused(crew: Crew, problem: Problem) -> None:
    with pytest.raises(InvalidContentError, match="still to come"):
        assign(problem, crew.reviewers[0], by=crew.editor, due_at=timezone.now())


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED, Status.PUBLISHED])
def test_nobody_is_asked_about_what_is_decided(status: Status, crew: Crew) -> None:
    problem = bring_to(status, crew)
    with pytest.raises(WrongMomentError, match="takes no reviews"):
        assign(problem, crew.reviewers[2], by=crew.editor)
