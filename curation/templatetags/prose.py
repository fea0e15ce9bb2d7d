"""What people write in Markdown, in templates."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from curation.domain.markdown import headings as headings_of
from curation.domain.markdown import rendered, with_anchors

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """The text as HTML, cleaned by an allow-list."""
    return mark_safe(rendered(text))  # noqa: S308 - `rendered` is the cleaning


@register.filter
def markdown_with_anchors(text: str) -> SafeString:
    """The text as HTML whose parts can be linked to by what `headings` gives."""
    return mark_safe(with_anchors(rendered(text)))  # noqa: S308 - `rendered` is the cleaning


@register.filter
def headings(text: str) -> list[tuple[str, str]]:
    """The id and the words of each part."""
    return [(f"part-{number}", words) for number, words in enumerate(headings_of(text), start=1)]
