"""One credit for several pictures, at one press."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse

from curation import crediting
from curation.http import AuthenticatedRequest
from curation.models import Panel
from curation.views.panels import after_saving, to_panel

_NOTHING = UUID(int=0)


@after_saving
def image_credit(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Say of the panel's picture what is said of another one of the problem."""
    crediting.credit_alike(panel, _uuid(request.POST.get("credit_of", "")))
    messages.success(request, "Source, license and attribution are filled in: check them.")
    return to_panel(panel, "#id_source")


@after_saving
def image_credit_others(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Say of the other pictures without a credit what is said of the panel's."""
    count = crediting.credit_others(panel)
    pictures = "One other picture has" if count == 1 else f"{count} other pictures have"
    messages.success(request, f"{pictures} this source, license and attribution now.")
    return to_panel(panel)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return _NOTHING
