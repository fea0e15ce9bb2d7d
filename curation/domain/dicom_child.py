"""Decodes one DICOM file in a process of its own, which has little to lose.

A program with the file on standard input:

    dicom_child MAX_BYTES MAX_FRAME_PIXELS MAX_FRAMES MAX_TOTAL_PIXELS

On standard output it leaves frames, each an 8-byte big-endian length and that many bytes: either
`refused` and a sentence, or `scan` and what holds for all of it as JSON, and then for each picture
what holds for it as JSON and its pixels as PNG. Pictures are the frames of the file, or enough of
them, and after those its curves (VOI LUT) as rows of 65,536ths. Whatever pydicom raises ends this
process, and the parent says that the file is damaged; nothing of an error is written anywhere.

What the pixels mean is found in `dicom_values`: gray is kept in 16 bits, color in 8.
"""

import io
import json
import re
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset, config, dcmread
from pydicom.filereader import read_dataset, read_preamble
from pydicom.pixels.decoders.base import Decoder, get_decoder
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
)

from curation.domain import dicom_values
from curation.domain.imaging_child import RefusedError, limit_resources

CPU_SECONDS = 40  # 200 megapixels of JPEG 2000
_FILE_META = 0x0002
_GRAY = {"MONOCHROME1", "MONOCHROME2"}
_SHORT = re.compile(r"[A-Z0-9_ ]{1,16}")
# All that is ever read of a file; the rest is skipped where it stands.
_KEYWORDS = """
    Modality BodyPartExamined ViewPosition SamplesPerPixel PhotometricInterpretation Rows Columns
    PlanarConfiguration NumberOfFrames BitsAllocated BitsStored HighBit PixelRepresentation
    PixelPaddingValue PixelPaddingRangeLimit RescaleSlope RescaleIntercept WindowCenter WindowWidth
    WindowCenterWidthExplanation VOILUTFunction ModalityLUTSequence VOILUTSequence
    SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence
    RedPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableDescriptor
    BluePaletteColorLookupTableDescriptor RedPaletteColorLookupTableData
    GreenPaletteColorLookupTableData BluePaletteColorLookupTableData
    SegmentedRedPaletteColorLookupTableData SegmentedGreenPaletteColorLookupTableData
    SegmentedBluePaletteColorLookupTableData ExtendedOffsetTable ExtendedOffsetTableLengths
    PixelData FloatPixelData DoubleFloatPixelData
"""
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")

type Pixels = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Caps:
    """The most pixels of a frame, frames, and pixels of all frames together."""

    frame_pixels: int
    frames: int
    total_pixels: int


def require_open(upload: bytes) -> None:
    """Refuse by the file meta alone what would have to be inflated, and tables of contents."""
    file = io.BytesIO(upload)
    read_preamble(file, force=True)
    meta = read_dataset(
        file,
        is_implicit_VR=False,
        is_little_endian=True,
        stop_when=lambda tag, _vr, _length: tag.group != _FILE_META,
    )
    if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        raise RefusedError(
            "This DICOM file is compressed as a whole (deflated) and cannot be taken. "
            "Please export it without that, or as PNG, and upload that."
        )
    if meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
        raise RefusedError(
            "This is the table of contents of a DICOM disc (DICOMDIR), not a picture. "
            "Please upload one of the files it lists."
        )


def opened(upload: bytes) -> Dataset:
    """What is needed of a file that holds pixels."""
    require_open(upload)
    file = dcmread(io.BytesIO(upload), force=True, specific_tags=_KEYWORDS.split())
    if not any(name in file for name in _PIXELS) or not (file.get("Rows") and file.get("Columns")):
        raise RefusedError(
            "This DICOM file holds no picture; it may be a report, a plan or a drawing. "
            "Please upload the file of a picture."
        )
    return file


def frame_numbers(file: Dataset, caps: Caps) -> list[int]:
    """Which frames to keep, from 0: all, or evenly spaced ones as the caps allow."""
    pixels = int(file.Rows) * int(file.Columns)
    if pixels > caps.frame_pixels:
        raise RefusedError(
            f"This picture has {file.Columns} x {file.Rows} pixels; at most "
            f"{caps.frame_pixels // 1_000_000} megapixels can be taken. "
            "Please export it smaller, and upload that."
        )
    total = frame_count(file)
    count = min(total, caps.frames, caps.total_pixels // pixels)
    return [round(place * (total - 1) / max(1, count - 1)) for place in range(count)]


def frame_count(file: Dataset) -> int:
    """How many frames the file says it has."""
    return max(1, int(file.get("NumberOfFrames") or 1))


def syntax(file: Dataset) -> str:
    """How its pixels are encoded; what a file without file meta must be, where it does not say."""
    stated = file.file_meta.get("TransferSyntaxUID")
    if stated:
        return str(stated)
    is_implicit, is_little_endian = file.original_encoding
    if is_implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if is_little_endian else ExplicitVRBigEndian


def decoder_of(file: Dataset) -> Decoder:
    """What decodes its pixels."""
    try:
        return get_decoder(syntax(file))
    except NotImplementedError as error:
        raise RefusedError(
            "The pixels of this DICOM file are encoded in a way that cannot be read here, such as "
            "video. Please export the frame that matters as PNG and upload that."
        ) from error


def decoded(file: Dataset, numbers: list[int], decoder: Decoder) -> Iterator[Pixels]:
    """The frames, one at a time; colors as RGB."""
    # Named one by one, even if all are wanted: else pydicom 3.0.2 fails on signs to be mended.
    for pixels, _ in decoder.iter_array(file, indices=numbers):
        yield pixels


def said(file: Dataset) -> dict[str, str]:
    """Modality, body part and view, where they are short codes; the parent knows the terms."""
    keywords = {
        "modality": "Modality",
        "body_part": "BodyPartExamined",
        "view": "ViewPosition",
    }
    codes = {name: str(file.get(keyword) or "").strip() for name, keyword in keywords.items()}
    return {name: code for name, code in codes.items() if _SHORT.fullmatch(code)}


def png(pixels: Pixels) -> bytes:
    """8 bits of color or 16 of gray, and nothing beside the pixels."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def described(file: Dataset) -> dict[str, Any]:
    """What holds for all frames."""
    photometry = str(file.get("PhotometricInterpretation"))
    return {
        "width": int(file.Columns),
        "height": int(file.Rows),
        "total": frame_count(file),
        "is_color": photometry not in _GRAY,
        "is_inverted": photometry == "MONOCHROME1",
        "function": dicom_values.function(file),
        "said": said(file),
    }


def pictures(
    file: Dataset, numbers: list[int], decoder: Decoder
) -> Iterator[tuple[dict[str, Any], bytes]]:
    """The frames as they are kept, then the curves; nothing is decoded before it is asked for."""
    is_color = str(file.get("PhotometricInterpretation")) not in _GRAY
    for number, pixels in zip(numbers, decoded(file, numbers, decoder), strict=True):
        about: dict[str, Any] = {"number": number + 1}
        if is_color:
            yield about, png(dicom_values.colors(file, pixels))
            continue
        scale, stored = dicom_values.gray(file, number, pixels)
        about |= {"low": scale.low, "step": scale.step, "is_padded": scale.is_padded}
        about |= {"top": int(stored.max()), "windows": dicom_values.windows(file, number)}
        yield about, png(stored)
    if not is_color:
        for first, outputs in dicom_values.curves(file):
            yield {"first": first}, png(outputs.astype(np.uint16)[np.newaxis])


def answers(upload: bytes, caps: Caps) -> Iterator[bytes]:
    """What to answer for this upload."""
    try:
        file = opened(upload)
        numbers, decoder = frame_numbers(file, caps), decoder_of(file)
    except RefusedError as refusal:
        yield from (b"refused", str(refusal).encode())
        return
    yield from (b"scan", json.dumps(described(file)).encode())
    for about, data in pictures(file, numbers, decoder):
        yield from (json.dumps(about).encode(), data)


def write(frames: Iterable[bytes]) -> None:
    """Hand the answer to the parent, as it comes."""
    for frame in frames:
        sys.stdout.buffer.write(struct.pack(">Q", len(frame)))
        sys.stdout.buffer.write(frame)


def main() -> None:
    """Reads the upload, writes the answer."""
    limit_resources(CPU_SECONDS)
    config.settings.reading_validation_mode = config.IGNORE
    max_bytes, *caps = map(int, sys.argv[1:])
    write(answers(sys.stdin.buffer.read(max_bytes), Caps(*caps)))
