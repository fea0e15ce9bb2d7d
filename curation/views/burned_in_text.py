"""Text found in a picture: where it is, and its owner's word that it names no patient."""

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from curation.errors import InvalidContentError
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, require, way_back
from curation.images import attest_text, is_text_searched
from curation.models import Image, Panel
from curation.permissions import can_author, can_describe_image, is_member
from curation.tasks import look_for_text
from curation.views.panels import after_saving, fetch_panel, to_panel


def wake_text_search(image: Image) -> None:
    """Let a worker look for text at once; if no ring is heard, a sweep does it within a minute."""
    if image.awaits_text_search:
        transaction.on_commit(lambda: look_for_text.delay(image.pk), robust=True)


@require_safe
@allowed_to(can_author)
def panel_text(request: AuthenticatedRequest, problem_id: UUID, panel_id: int) -> HttpResponseBase:
    """Where text was found in a panel's picture; asks again until somebody looked."""
    panel = fetch_panel(request, problem_id, panel_id)
    context = {
        "panel": panel,
        "problem": panel.problem,
        "image": panel.image,
        "searches_text": is_text_searched(),
    }
    return render(request, "components/burned_in_text.html", context)


@after_saving
def text_confirm(_: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Say that the text in the panel's picture names no patient."""
    if panel.image is None:
        raise InvalidContentError("There is no image any more.")
    attest_text(panel.image, is_harmless=True)
    return to_panel(panel)


@require_POST
@allowed_to(is_member)
def text_attest(request: AuthenticatedRequest, image_id: UUID) -> HttpResponseBase:
    """Say that the text in one's own picture names no patient, also after submitting."""
    image = fetch_visible(Image.objects.visible_to(request.user), pk=image_id)
    require(can_describe_image(request.user, image))
    attest_text(image, is_harmless=True)
    return redirect(way_back(request, otherwise="curation:problem_list"))
