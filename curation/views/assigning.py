"""Whom editors ask to review a problem, as its overview shows it."""

from dataclasses import dataclass

from django.utils import timezone

from curation.claiming import can_assign, places_of
from curation.forms.assigning import AssignmentForm
from curation.models import Assignment, Problem, User
from curation.permissions import can_decide_problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody who was asked, and how it stands."""

    assignment: Assignment
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigning:
    """Who was asked, and the form that asks one more."""

    asked: tuple[Asked, ...]
    form: AssignmentForm | None


def assigning(
    person: User, problem: Problem, form: AssignmentForm | None = None
) -> Assigning | None:
    """What an editor may see and do here; nothing for everybody else, or where nobody was asked."""
    if not can_decide_problem(person, problem):
        return None
    assignments = Assignment.objects.of_problems([problem]).with_people()
    asked = tuple(
        Asked(assignment=one, state=state) for one, state in _states(problem, list(assignments))
    )
    if can_assign(problem):
        return Assigning(asked=asked, form=form or AssignmentForm(problem=problem))
    return Assigning(asked=asked, form=None) if asked else None


def _states(problem: Problem, assignments: list[Assignment]) -> list[tuple[Assignment, str]]:
    """What each of them did with the current revision."""
    revision = problem.current_revision
    if revision is None or not assignments:
        return [(assignment, "") for assignment in assignments]
    places = places_of([problem], timezone.now())[revision.pk]
    said = dict.fromkeys(places.judged, "judged it") | dict.fromkeys(places.held, "is at it")
    waiting = dict.fromkeys(places.assigned, "has not begun")
    known = waiting | said
    return [(one, known.get(one.reviewer_id, "declined")) for one in assignments]
