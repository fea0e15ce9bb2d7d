"""Pictures, for those who may see them: our bytes, our type, never run as anything else."""

from uuid import UUID

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from curation.http import ReaderRequest, fetch_visible, open_to_readers, picture
from curation.models import Image


def _fetch(request: ReaderRequest, image_id: UUID) -> Image:
    return fetch_visible(Image.objects.visible_to(request.user), pk=image_id)


@require_safe
@open_to_readers
def image_file(request: ReaderRequest, image_id: UUID) -> HttpResponseBase:
    """The stored picture."""
    image = _fetch(request, image_id)
    return picture(image.storage_name, image.media_type)


@require_safe
@open_to_readers
def image_thumbnail(request: ReaderRequest, image_id: UUID) -> HttpResponseBase:
    """Its small version."""
    return picture(_fetch(request, image_id).thumbnail_name, "image/jpeg")
