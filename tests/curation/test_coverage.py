"""What is counted, where it is kept, and what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.schedule import BEAT_SCHEDULE
from curation import coverage
from curation.coverage import (
    MOST_COUNTED_AT_ONCE,
    count_coverage,
    current_coverage,
    human_baseline,
    judging_of,
    keep_coverage,
)
from curation.domain.coverage import AuthorProgress, Coverage, ReviewerProgress
from curation.domain.judging import VERDICT
from curation.domain.proportions import wilson_interval
from curation.models import (
    Claim,
    CoverageCount,
    Difficulty,
    ImageType,
    Problem,
    Stage,
    Status,
    StatusChange,
    User,
    Verdict,
)
from curation.tasks import count_coverage as count_coverage_task
from tests.curation import statuses
from tests.curation.judgments import answer, judge
from tests.curation.statuses import bring_to, make_crew
from tests.factories import (
    approve,
    make_approved,
    make_person,
    make_problem,
    make_release,
    submit,
)

pytestmark = pytest.mark.django_db


def counted() -> Coverage:
    return count_coverage(timezone.now())


def author_of(found: Coverage, person: User) -> AuthorProgress:
    (row,) = (row for row in found.authors if row.person_id == person.pk)
    return row


def reviewer_of(found: Coverage, person: User) -> ReviewerProgress:
    (row,) = (row for row in found.reviewers if row.person_id == person.pk)
    return row


def describe(problem: Problem, **annotations: str) -> None:
    Problem.objects.filter(pk=problem.pk).update(**annotations)


def many(count: int) -> None:
    author = make_person(is_author=True)
    Problem.objects.bulk_create(Problem(author=author) for _ in range(count))


def test_problems_are_counted_by_annotations_and_status() -> None:
    author = make_person(is_author=True)
    for _ in range(2):
        describe(make_problem(author), image_type=ImageType.CT, difficulty=Difficulty.HARD)
    Problem.objects.create(author=author)
    submit(make_problem(author))
    found = {
        (cell.specialty, cell.image_type, cell.difficulty, cell.status): cell.count
        for cell in counted().cells
    }
    assert found == {
        ("", "", "", "draft"): 1,
        ("radiology", "ct", "hard", "draft"): 2,
        ("radiology", "xray", "easy", "submitted"): 1,
    }


def test_nothing_is_counted_of_nothing() -> None:
    found = counted()
    assert (found.cells, found.authors, found.reviewers) == ((), (), ())
    assert (found.author_time.median, found.reviewer_time.median) == (None, None)
    assert {pair.percent.value for pair in found.agreement.values()} == {None}
    assert {row.right.value for row in found.baseline.values()} == {None}


def test_an_author_stands_with_what_they_have_in_every_status() -> None:
    crew = make_crew()
    for status in (Status.DRAFT, Status.DRAFT, Status.CHANGES_REQUESTED, Status.PUBLISHED):
        bring_to(status, crew)
    row = author_of(counted(), crew.author)
    assert row.by_status == {"draft": 2, "changes_requested": 1, "published": 1}
    assert row.name == str(crew.author)


def test_people_stand_by_role_or_by_what_they_did_in_it() -> None:
    writer, judging = make_person(is_author=True), make_person(is_reviewer=True)
    former = make_person()
    make_problem(former)
    judge_of_old = make_person()
    problem = make_problem(writer)
    submit(problem)
    judge(problem, judge_of_old)
    found = counted()
    assert {row.person_id for row in found.authors} == {writer.pk, former.pk}
    assert {row.person_id for row in found.reviewers} == {judging.pk, judge_of_old.pk}


def test_an_author_s_time_is_from_starting_to_submitting_first() -> None:
    crew = make_crew()
    for minutes in (10, 30, 80):
        problem = bring_to(Status.CHANGES_REQUESTED, crew)
        first = StatusChange.objects.filter(problem=problem).earliest("changed_at")
        started_at = first.changed_at - timedelta(minutes=minutes)
        Problem.objects.filter(pk=problem.pk).update(created_at=started_at)
        statuses.submit(problem, crew)
    bring_to(Status.DRAFT, crew)
    found = counted()
    assert author_of(found, crew.author).time.n == 3
    assert author_of(found, crew.author).time.median == pytest.approx(1800)
    assert found.author_time.median == pytest.approx(1800)


def test_an_author_was_active_when_they_wrote_not_when_others_judged() -> None:
    crew = make_crew()
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    submitted = StatusChange.objects.get(problem=problem, new=Status.SUBMITTED)
    assert author_of(counted(), crew.author).last_active_at == submitted.changed_at
    Problem.objects.get(pk=problem.pk).save()
    wrote_at = Problem.objects.get(pk=problem.pk).updated_at
    assert author_of(counted(), crew.author).last_active_at == wrote_at


def test_a_reviewer_stands_with_claims_verdicts_and_the_middle_of_their_times() -> None:
    author, reviewer = make_person(is_author=True), make_person(is_reviewer=True)
    for verdict, seconds in (
        (Verdict.APPROVE, 60),
        (Verdict.APPROVE, 300),
        (Verdict.REJECT, None),
    ):
        problem = make_problem(author)
        submit(problem)
        last = judge(problem, reviewer, verdict, seconds=seconds)
    now = timezone.now()
    for hours in (-1, 1):
        problem = make_problem(author)
        Claim.objects.create(
            revision=submit(problem),
            slot=0,
            reviewer=reviewer,
            claimed_at=now - timedelta(hours=2),
            expires_at=now + timedelta(hours=hours),
        )
    row = reviewer_of(count_coverage(now), reviewer)
    assert row.verdicts == {"approve": 2, "reject": 1}
    assert (row.time.median, row.time.n) == (180, 2)
    assert row.claims == 1
    assert row.last_active_at == last.submitted_at


def test_a_blind_answer_is_activity_of_a_reviewer_too() -> None:
    problem, reviewer = make_problem(), make_person(is_reviewer=True)
    submit(problem)
    given = answer(problem, reviewer, Stage.ZERO_SHOT, is_right=True)
    assert reviewer_of(counted(), reviewer).last_active_at == given.answered_at


def test_agreement_is_of_those_who_judged_the_same_revision() -> None:
    author = make_person(is_author=True)
    one, other = make_person(is_reviewer=True), make_person(is_reviewer=True)
    for number in range(4):
        problem = make_problem(author)
        submit(problem)
        judge(problem, one, difficulty=Difficulty.HARD)
        judge(
            problem,
            other,
            Verdict.REJECT if number == 0 else Verdict.APPROVE,
            difficulty=Difficulty.HARD if number % 2 else Difficulty.EASY,
        )
    found = counted()
    assert found.agreement[VERDICT].percent.value == 0.75
    assert found.agreement["difficulty"].percent.value == 0.5
    assert found.agreement["specialty"].percent.value == 1
    assert found.agreement["specialty"].percent.ratings == 8
    same = reviewer_of(found, one).same
    assert (same.k, same.n) == (3, 4)


def test_reviews_from_before_annotations_were_asked_for_count_by_their_verdict_alone() -> None:
    make_approved(make_problem())
    found = counted()
    assert found.agreement[VERDICT].percent.items == 1
    assert found.agreement["rarity"].percent.items == 0


def test_the_human_baseline_is_wider_where_a_problem_was_answered_by_several() -> None:
    author = make_person(is_author=True)
    people = [make_person(is_reviewer=True) for _ in range(4)]
    for number in range(4):
        problem = make_problem(author)
        submit(problem)
        for person in people:
            answer(problem, person, Stage.ZERO_SHOT, is_right=number % 2 == 0)
        answer(problem, people[0], Stage.IN_CONTEXT, is_right=number > 0)
        answer(problem, people[1], Stage.IN_CONTEXT, is_right=None)
    zero_shot, in_context = (counted().baseline[stage] for stage in Stage)
    assert (zero_shot.right.k, zero_shot.right.n, zero_shot.skipped) == (8, 16, 0)
    assert zero_shot.right.low < wilson_interval(8, 16)[0] - 0.05
    assert (in_context.right.k, in_context.right.n, in_context.skipped) == (3, 4, 4)
    assert (in_context.right.low, in_context.right.high) == wilson_interval(3, 4)


def test_the_numbers_of_a_release_are_of_what_it_lists() -> None:
    author = make_person(is_author=True)
    one, other, third = (make_person(is_reviewer=True) for _ in range(3))
    listed, unlisted = make_problem(author), make_problem(author)
    for problem in (listed, unlisted):
        submit(problem)
        answer(problem, one, Stage.ZERO_SHOT, is_right=problem is listed)
        judge(problem, one, rarity="rare")
        judge(problem, other, rarity="rare" if problem is listed else "common")
    approve(listed, third)
    release = make_release(listed)
    assert human_baseline(release.revisions.all())[Stage.ZERO_SHOT].right.k == 1
    assert human_baseline(release.revisions.all())[Stage.ZERO_SHOT].right.n == 1
    assert human_baseline(release.revisions.all())[Stage.IN_CONTEXT].right.value is None
    assert judging_of(release.revisions.all()).agreed(seed=0)["rarity"].percent.value == 1
    assert judging_of(release.revisions.all()).agreed(seed=0)[VERDICT].percent.ratings == 3
    assert counted().agreement["rarity"].percent.value == 0.5


def test_a_release_is_read_in_one_query_each() -> None:
    release = make_release(make_approved(make_problem()), make_approved(make_problem()))
    for read in (human_baseline, judging_of):
        with CaptureQueriesContext(connection) as captured:
            read(release.revisions.all())
        assert len(captured) == 1


def test_counting_takes_the_same_queries_at_any_size() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            counted()
        return len(captured)

    crew = make_crew()
    bring_to(Status.PUBLISHED, crew)
    few = queries()
    for status in (Status.DRAFT, Status.CHANGES_REQUESTED, Status.APPROVED):
        other = make_crew()
        problem = bring_to(status, other)
        if problem.current_revision:
            answer(problem, other.reviewers[2], Stage.ZERO_SHOT, is_right=True)
    assert queries() == few


def test_what_was_counted_is_read_back_as_it_was() -> None:
    crew = make_crew()
    bring_to(Status.PUBLISHED, crew)
    problem = bring_to(Status.APPROVED, crew)
    answer(problem, crew.reviewers[2], Stage.ZERO_SHOT, is_right=False)
    make_person(is_author=True, is_reviewer=True)
    found = counted()
    assert Coverage.from_json(found.to_json()) == found


def test_a_small_collection_is_counted_as_one_looks() -> None:
    many(MOST_COUNTED_AT_ONCE)
    keep_coverage(timezone.now())
    assert not CoverageCount.objects.exists()
    found = current_coverage(timezone.now())
    assert found is not None
    assert sum(cell.count for cell in found.cells) == MOST_COUNTED_AT_ONCE


def test_a_large_collection_is_counted_by_the_task_and_the_last_count_is_shown() -> None:
    many(MOST_COUNTED_AT_ONCE + 1)
    assert current_coverage(timezone.now()) is None
    count_coverage_task()
    many(5)
    kept = current_coverage(timezone.now())
    assert kept is not None
    assert sum(cell.count for cell in kept.cells) == MOST_COUNTED_AT_ONCE + 1
    count_coverage_task()
    assert CoverageCount.objects.count() == 1
    again = current_coverage(timezone.now())
    assert again is not None
    assert again.counted_at > kept.counted_at
    assert sum(cell.count for cell in again.cells) == MOST_COUNTED_AT_ONCE + 6


def test_a_kept_count_costs_two_queries() -> None:
    many(MOST_COUNTED_AT_ONCE + 1)
    count_coverage_task()
    with CaptureQueriesContext(connection) as captured:
        coverage.current_coverage(timezone.now())
    assert len(captured) == 2


def test_the_count_is_rung_for() -> None:
    assert "curation.tasks.count_coverage" in BEAT_SCHEDULE
