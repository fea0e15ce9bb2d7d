"""What people write in Markdown, in templates."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from curation.domain.markdown import rendered

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """The text as HTML, cleaned by an allow-list."""
    return mark_safe(rendered(text))  # noqa: S308 - `rendered` is the cleaning
