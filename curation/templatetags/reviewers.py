"""What a reader is told of who reviewed."""

from django import template
from django.template import RequestContext

from curation.models import Problem, User
from curation.naming import name_for

register = template.Library()


@register.simple_tag(takes_context=True)
def reviewer_name(context: RequestContext, person: User, problem: Problem) -> str:
    """Who judged, as far as the reader of this page is told."""
    reader = context.request.user
    return name_for(reader, person, problem) if isinstance(reader, User) else "A reviewer"
