"""What the place where images are brought needs to know."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def upload_limit() -> int:
    """How many bytes a file may have."""
    limit: int = settings.UPLOAD_MAX_BYTES
    return limit
