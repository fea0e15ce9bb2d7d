"""What e-mails in plain text need."""

from textwrap import indent

from django import template

register = template.Library()


@register.filter
def quoted(text: str) -> str:
    """What somebody wrote, each line marked as mail programs mark it."""
    return indent(text, "> ", lambda _: True)
