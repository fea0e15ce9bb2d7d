"""Bringing images into a panel."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect

from curation import arranging
from curation.domain.dicom import is_dicom
from curation.domain.imaging import ImageRefusedError
from curation.errors import InvalidContentError
from curation.http import AuthenticatedRequest
from curation.images import bring_image
from curation.models import Image, Panel
from curation.scans import bring_scan
from curation.views.panels import after_saving, to_panel


@after_saving
def image_upload(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Bring an image by file or by paste and show it in the panel."""
    upload = request.FILES.get("upload")
    if upload is None:
        raise InvalidContentError("Choose an image file first, or paste one.")
    if upload.size is None or upload.size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // 1024**2
        raise InvalidContentError(f"This file is larger than {limit} MB. Export it smaller.")
    content = upload.read()
    try:
        if is_dicom(content):
            return redirect("curation:scan_detail", bring_scan(panel, content, by=request.user).pk)
        image = bring_image(content, by=request.user, like=described(panel))
    except ImageRefusedError as error:
        raise InvalidContentError(str(error)) from error
    arranging.place_image(panel, image=image)
    return to_panel(panel)


def described(panel: Panel) -> Image | None:
    """The image here, or else the problem's last one, whose source is known: often it is shared."""
    others = reversed([other.image for other in panel.problem.panels.all()])
    return next((image for image in (panel.image, *others) if image and image.source), None)
