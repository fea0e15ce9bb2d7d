"""Frames of a scan as they are kept, and the picture that one of them gives in one window.

A window (center and width, in the units of the values) says which values are told apart: below it
all is black, above it all is white. Formulas: DICOM PS3.3, C.11.2.1.2 and C.11.2.1.3.
"""

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_STORABLE = 65_536  # numbers that 16 bits hold
_MOST_STORED = _STORABLE - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which values are told apart: about `center`, over `width`."""

    center: float
    width: float
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A table of the file's own instead of a window, for `length` values from `first` on."""

    first: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A kept frame, `number` in its file from 1: value = low + step * stored, 0 <= stored <= top.

    Where `is_padded`, 0 is stored for what is no part of the picture. Colors have no values.
    """

    number: int
    low: float = 0.0
    step: float = 1.0
    top: int = 0
    is_padded: bool = False
    windows: tuple[Window, ...] = ()

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest value it shows."""
        first = min(int(self.is_padded), self.top)
        ends = self.low + self.step * first, self.low + self.step * self.top
        return min(ends), max(ends)


# The defaults of the OHIF viewer, which many clinicians know.
_USUAL = {
    "CT": (
        Window(center=40, width=400, name="soft tissue"),
        Window(center=-600, width=1500, name="lung"),
        Window(center=480, width=2500, name="bone"),
        Window(center=40, width=80, name="brain"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanDescription:
    """What the stored files of a scan mean; `total` frames were in its file, `said` names terms."""

    width: int
    height: int
    total: int
    is_color: bool
    is_inverted: bool
    function: str
    frames: tuple[Frame, ...] = ()
    curves: tuple[Curve, ...] = ()
    said: dict[str, str] = field(default_factory=dict)

    def with_pictures(self, frames: Sequence[Frame], curves: Sequence[Curve]) -> "ScanDescription":
        """The same with what was kept."""
        return replace(self, frames=tuple(frames), curves=tuple(curves))

    def as_json(self) -> dict[str, Any]:
        """As a row keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, parts: dict[str, Any]) -> "ScanDescription":
        """What `as_json` gave."""
        frames = [
            Frame(**{**frame, "windows": tuple(Window(**window) for window in frame["windows"])})
            for frame in parts["frames"]
        ]
        curves = [Curve(**curve) for curve in parts["curves"]]
        return cls(**{**parts, "frames": tuple(frames), "curves": tuple(curves)})

    def ends(self) -> tuple[float, float]:
        """The least and the greatest value of all frames."""
        ends = [frame.ends for frame in self.frames]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def presets(self, place: int) -> list[Window]:
        """The windows worth offering for a frame: the file's own, the usual ones, all values."""
        brought = self.frames[place].windows
        own = [
            replace(window, name=f"as in the file{_apart(window, number, len(brought))}")
            for number, window in enumerate(brought, start=1)
        ]
        usual = _USUAL.get(self.said.get("modality", ""), ())
        return _distinct([*own, *usual, self.whole(place)])

    def whole(self, place: int) -> Window:
        """The window that shows every value of a frame: its least is black, its greatest white."""
        low, high = self.frames[place].ends
        # By its formula a linear window of whole numbers ends half a value beside its ends.
        beside = 1 if self.function == "LINEAR" and high - low >= 1 else 0
        width = high - low + beside or 1.0
        return Window(center=low + width / 2, width=width, name="whole range")

    def levels(self, place: int, window: Window) -> NDArray[np.uint8]:
        """What each stored number of a frame becomes in 8 bits; shape (65536,)."""
        frame = self.frames[place]
        values = frame.low + frame.step * np.arange(_STORABLE, dtype=np.float64)
        return self._finished(frame, _shown(values, window, self.function))

    def curved_levels(
        self, place: int, number: int, outputs: NDArray[np.uint16]
    ) -> NDArray[np.uint8]:
        """The same by a curve, whose `outputs` for its values are 0 to 65535."""
        frame, curve = self.frames[place], self.curves[number]
        values = frame.low + frame.step * np.arange(_STORABLE, dtype=np.float64)
        places = np.rint(values).clip(curve.first, curve.first + curve.length - 1) - curve.first
        return self._finished(frame, outputs[places.astype(np.intp)] / _MOST_STORED)

    def _finished(self, frame: Frame, shares: NDArray[np.float64]) -> NDArray[np.uint8]:
        levels = np.rint(255 * shares).astype(np.uint8)
        if self.is_inverted:
            levels = np.uint8(255) - levels
        if frame.is_padded:
            levels[0] = 0
        return levels


def _apart(window: Window, number: int, count: int) -> str:
    """What tells a window of the file from its others."""
    if window.name:
        return f": {window.name}"
    return f" ({number})" if count > 1 else ""


def _distinct(windows: Sequence[Window]) -> list[Window]:
    first = {(window.center, window.width): window for window in reversed(windows)}
    return [window for window in windows if first[window.center, window.width] is window]


def _shown(values: NDArray[np.float64], window: Window, function: str) -> NDArray[np.float64]:
    """How bright each value is, from 0 to 1."""
    center, width = window.center, window.width
    if function == "SIGMOID":
        return 1 / (1 + np.exp(np.clip(-4 * (values - center) / width, -700, 700)))
    if function == "LINEAR" and width >= 1:  # narrower ones are of values that are not whole
        center, width = center - 0.5, max(width - 1, 1e-9)
    return ((values - center) / width + 0.5).clip(0, 1)


def unpacked(png: bytes) -> NDArray[np.uint16]:
    """The stored numbers of a 16-bit PNG."""
    return np.asarray(_opened(png), dtype=np.uint16)


def pictured(png: bytes, levels: NDArray[np.uint8] | None, *, longest: int | None = None) -> bytes:
    """A PNG of 8 bits: gray by these levels, color as it is; no side above `longest`."""
    picture = _opened(png) if levels is None else Image.fromarray(levels[unpacked(png)])
    if longest is not None:
        picture.thumbnail((longest, longest), Image.Resampling.BOX, reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _opened(png: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(png), formats=("PNG",))
    picture.load()
    return picture
