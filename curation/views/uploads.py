"""Bringing images into panels: by file, by paste, by the address of a picture on the web."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render

from curation import arranging
from curation.domain.addresses import UnfetchableError
from curation.domain.dicom import is_dicom
from curation.domain.imaging import ImageRefusedError
from curation.errors import InvalidContentError
from curation.fetching import bring_fetched, fetch_picture
from curation.forms.uploads import AddressForm
from curation.http import AuthenticatedRequest
from curation.images import bring_image
from curation.models import Image, Panel, Scan
from curation.scans import bring_scan
from curation.views.burned_in_text import wake_text_search
from curation.views.panels import after_saving, refused_page, to_panel

_REFUSALS = (ImageRefusedError, InvalidContentError, UnfetchableError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What became of one file or address: the panel that shows it now, or why none does."""

    name: str
    panel: Panel | None = None
    scan: Scan | None = None  # a DICOM file, whose frame and window are chosen next
    refusal: str = ""


@after_saving
def image_upload(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Bring images by file: the first into this panel, the others where none is yet."""
    files = request.FILES.getlist("upload")
    if not files:
        nothing = Brought(name="", refusal="Choose an image file first, or paste one.")
        return _outcome(request, panel, [nothing])
    # Scripts send the files of one choice one by one.
    is_further = "further" in request.POST or (panel.is_query and len(files) > 1)
    brought = [
        _bring_file(request, panel, file, is_further=is_further or number > 0)
        for number, file in enumerate(files)
    ]
    return _outcome(request, panel, brought)


@after_saving
def image_fetch(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Bring the picture at an address of the public web into this panel."""
    return _outcome(request, panel, [_bring_address(request, panel)])


def _bring_file(
    request: AuthenticatedRequest, panel: Panel, file: "UploadedFile[bytes]", *, is_further: bool
) -> Brought:
    name = file.name or ""
    try:
        content = _content(file)
        if is_dicom(content):
            target = _target(panel, is_further=is_further)
            return Brought(name=name, scan=bring_scan(target, content, by=request.user))
        image = bring_image(content, by=request.user)
        return Brought(name=name, panel=_place(panel, image, is_further=is_further))
    except _REFUSALS as error:
        return Brought(name=name, refusal=str(error))


def _content(file: "UploadedFile[bytes]") -> bytes:
    if file.size is None or file.size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // 1024**2
        raise InvalidContentError(f"This file is larger than {limit} MB. Export it smaller.")
    return bytes(file.read())


def _bring_address(request: AuthenticatedRequest, panel: Panel) -> Brought:
    form = AddressForm(request.POST)
    if not form.is_valid():
        return Brought(name="", refusal=form.refusal())
    name = form.cleaned_data["address"]
    try:
        content = fetch_picture(name)
        if is_dicom(content):
            return Brought(name=name, scan=bring_scan(panel, content, by=request.user))
        image = bring_fetched(content, address=name, by=request.user)
        return Brought(name=name, panel=_place(panel, image, is_further=False))
    except _REFUSALS as error:
        return Brought(name=name, refusal=str(error))


def _place(panel: Panel, image: Image, *, is_further: bool) -> Panel:
    """Show the image here; a further one in the next panel that has none, or in a new example."""
    target = _target(panel, is_further=is_further)
    arranging.place_image(target, image=image)
    wake_text_search(image)
    return target


def _target(panel: Panel, *, is_further: bool) -> Panel:
    target = _next_without_image(panel) if is_further else panel
    return target or arranging.add_example(panel.problem)


def _next_without_image(panel: Panel) -> Panel | None:
    """From this example on to the last one, then from the first; the query comes last."""
    panels = list(panel.problem.panels.in_order())
    here = panels.index(panel)
    around = sorted((*panels[here:], *panels[:here]), key=lambda one: one.is_query)
    return next((one for one in around if one.image_id is None), None)


def _outcome(
    request: AuthenticatedRequest, panel: Panel, brought: Sequence[Brought]
) -> HttpResponse:
    """The panel as it is now; what was refused is said where files are brought."""
    is_refused = any(one.refusal for one in brought)
    if request.htmx:
        status = 422 if is_refused else 200
        told = {"brought": brought}
        return render(request, "components/upload.html#brought", told, status=status)
    if is_refused:
        entered = request.POST.get("address", "")
        return refused_page(request, panel, brought=brought, address=entered)
    if brought[0].scan:
        return redirect("curation:scan_detail", brought[0].scan.pk)
    if len(brought) > 1:
        placed = ", ".join(one.panel.label for one in brought if one.panel)
        messages.success(request, f"{len(brought)} images were brought: {placed}.")
    return to_panel(panel)
