"""The queue of one reviewer: what awaits them, in which order, and whether they may take it now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, overload
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from curation.claiming import places_of
from curation.models import Assignment, Claim, Comment, Problem, Review, User
from curation.models.problem import ProblemQuerySet

_AT_ONCE = 25
_MOST_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Few:
    """Problems that stand together in the queue, so few that all their keys were read."""

    keys: list[UUID]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.keys)

    def between(self, first: int, last: int) -> list[UUID]:
        """The keys of some."""
        return self.keys[first:last]


@dataclass(frozen=True, slots=True)
class Many:
    """Problems that stand together in the queue, and how many they are: only some are read."""

    problems: ProblemQuerySet
    size: int

    def between(self, first: int, last: int) -> list[UUID]:
        """The keys of some, from the nearer end: what is skipped costs as much as what is read."""
        if first < self.size - last:
            return _keys(self.problems[first:last])
        return _keys(self.problems.reverse()[self.size - last : self.size - first])[::-1]


class Queue(Sequence[Problem]):
    """What awaits one reviewer, as a list of which only a page is read."""

    def __init__(self, *parts: Few | Many) -> None:
        self._parts = parts

    def __len__(self) -> int:
        """How many there are."""
        return sum(part.size for part in self._parts)

    @overload
    def __getitem__(self, wanted: int) -> Problem: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[Problem]: ...
    def __getitem__(self, wanted: int | slice) -> Problem | list[Problem]:
        """Some of them with their panels, across the borders of the parts."""
        if isinstance(wanted, int):
            return self[wanted : wanted + 1][0]
        first, last, _ = wanted.indices(len(self))
        keys: list[UUID] = []
        for part in self._parts:
            if first < part.size and last > 0:
                keys += part.between(max(first, 0), min(last, part.size))
            first, last = first - part.size, last - part.size
        # Only now what they say: what is skipped before a late page would be read for nothing.
        found = Problem.objects.with_panels().in_bulk(keys)
        return [found[key] for key in keys if key in found]


def queue_of(person: User, now: datetime, *, specialty: str = "") -> Queue:
    """What they hold no place at: asked of them, come back to them, open, and taken by others.

    Each part has the oldest first, but what is asked of them what is due first.
    """
    mine = Claim.objects.by(person).held_at(now).values("revision")
    waiting = _awaiting(person, specialty).not_on_revisions(_revisions(mine))
    asked = Few(_keys(waiting.assigned_to(person)))
    back = Few(_keys(waiting.judged_before_by(person).other_than(asked.keys)))
    rest = waiting.other_than([*asked.keys, *back.keys])
    filled = _revisions(Claim.objects.held_at(now).filling())
    full = filled | _revisions(Review.objects.settling())
    taken = Few(_keys(rest.on_revisions(full)))
    total = _of(specialty).count_awaiting(person, mine)
    free = total - asked.size - back.size - taken.size
    return Queue(asked, back, Many(rest.not_on_revisions(full), free), taken)


def asked_of(person: User, *, specialty: str = "") -> Queue:
    """What an editor asked this person to review, what is due first at the top."""
    return Queue(Few(_keys(_awaiting(person, specialty).assigned_to(person))))


def held_by(person: User, now: datetime) -> Queue:
    """What this person has a place at, what ends first at the top."""
    return Queue(Few(_keys(Problem.objects.held_by(person, now))))


def _awaiting(person: User, specialty: str) -> ProblemQuerySet:
    return _of(specialty).awaiting_review_by(person)


def _of(specialty: str) -> ProblemQuerySet:
    every = Problem.objects.all()
    return every.of_specialty(specialty) if specialty else every


def _revisions(found: QuerySet[Any, Any]) -> set[int]:
    """The keys of what was found, which is little: looked up, not compared with every problem."""
    return set(found.values_list("revision", flat=True))


def _keys(problems: ProblemQuerySet) -> list[UUID]:
    return list(problems.values_list("pk", flat=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has a place until when; without a name where reviewers are not named."""

    name: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One line of the queue."""

    problem: Problem
    claim: Claim | None  # this person's own
    others: tuple[Holder, ...]
    why_not: str
    assignment: Assignment | None
    is_back: bool
    open_comments: int

    @property
    def is_free(self) -> bool:
        """Whether this person may take a place now."""
        return not self.why_not


def lines(person: User, now: datetime, *lists: Sequence[Problem]) -> list[list[Waiting]]:
    """What the queue says of each problem of each list, in seven queries at any number."""
    line_of = {line.problem: line for line in _lines(person, now, list(chain(*lists)))}
    return [[line_of[problem] for problem in problems] for problems in lists]


def _lines(person: User, now: datetime, problems: Sequence[Problem]) -> list[Waiting]:
    places = places_of(problems, now)
    revisions = [problem.current_revision for problem in problems if problem.current_revision]
    claims = list(Claim.objects.on(*revisions).held_at(now).with_reviewer())
    asked = Assignment.objects.of(person).of_problems(problems)
    assignments = {assignment.problem_id: assignment for assignment in asked}
    # Those of everybody: few stand here, while one person's are looked through from the first.
    sayings = Review.objects.of_problems(problems).sayings()
    back = {one.problem for one in sayings if one.reviewer == person.pk}
    comments = Comment.objects.open_by_problem(problems, person)
    return [
        Waiting(
            problem=problem,
            claim=_own(claims, problem, person),
            others=_others(claims, problem, person),
            why_not=places[problem.current_revision_id].why_not(person.pk, now),
            assignment=assignments.get(problem.pk),
            is_back=problem.pk in back,
            open_comments=comments.get(problem.pk, 0),
        )
        for problem in problems
        if problem.current_revision_id is not None
    ]


def _own(claims: Sequence[Claim], problem: Problem, person: User) -> Claim | None:
    own = (claim for claim in claims if claim.reviewer_id == person.pk)
    return next((claim for claim in own if claim.revision_id == problem.current_revision_id), None)


def _others(claims: Sequence[Claim], problem: Problem, person: User) -> tuple[Holder, ...]:
    is_named = person.is_editor or not settings.HIDE_REVIEWERS
    return tuple(
        Holder(name=str(claim.reviewer) if is_named else "A reviewer", until=claim.expires_at)
        for claim in claims
        if claim.revision_id == problem.current_revision_id and claim.reviewer_id != person.pk
    )


def claimable(queue: Queue, person: User, now: datetime) -> Iterator[Problem]:
    """Those with a place for this person, in order, of the first some hundred."""
    for start in range(0, min(len(queue), _MOST_LOOKED_AT), _AT_ONCE):
        problems = queue[start : start + _AT_ONCE]
        places = places_of(problems, now)
        for problem in problems:
            revision = problem.current_revision
            if revision is not None and places[revision.pk].is_free_for(person.pk):
                yield problem
