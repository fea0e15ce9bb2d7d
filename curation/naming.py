"""What a reader is told of who reviewed."""

from curation.models import Problem, Review, User
from curation.permissions import is_reviewer_hidden


def name_for(reader: User, person: User, problem: Problem) -> str:
    """The name of somebody, or "Reviewer 2" for an author from whom reviewers' names are kept.

    Numbered as they first judged the problem, so that one person has one number on all pages.
    """
    if not is_reviewer_hidden(reader, person, problem):
        return str(person)
    judges = Review.objects.of_problem(problem).order_by("pk").values_list("reviewer", flat=True)
    order = list(dict.fromkeys(judges))
    return f"Reviewer {order.index(person.pk) + 1}" if person.pk in order else "A reviewer"
