"""Pictures, for those who may see them."""

from typing import Any
from uuid import UUID

from curation.api.operations import ApiView, operation
from curation.api.serializers.problems import ImageSerializer
from curation.http import fetch_visible, picture
from curation.models import Image, Scope
from curation.permissions import is_member


def _fetch(request: Any, image_id: UUID) -> Image:
    return fetch_visible(Image.objects.visible_to(request.user), pk=image_id)


class ImageDetail(ApiView):
    """One picture."""

    @operation("read_image", may=is_member, scope=Scope.READ_PROBLEMS, gives=ImageSerializer)
    def get(self, request: Any, image_id: UUID) -> Any:
        """Its size and hash; what is said of it, if you brought it."""
        return _fetch(request, image_id)


class ImageFile(ApiView):
    """The bytes of a picture."""

    @operation("read_image_file", may=is_member, scope=Scope.READ_PROBLEMS, gives=bytes)
    def get(self, request: Any, image_id: UUID) -> Any:
        """The stored picture, JPEG or PNG."""
        image = _fetch(request, image_id)
        return picture(image.storage_name, image.media_type)
