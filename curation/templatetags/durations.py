"""Lengths of time as people say them."""

from itertools import pairwise

from django import template

register = template.Library()

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@register.filter
def duration(seconds: float | None) -> str:
    """Two units at most: "45 s", "1 min 30 s", "1 h 20 min", "3 d 4 h"; nothing for none."""
    if seconds is None:
        return ""
    for (size, unit), (part, smaller) in pairwise(_UNITS):
        if seconds >= size:
            whole, rest = divmod(round(seconds / part) * part, size)
            return f"{whole} {unit}" + (f" {rest // part} {smaller}" if rest else "")
    return f"{round(seconds)} s"
