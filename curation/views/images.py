"""Pictures, for those who may see them: our bytes, our type, never run as anything else."""

from uuid import UUID

from django.core.files.storage import storages
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from curation.domain import burned_in_text
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, require, way_back
from curation.images import attest_text
from curation.models import Image
from curation.permissions import can_describe_image, is_member

_FOREVER = "private, max-age=31536000, immutable"  # an address never shows another picture


def _picture(name: str, media_type: str) -> HttpResponseBase:
    answer = FileResponse(storages["images"].open(name), content_type=media_type)
    answer["Cache-Control"] = _FOREVER
    answer["Content-Disposition"] = "inline"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def _fetch(request: AuthenticatedRequest, image_id: UUID) -> Image:
    return fetch_visible(Image.objects.visible_to(request.user), pk=image_id)


@require_safe
@allowed_to(is_member)
def image_file(request: AuthenticatedRequest, image_id: UUID) -> HttpResponseBase:
    """The stored picture."""
    image = _fetch(request, image_id)
    return _picture(image.storage_name, image.media_type)


@require_safe
@allowed_to(is_member)
def image_thumbnail(request: AuthenticatedRequest, image_id: UUID) -> HttpResponseBase:
    """Its small version."""
    return _picture(_fetch(request, image_id).thumbnail_name, "image/jpeg")


@require_safe
@allowed_to(is_member)
def image_text(request: AuthenticatedRequest, image_id: UUID) -> HttpResponseBase:
    """Where text was found in a picture; asks again until somebody looked."""
    context = {
        "image": _fetch(request, image_id),
        "asks": "asks" in request.GET,
        "searches": burned_in_text.is_installed(),
    }
    return render(request, "components/burned_in_text.html", context)


@require_POST
@allowed_to(is_member)
def text_attest(request: AuthenticatedRequest, image_id: UUID) -> HttpResponseBase:
    """Say that the text in one's own picture names no patient, also after submitting."""
    image = _fetch(request, image_id)
    require(can_describe_image(request.user, image))
    attest_text(image, is_harmless=True)
    return redirect(way_back(request, otherwise="curation:problem_list"))
