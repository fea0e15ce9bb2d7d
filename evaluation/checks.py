"""System checks: what an operator set wrongly, said before the first request."""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f]*(:[0-9A-Fa-f]*){2,7}")  # a name, IPv4 or IPv6


@register()
def model_hosts_are_hosts(**_: Any) -> list[CheckMessage]:
    """An address or a port in the list would match nothing, and so forbid what it should allow."""
    wrong = [word for word in settings.MODEL_HOSTS if _HOST.fullmatch(word) is None]
    if not wrong:
        return []
    hint = "List host names only, such as models.example.org, separated by commas."
    return [Error(f"MODEL_HOSTS holds {', '.join(wrong)}.", hint=hint, id="evaluation.E001")]
