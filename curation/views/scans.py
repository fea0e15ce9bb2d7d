"""Choosing from a DICOM file: which frame, which window."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from curation import scans
from curation.domain.windows import ScanDescription
from curation.forms.scans import SettingForm
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible
from curation.models import Scan
from curation.permissions import can_author
from curation.scans import LONGEST_PREVIEW, Setting
from curation.views.burned_in_text import wake_text_search
from curation.views.panels import fetch_panel, to_panel


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A window or a curve that is offered by its name."""

    label: str
    setting: Setting
    is_current: bool

    @property
    def values(self) -> dict[str, str]:
        """What its address says, without the frame."""
        return {name: told for name, told in _told(self.setting).items() if name != "frame"}

    @property
    def query(self) -> str:
        """Its address, from the question mark on."""
        return urlencode(_told(self.setting))


def _fetch(request: AuthenticatedRequest, scan_id: UUID) -> Scan:
    scans_of = Scan.objects.visible_to(request.user).select_related("panel__problem", "image")
    return fetch_visible(scans_of, pk=scan_id)


@require_safe
@allowed_to(can_author)
def scan_detail(request: AuthenticatedRequest, scan_id: UUID) -> HttpResponseBase:
    """The frames of a scan, one at a time, in the window that the address names."""
    scan = _fetch(request, scan_id)
    if not scan.panel.problem.is_editable:
        return redirect("curation:problem_overview", problem_id=scan.panel.problem_id)
    return _page(request, SettingForm(scan, request.GET))


@require_safe
@allowed_to(can_author)
def scan_preview(request: AuthenticatedRequest, scan_id: UUID) -> HttpResponseBase:
    """The picture alone, no larger than a screen; no cache keeps it."""
    scan = _fetch(request, scan_id)
    form = SettingForm(scan, request.GET)
    if not form.is_valid():
        raise BadRequest("This scan has no such frame or window.")
    picture = scans.render(scan, form.setting(), longest=LONGEST_PREVIEW)
    answer = HttpResponse(picture, content_type="image/png")
    answer["Content-Disposition"] = "inline"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


@require_POST
@allowed_to(can_author)
def scan_choose(request: AuthenticatedRequest, scan_id: UUID) -> HttpResponseBase:
    """Use this picture."""
    scan = _fetch(request, scan_id)
    form = SettingForm(scan, request.POST)
    if not form.is_valid():
        return _page(request, form)
    panel = fetch_panel(request, scan.panel.problem_id, scan.panel_id)
    scan.panel = panel
    wake_text_search(scans.choose(scan, form.setting(), like=scan.image))
    messages.success(request, "The picture is in the panel.")
    return to_panel(panel)


def _page(request: AuthenticatedRequest, form: SettingForm) -> HttpResponse:
    setting = form.setting()
    context: dict[str, Any] = {
        "scan": form.scan,
        "form": form,
        "about": form.about,
        "frame": form.about.frames[setting.place],
        "told": _told(setting),
        "typed": {**_told(setting), **(dict(form.data.items()) if form.errors else {})},
        "query": urlencode(_told(setting)),
        "presets": _presets(form.about, setting),
        "sliders": _sliders(form.about),
        "neighbors": _neighbors(form.about, setting),
    }
    status = 422 if form.errors else 200
    return render(request, "curation/scan_detail.html", context, status=status)


def _neighbors(about: ScanDescription, setting: Setting) -> list[tuple[str, str]]:
    """The frames before and after, by their names and addresses, in the same window."""
    places = {"Frame before": setting.place - 1, "Frame after": setting.place + 1}
    return [
        (label, urlencode({**_told(setting), "frame": place + 1}))
        for label, place in places.items()
        if 0 <= place < len(about.frames)
    ]


def _told(setting: Setting) -> dict[str, str]:
    """A setting as an address says it."""
    told = {"frame": str(setting.place + 1)}
    if setting.window is not None:
        window = setting.window
        return told | {"center": _number(window.center), "width": _number(window.width)}
    return told if setting.curve is None else told | {"curve": str(setting.curve + 1)}


def _number(value: float) -> str:
    return f"{value:.10g}"


def _presets(about: ScanDescription, setting: Setting) -> list[Preset]:
    if about.is_color:
        return []
    place = setting.place
    offered = [(w.name, Setting(place=place, window=w)) for w in about.presets(place)]
    offered += [
        (f"curve {number + 1} of the file", Setting(place=place, curve=number))
        for number in range(len(about.curves))
    ]
    return [
        Preset(label=label, setting=one, is_current=_told(one) == _told(setting))
        for label, one in offered
    ]


def _sliders(about: ScanDescription) -> dict[str, str]:
    """How far the sliders reach, and their step: whole numbers where there are enough."""
    low, high = about.ends()
    span = high - low or 1.0
    step = 1.0 if span >= 100 else span / 1000
    numbers = {"low": low, "high": high, "span": span + step, "step": step}
    return {name: _number(value) for name, value in numbers.items()}
