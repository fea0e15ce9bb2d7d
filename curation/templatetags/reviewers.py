"""What a reader is told of who reviewed."""

from django import template
from django.template import RequestContext

from curation.models import Problem, Review, User
from curation.permissions import is_reviewer_hidden

register = template.Library()


@register.simple_tag(takes_context=True)
def reviewer_name(context: RequestContext, person: User, problem: Problem) -> str:
    """The name of who judged, or "Reviewer 2" for an author from whom it is kept.

    Numbered as they first judged the problem, so that one person has one number on all pages.
    """
    reader = context.request.user
    if not (isinstance(reader, User) and is_reviewer_hidden(reader, person, problem)):
        return str(person)
    judges = Review.objects.of_problem(problem).order_by("pk").values_list("reviewer", flat=True)
    order = list(dict.fromkeys(judges))
    return f"Reviewer {order.index(person.pk) + 1}" if person.pk in order else "A reviewer"
