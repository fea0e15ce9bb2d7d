"""What a reader is told of who reviewed."""

from collections.abc import Callable
from functools import cache

from curation.models import Problem, Review, User
from curation.permissions import is_reviewer_hidden


def name_for(reader: User, person: User, problem: Problem) -> str:
    """The name of somebody, or "Reviewer 2" for an author from whom reviewers' names are kept.

    Numbered as they first judged the problem, so that one person has one number on all pages.
    """
    return names_for(reader, problem)(person)


def names_for(reader: User, problem: Problem) -> Callable[[User], str]:
    """What each person is called, with one query at most for however many."""

    @cache
    def order() -> list[int]:
        judges = Review.objects.of_problem(problem).order_by("pk")
        return list(dict.fromkeys(judges.values_list("reviewer", flat=True)))

    def name(person: User) -> str:
        if not is_reviewer_hidden(reader, person, problem):
            return str(person)
        known = person.pk in order()
        return f"Reviewer {order().index(person.pk) + 1}" if known else "A reviewer"

    return name
