"""DICOM files: taken apart when brought, one frame in one window chosen, then forgotten."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction

from curation.arranging import place_image
from curation.domain import windows
from curation.domain.dicom import take_apart
from curation.domain.windows import ScanDescription, Window
from curation.images import bring_image
from curation.models import Image, Panel, Scan, User

LONGEST_PREVIEW = 1_400
# Of folders without a row, younger ones may belong to a file that is being taken apart right now.
_LEFT_OVER_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What to look at: the place of a kept frame, from 0, and a window or else a curve of the file.

    A scan in color has neither.
    """

    place: int
    window: Window | None = None
    curve: int | None = None

    def acquisition(self, about: ScanDescription) -> dict[str, str | int | float]:
        """What an image says of itself that was chosen so."""
        chosen: dict[str, str | int | float] = {**about.said}
        chosen["frame"] = about.frames[self.place].number
        if self.window is not None:
            chosen |= {"window_center": self.window.center, "window_width": self.window.width}
        elif self.curve is not None:
            chosen["curve"] = self.curve + 1
        return chosen


def bring_scan(panel: Panel, upload: bytes, *, by: User) -> Scan:
    """Keep the frames of a DICOM file and the few terms that name nobody.

    Raises ImageRefusedError, which says why not; then nothing is left of it.
    """
    scan = Scan(panel=panel, uploaded_by=by)
    with ExitStack() as undo:
        undo.callback(_discard, str(scan.pk))
        about = take_apart(upload, lambda part, png: _keep(scan, part, png))
        scan.description, scan.acquisition = about.as_json(), about.said
        scan.save()
        undo.pop_all()
    return scan


def _keep(scan: Scan, part: int | str, png: bytes) -> None:
    storages["scans"].save(scan.file_name(part), ContentFile(png))


def described(scan: Scan) -> ScanDescription:
    """What its stored files mean."""
    return ScanDescription.from_json(scan.description)


def render(scan: Scan, setting: Setting, *, longest: int | None = None) -> bytes:
    """The picture that a setting gives, as PNG of 8 bits; no side above `longest`."""
    about, levels = described(scan), None
    if setting.window is not None:
        levels = about.levels(setting.place, setting.window)
    elif setting.curve is not None:
        outputs = windows.unpacked(_read(scan, f"curve-{setting.curve}"))[0]
        levels = about.curved_levels(setting.place, setting.curve, outputs)
    return windows.pictured(_read(scan, setting.place), levels, longest=longest)


def _read(scan: Scan, part: int | str) -> bytes:
    with storages["scans"].open(scan.file_name(part)) as file:
        data: bytes = file.read()
    return data


def choose(scan: Scan, setting: Setting, *, like: Image | None = None) -> Image:
    """Show what a setting gives in the panel that the scan was brought for.

    The picture is made anew like any other; `like` is the image whose source it shares.
    """
    image = bring_image(render(scan, setting), by=scan.uploaded_by, like=like)
    with transaction.atomic():
        place_image(scan.panel, image=image)
        image.acquisition = setting.acquisition(described(scan))
        image.save(update_fields=["acquisition"])
        scan.image = image
        scan.save(update_fields=["image"])
    return image


def forget_old_scans(moment: datetime) -> None:
    """Remove what nobody will choose from any more, and what a killed process left behind."""
    for scan in Scan.objects.forgotten_at(moment):
        folder = str(scan.pk)  # which it loses with its row
        scan.delete()
        _discard(folder)
    for folder in _folders_without_row():
        if _touched_at(folder) < moment - _LEFT_OVER_AFTER:
            _discard(folder)


def _folders_without_row() -> Iterator[str]:
    with suppress(FileNotFoundError):  # nobody has brought a scan yet
        folders, _ = storages["scans"].listdir("")
        yield from set(folders) - {str(pk) for pk in Scan.objects.values_list("pk", flat=True)}


def _touched_at(folder: str) -> datetime:
    _, files = storages["scans"].listdir(folder)
    names = [f"{folder}/{file}" for file in files] or [folder]
    return max(storages["scans"].get_modified_time(name) for name in names)


def _discard(folder: str) -> None:
    with suppress(FileNotFoundError):
        _, files = storages["scans"].listdir(folder)
        for file in files:
            storages["scans"].delete(f"{folder}/{file}")
        storages["scans"].delete(folder)
