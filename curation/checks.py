"""System checks: what an operator set wrongly, said before the first request."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def required_approvals_are_possible(**_: Any) -> list[CheckMessage]:
    """At least one other person must approve what is published."""
    if settings.REQUIRED_APPROVALS >= 1:
        return []
    hint = "Set REQUIRED_APPROVALS to 1 or more; 2 is the default."
    return [
        Error("Publication without an approval is not possible.", hint=hint, id="curation.E001")
    ]
