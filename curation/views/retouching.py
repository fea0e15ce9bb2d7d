"""Cropping the image of a panel and covering parts of it, by numbers or by drawing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from curation import arranging
from curation.domain.retouching import RetouchError
from curation.errors import WrongMomentError
from curation.forms.retouching import RetouchForm
from curation.http import AuthenticatedRequest, allowed_to
from curation.images import retouch_image
from curation.models import Image, Panel
from curation.permissions import can_author
from curation.views.burned_in_text import wake_text_search
from curation.views.panels import fetch_panel, to_panel

_ANOTHER = (
    "This panel shows another picture than the one you drew on. Nothing was changed; this is the "
    "picture it shows now."
)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_author)
def image_retouch(
    request: AuthenticatedRequest, problem_id: UUID, panel_id: int
) -> HttpResponseBase:
    """The picture of a panel, with what is kept and what is covered."""
    panel = fetch_panel(request, problem_id, panel_id)
    if not panel.problem.is_editable:
        status = panel.problem.get_status_display().lower()
        raise WrongMomentError(f"This problem is {status} and cannot be changed now.")
    if panel.image is None:
        raise Http404
    if request.method != "POST":
        return _page(request, panel, RetouchForm.empty())
    if request.POST.get("image") != str(panel.image.pk):
        return _page(request, panel, RetouchForm.empty(), error=_ANOTHER, status=409)
    return _answer(request, panel, panel.image)


def _answer(request: AuthenticatedRequest, panel: Panel, image: Image) -> HttpResponse:
    """What the button that was pressed leads to; without a button's name, applying."""
    form, then = RetouchForm.sent(request.POST), request.POST.get("then", "apply")
    if changed := form.changed(then, image.text_areas or []):
        return _page(request, panel, changed)
    form = form.tidied()
    if refused := form.refusals(image):
        return _page(request, panel, form, refused=refused, status=422)
    return _page(request, panel, form) if then == "preview" else _apply(request, panel, image, form)


def _apply(
    request: AuthenticatedRequest, panel: Panel, image: Image, form: RetouchForm
) -> HttpResponse:
    try:
        made = retouch_image(image, crop=form.rectangle(), boxes=form.rectangles(), by=request.user)
        arranging.place_image(panel, image=made, done=form.done())
        wake_text_search(made)
    except RetouchError as error:
        return _page(request, panel, form, refused=[str(error)], status=422)
    except WrongMomentError as error:
        return _page(request, panel, form, error=str(error), status=409)
    messages.success(
        request,
        "The panel shows the changed picture now. Please confirm again that no patient can be "
        "identified.",
    )
    return to_panel(panel)


def _page(
    request: AuthenticatedRequest,
    panel: Panel,
    form: RetouchForm,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    image = panel.image
    context |= {"problem": panel.problem, "panel": panel, "image": image, "form": form}
    return render(request, "curation/image_retouch.html", context, status=status)
