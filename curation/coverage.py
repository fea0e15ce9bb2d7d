"""How much of what there is, how people get on, how far reviewers agree: counted by the database.

A small collection is counted while one looks. A large one is counted by a task and kept in a row,
which says when that was.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from curation.domain.coverage import (
    AuthorProgress,
    Baseline,
    Cell,
    Coverage,
    ReviewerProgress,
    Time,
)
from curation.domain.judging import VERDICT, Judged, Judging
from curation.domain.proportions import Proportion, clustered_estimate
from curation.models import (
    BlindAnswer,
    Claim,
    CoverageCount,
    Move,
    Problem,
    Review,
    Revision,
    Stage,
    StatusChange,
    User,
)
from curation.models.annotations import ANNOTATION_CHOICES
from curation.models.status import EDITABLE

MOST_COUNTED_AT_ONCE = 200
"""Problems; a collection that has more is counted by a task."""

ANNOTATION_NAMES = ("specialty", *ANNOTATION_CHOICES)
COVERAGE_SEED = 20  # any: the same reviews give the same intervals
_ROWS = 5000


def current_coverage(now: datetime) -> Coverage | None:
    """The count to show: a new one of a small collection, else the last; None before the first."""
    if is_small():
        return count_coverage(now)
    kept = CoverageCount.objects.first()
    return kept.coverage() if kept else None


def is_small() -> bool:
    """Whether the collection can be counted while somebody waits."""
    return Problem.objects.count() <= MOST_COUNTED_AT_ONCE


def keep_coverage(now: datetime) -> None:
    """Count a large collection and keep what was found."""
    if not is_small():
        kept = {"counted_at": now, "counted_json": count_coverage(now).to_json()}
        CoverageCount.objects.update_or_create(pk=CoverageCount.ONLY, defaults=kept)


def human_baseline(revisions: QuerySet[Revision]) -> dict[str, Baseline]:
    """What people answered blind of these, by stage; one query."""
    return _baseline(BlindAnswer.objects.filter(revision__in=revisions))


def judging_of(revisions: QuerySet[Revision]) -> Judging:
    """What reviewers said of these, and how long it took them; one query."""
    return _judging(Review.objects.filter(revision__in=revisions))


def count_coverage(now: datetime) -> Coverage:
    """Count everything; the same number of queries at any size."""
    people = list(User.objects.order_by("name", "email"))
    judging = _judging(Review.objects.all())
    times = _writing_times()
    return Coverage(
        counted_at=now,
        cells=tuple(_cells()),
        authors=tuple(_authors(people, times)),
        reviewers=tuple(_reviewers(people, judging, now)),
        author_time=Time.of(one for several in times.values() for one in several),
        reviewer_time=judging.time(),
        agreement=judging.agreed(seed=COVERAGE_SEED),
        baseline=_baseline(BlindAnswer.objects.all()),
    )


def _cells() -> Iterator[Cell]:
    names = ("specialty_id", "image_type", "difficulty", "status")
    rows = Problem.objects.order_by(*names).values_list(*names).annotate(count=Count("pk"))
    for specialty, image_type, difficulty, status, count in rows:
        yield Cell(
            specialty=specialty or "",
            image_type=image_type,
            difficulty=difficulty,
            status=status,
            count=count,
        )


def _authors(people: list[User], times: Mapping[int, list[float]]) -> Iterator[AuthorProgress]:
    by_status: dict[int, Counter[str]] = defaultdict(Counter)
    rows = Problem.objects.order_by().values_list("author_id", "status")
    for person_id, status, count in rows.annotate(count=Count("pk")):
        by_status[person_id][status] = count
    last_at = _last_written_at()
    for person in people:
        if person.is_author or person.pk in by_status:
            yield AuthorProgress(
                person_id=person.pk,
                name=str(person),
                is_active=person.is_active,
                by_status=dict(by_status[person.pk]),
                time=Time.of(times.get(person.pk, ())),
                last_active_at=last_at.get(person.pk),
            )


def _last_written_at() -> dict[int, datetime]:
    """When each person last started, changed or moved a problem.

    Others' moves count as changes of the problem too: only what changed after its last move was
    changed by its author.
    """
    moved_since = StatusChange.objects.filter(
        problem=OuterRef("pk"), changed_at__gte=OuterRef("updated_at")
    )
    written = Problem.objects.in_status(*EDITABLE).exclude(Exists(moved_since)).order_by()
    return _latest(
        Problem.objects.order_by().values_list("author_id").annotate(at=Max("created_at")),
        written.values_list("author_id").annotate(at=Max("updated_at")),
        StatusChange.objects.order_by().values_list("changed_by_id").annotate(at=Max("changed_at")),
    )


def _writing_times() -> dict[int, list[float]]:
    """Of each author, the seconds from starting a problem to submitting it first."""
    first = (
        StatusChange.objects.filter(move=Move.SUBMIT)
        .order_by()
        .values("problem_id")
        .annotate(at=Min("changed_at"))
        .values_list("problem__author_id", "problem__created_at", "at")
    )
    times: dict[int, list[float]] = defaultdict(list)
    for person_id, started_at, submitted_at in first.iterator(_ROWS):
        times[person_id].append((submitted_at - started_at).total_seconds())
    return times


def _judging(reviews: QuerySet[Review]) -> Judging:
    judging = Judging((VERDICT, *ANNOTATION_NAMES))
    judging.add(_judged(reviews))
    return judging


def _judged(reviews: QuerySet[Review]) -> Iterator[Judged]:
    """Reviews as they are compared; annotations that were not asked for are missing."""
    rows = reviews.order_by("revision__problem_id", "revision_id", "reviewer_id").values_list(
        "revision__problem_id",
        "revision_id",
        "reviewer_id",
        "verdict",
        "annotations",
        "seconds",
        "submitted_at",
    )
    for problem, revision, reviewer, verdict, annotations, seconds, at in rows.iterator(_ROWS):
        chosen = {name: annotations.get(name, "") for name in ANNOTATION_NAMES}
        yield Judged(problem, revision, reviewer, {VERDICT: verdict, **chosen}, seconds, at)


def _reviewers(people: list[User], judging: Judging, now: datetime) -> Iterator[ReviewerProgress]:
    held = Claim.objects.held_at(now).order_by().values_list("reviewer_id")
    claims = dict(held.annotate(count=Count("pk")))
    answered = BlindAnswer.objects.order_by().values_list("reviewer_id")
    last_at = _latest(judging.last_at.items(), answered.annotate(at=Max("answered_at")))
    for person in people:
        if person.is_reviewer or person.pk in judging.verdicts:
            same, kappa = judging.of_reviewer(person.pk, seed=COVERAGE_SEED)
            yield ReviewerProgress(
                person_id=person.pk,
                name=str(person),
                is_active=person.is_active,
                claims=claims.get(person.pk, 0),
                verdicts=dict(judging.verdicts.get(person.pk, {})),
                time=Time.of(judging.seconds.get(person.pk, ())),
                last_active_at=last_at.get(person.pk),
                same=same,
                kappa=kappa,
            )


def _latest(*sources: Iterable[tuple[int, datetime]]) -> dict[int, datetime]:
    latest: dict[int, datetime] = {}
    for person_id, at in (row for source in sources for row in source):
        latest[person_id] = max(at, latest.get(person_id, at))
    return latest


def _baseline(answers: QuerySet[BlindAnswer]) -> dict[str, Baseline]:
    """By stage; the answers to one problem are not independent."""
    clusters: dict[str, Counter[Proportion]] = defaultdict(Counter)
    skipped: Counter[str] = Counter()
    rows = (
        answers.order_by()
        .values("stage", "revision__problem_id")
        .annotate(
            right=Count("pk", filter=Q(is_right=True)),
            given=Count("pk", filter=Q(is_right__isnull=False)),
            skipped=Count("pk", filter=Q(is_right__isnull=True)),
        )
        .values_list("stage", "right", "given", "skipped")
    )
    for stage, right, given, left_out in rows.iterator(_ROWS):
        clusters[stage][Proportion(right, given)] += 1
        skipped[stage] += left_out
    return {
        stage: Baseline(right=clustered_estimate(clusters[stage]), skipped=skipped[stage])
        for stage in Stage.values
    }
