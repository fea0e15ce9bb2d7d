"""What the pixels of a DICOM frame mean, as numbers to keep: gray values, colors, windows, curves.

Part of `dicom_child`: all of it runs in that process, on what a stranger's file says. Gray values
are kept as the file means them (modality LUT or rescale applied) in 16 bits: value = low + step *
stored. Whole numbers that span less than 65,536 stay exact. Where pixels have the file's padding
value, 0 is stored for them, and for nothing else. Sources: DICOM PS3.3, C.7.6.3 (pixels, palette),
C.7.5.1.1.2 (padding), C.7.6.16.2 (functional groups), C.11.1 (modality LUT), C.11.2 (VOI).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi

MOST_CURVES = 4
MOST_WINDOWS = 8
MOST_STORED = 65_535
STRIP_ROWS = 256  # float copies of a whole frame would be half a gigabyte

type Pixels = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Scale:
    """What a stored number means: value = low + step * stored; `is_padded`: 0 is no value."""

    low: float
    step: float
    is_padded: bool


def group(file: Dataset, number: int, name: str, keyword: str) -> Dataset:
    """Where an element of one frame stands: its own functional group, the shared one, the file."""
    frames = file.get("PerFrameFunctionalGroupsSequence") or []
    for part in (*frames[number : number + 1], *(file.get("SharedFunctionalGroupsSequence") or [])):
        inner = part.get(name)
        if inner and keyword in inner[0]:
            found: Dataset = inner[0]
            return found
    return file


def rescale(file: Dataset, number: int) -> tuple[float, float]:
    """Slope and intercept of one frame; 1 and 0 where the file has a table instead, or neither."""
    source = group(file, number, "PixelValueTransformationSequence", "RescaleSlope")
    slope, intercept = source.get("RescaleSlope"), source.get("RescaleIntercept")
    if file.get("ModalityLUTSequence") or slope in (None, "", 0):
        return 1.0, 0.0
    return float(slope), float(intercept or 0)


def padding(file: Dataset, pixels: Pixels) -> NDArray[np.bool_] | None:
    """Which pixels are no part of the picture, by the values the file names; None if none are."""
    value = file.get("PixelPaddingValue")
    if value is None or pixels.dtype.kind == "f":
        return None
    ends = [_as_stored(end, file) for end in (value, file.get("PixelPaddingRangeLimit", value))]
    is_padding: NDArray[np.bool_] = (pixels >= min(ends)) & (pixels <= max(ends))
    return is_padding if is_padding.any() else None


def _as_stored(value: int, file: Dataset) -> int:
    # Written as unsigned although the pixels are signed: a mistake many scanners make.
    span = 1 << int(file.BitsAllocated)
    is_wrapped = file.get("PixelRepresentation") == 1 and int(value) >= span // 2
    return int(value) - span if is_wrapped else int(value)


def gray(file: Dataset, number: int, pixels: Pixels) -> tuple[Scale, NDArray[np.uint16]]:
    """The values of a gray frame as they are stored, and what the stored numbers mean."""
    hidden = padding(file, pixels)
    slope, intercept = rescale(file, number)
    if file.get("ModalityLUTSequence"):
        pixels = apply_modality_lut(pixels, file)
    low, high = _ends(pixels, hidden)
    first = 0 if hidden is None else 1
    is_exact = pixels.dtype.kind in "biu" and high - low <= MOST_STORED - first
    unit = 1.0 if is_exact else (high - low) / (MOST_STORED - first) or 1.0
    stored = np.empty(pixels.shape, np.uint16)
    for top in range(0, len(pixels), STRIP_ROWS):
        rows = slice(top, top + STRIP_ROWS)
        values = np.nan_to_num(pixels[rows].astype(np.float64), nan=low, posinf=high, neginf=low)
        stored[rows] = np.rint((values.clip(low, high) - low) / unit) + first
    if hidden is not None:
        stored[hidden] = 0
    scale = Scale(intercept + slope * (low - first * unit), slope * unit, hidden is not None)
    return scale, stored


def _ends(pixels: Pixels, hidden: NDArray[np.bool_] | None) -> tuple[float, float]:
    """The least and the greatest finite value that is part of the picture."""
    low, high = np.inf, -np.inf
    for top in range(0, len(pixels), STRIP_ROWS):
        rows = slice(top, top + STRIP_ROWS)
        values = pixels[rows] if hidden is None else pixels[rows][~hidden[rows]]
        values = values[np.isfinite(values)]
        if values.size:
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    return (low, high) if low <= high else (0.0, 0.0)


def colors(file: Dataset, pixels: Pixels) -> NDArray[np.uint8]:
    """A color frame in 8 bits: the upper ones of deeper colors."""
    depth = int(file.BitsStored)
    if file.PhotometricInterpretation == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, file)
        depth = 8 * pixels.dtype.itemsize
        if pixels.max(initial=0) < 256:  # 8 bits, although the table says that it has 16
            depth = 8
    return (pixels >> max(0, depth - 8)).astype(np.uint8)


def windows(file: Dataset, number: int) -> list[tuple[float, float, str]]:
    """Center, width and explanation of each window that a frame brings along."""
    source = group(file, number, "FrameVOILUTSequence", "WindowCenter")
    centers, widths = _several(source, "WindowCenter"), _several(source, "WindowWidth")
    names = _several(source, "WindowCenterWidthExplanation")
    names += [""] * len(centers)
    found = []
    for center, width, name in zip(centers, widths, names, strict=False):
        if np.isfinite(float(center)) and 0 < float(width) < np.inf:
            found.append((float(center), float(width), str(name)[:64]))
    return found[:MOST_WINDOWS]


def _several(source: Dataset, keyword: str) -> list[Any]:
    value = source.get(keyword)
    if value is None or value == "":
        return []
    return list(value) if not isinstance(value, str) and np.iterable(value) else [value]


def curves(file: Dataset) -> Iterator[tuple[int, NDArray[np.uint16]]]:
    """The VOI LUTs of a file: the first value each maps, and what that and the next become."""
    for index, item in enumerate((file.get("VOILUTSequence") or [])[:MOST_CURVES]):
        length, first, depth = (int(part) for part in item.LUTDescriptor)
        inputs = np.arange(first, first + (length or 65_536), dtype=np.int32)
        mapped = apply_voi(inputs, file, index).astype(np.float64)
        yield first, np.rint(mapped * (MOST_STORED / (2**depth - 1))).clip(0, MOST_STORED)


def function(file: Dataset) -> str:
    """How windows are meant: LINEAR unless the file says otherwise."""
    source = group(file, 0, "FrameVOILUTSequence", "VOILUTFunction")
    return str(source.get("VOILUTFunction") or "LINEAR")
