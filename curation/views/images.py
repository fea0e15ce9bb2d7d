"""Pictures, for those who may see them: our bytes, our type, never run as anything else."""

from uuid import UUID

from django.core.files.storage import storages
from django.http import FileResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from curation.http import ReaderRequest, fetch_visible, open_to_readers
from curation.models import Image

_FOREVER = "private, max-age=31536000, immutable"  # an address never shows another picture


def _picture(name: str, media_type: str) -> HttpResponseBase:
    answer = FileResponse(storages["images"].open(name), content_type=media_type)
    answer["Cache-Control"] = _FOREVER
    answer["Content-Disposition"] = "inline"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def _fetch(request: ReaderRequest, image_id: UUID) -> Image:
    return fetch_visible(Image.objects.visible_to(request.user), pk=image_id)


@require_safe
@open_to_readers
def image_file(request: ReaderRequest, image_id: UUID) -> HttpResponseBase:
    """The stored picture."""
    image = _fetch(request, image_id)
    return _picture(image.storage_name, image.media_type)


@require_safe
@open_to_readers
def image_thumbnail(request: ReaderRequest, image_id: UUID) -> HttpResponseBase:
    """Its small version."""
    return _picture(_fetch(request, image_id).thumbnail_name, "image/jpeg")
