"""Which frame of a scan, in which window."""

from typing import Any

from django import forms

from curation.domain.windows import ScanDescription, Window
from curation.models import Scan
from curation.scans import Setting, described

_FARTHEST = 1e12


class SettingForm(forms.Form):
    """What an address or a form says of frame and window; what it does not say is as it was."""

    frame = forms.IntegerField(required=False, min_value=1)
    center = forms.FloatField(required=False, min_value=-_FARTHEST, max_value=_FARTHEST)
    width = forms.FloatField(required=False, min_value=0, max_value=_FARTHEST)
    curve = forms.IntegerField(required=False, min_value=1)

    def __init__(self, scan: Scan, data: Any) -> None:
        super().__init__(data)
        self.scan = scan
        self.about: ScanDescription = described(scan)

    def clean_frame(self) -> int | None:
        """One of those that were kept, counted from 1."""
        frame: int | None = self.cleaned_data["frame"]
        if frame is not None and frame > len(self.about.frames):
            raise forms.ValidationError(f"There are frames 1 to {len(self.about.frames)}.")
        return frame

    def clean_width(self) -> float | None:
        """More than nothing."""
        width: float | None = self.cleaned_data["width"]
        if width == 0:
            raise forms.ValidationError("The width must be more than 0.")
        return width

    def clean_curve(self) -> int | None:
        """One of the file's."""
        curve: int | None = self.cleaned_data["curve"]
        if curve is not None and curve > len(self.about.curves):
            raise forms.ValidationError("This scan has no such curve.")
        return curve

    def clean(self) -> dict[str, Any]:
        """Center and width make a window only together."""
        told = {name for name in ("center", "width") if self.cleaned_data.get(name) is not None}
        if len(told) == 1 and not self.errors:
            raise forms.ValidationError("Give center and width, both.")
        return self.cleaned_data

    def setting(self) -> Setting:
        """What was asked for; by default what was chosen before, or the first window worth a look.

        Call it of an invalid form for the default.
        """
        told = self.cleaned_data if self.is_valid() else {}
        place = (told.get("frame") or self._chosen_frame()) - 1
        if self.about.is_color:
            return Setting(place=place)
        if told.get("curve"):
            return Setting(place=place, curve=told["curve"] - 1)
        if told.get("width"):
            window = Window(center=told["center"], width=told["width"])
            return Setting(place=place, window=window)
        return self._usual(place)

    def _chosen(self) -> dict[str, Any]:
        return self.scan.image.acquisition if self.scan.image else {}

    def _chosen_frame(self) -> int:
        numbers = [frame.number for frame in self.about.frames]
        number = self._chosen().get("frame")
        return numbers.index(number) + 1 if number in numbers else 1

    def _usual(self, place: int) -> Setting:
        chosen = self._chosen()
        if "window_width" in chosen:
            window = Window(center=chosen["window_center"], width=chosen["window_width"])
            return Setting(place=place, window=window)
        if "curve" in chosen or (self.about.curves and not self.about.frames[place].windows):
            return Setting(place=place, curve=chosen.get("curve", 1) - 1)
        return Setting(place=place, window=self.about.presets(place)[0])
