"""DICOM files made for tests, files of pydicom's own, and scans as they are kept."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom.data
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from numpy.typing import NDArray
from PIL import Image as Pillow
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

from curation.domain import dicom, dicom_child
from curation.domain.windows import Frame, ScanDescription, Window
from curation.models import Panel, Scan

WHEEL = Path(pydicom.data.__file__).parent / "test_files"
CAPS = dicom_child.Caps(dicom.MAX_FRAME_PIXELS, dicom.MAX_FRAMES, dicom.MAX_TOTAL_PIXELS)
RAMP = np.arange(64 * 48, dtype=np.int16).reshape(48, 64) - 1_024

type Kept = dict[int | str, NDArray[Any]]


def wheel_file(name: str) -> bytes:
    """A file that pydicom itself is tested with, of those inside its wheel."""
    return (WHEEL / name).read_bytes()


def made(
    pixels: NDArray[Any] = RAMP, *, syntax: UID = ExplicitVRLittleEndian, **says: Any
) -> Dataset:
    """A CT of these pixels: rows x columns, or frames before them, or colors after them."""
    file = Dataset()
    file.file_meta = FileMetaDataset()
    file.file_meta.TransferSyntaxUID = syntax
    file.file_meta.MediaStorageSOPClassUID = file.SOPClassUID = CTImageStorage
    file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID = generate_uid()
    is_color = pixels.shape[-1] == 3
    shape = pixels.shape[:-1] if is_color else pixels.shape
    if len(shape) == 3:
        file.NumberOfFrames = shape[0]
    file.Rows, file.Columns = shape[-2:]
    file.SamplesPerPixel = 3 if is_color else 1
    file.PhotometricInterpretation = "RGB" if is_color else "MONOCHROME2"
    if is_color:
        file.PlanarConfiguration = 0
    file.Modality = "CT"
    file.BitsAllocated = file.BitsStored = 8 * pixels.dtype.itemsize
    file.HighBit = file.BitsStored - 1
    file.PixelRepresentation = int(pixels.dtype.kind == "i")
    if pixels.dtype.kind == "f":
        file.FloatPixelData = pixels.tobytes()
    else:
        file.PixelData = pixels.tobytes().ljust((pixels.nbytes + 1) // 2 * 2, b"\0")
    for keyword, value in says.items():
        setattr(file, keyword, value)
    return file


def saved(file: Dataset) -> bytes:
    """The file as an author has it."""
    buffer = io.BytesIO()
    file.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def dicom_bytes(pixels: NDArray[Any] = RAMP, **says: Any) -> bytes:
    """The bytes of a made file."""
    return saved(made(pixels, **says))


def taken_here(upload: bytes, caps: dicom_child.Caps = CAPS) -> tuple[ScanDescription, Kept]:
    """What `dicom.take_apart` gives, decoded in this process: as strict, but at once."""
    kept: Kept = {}
    answer: Iterator[bytes] = dicom_child.answers(upload, caps)
    about = dicom._understood(answer, lambda part, png: kept.__setitem__(part, pixels_of(png)))
    return about, kept


def pixels_of(png: bytes) -> NDArray[Any]:
    """The numbers in a PNG."""
    return np.asarray(Pillow.open(io.BytesIO(png)))


def values_of(about: ScanDescription, kept: Kept, place: int = 0) -> NDArray[np.float64]:
    """What the stored numbers of a frame mean."""
    frame = about.frames[place]
    return frame.low + frame.step * kept[place].astype(np.float64)


def make_scan(panel: Panel, *, count: int = 3) -> Scan:
    """A CT of so many frames in the scans storage, each a ramp from -1024, brighter by 100 HU."""
    height, width = RAMP.shape
    frames = [
        Frame(
            number=number + 1,
            low=-1_024.0 + 100 * number,
            top=RAMP.size - 1,
            windows=(Window(center=300, width=1_000, name="bone"),),
        )
        for number in range(count)
    ]
    about = ScanDescription(
        width=width,
        height=height,
        total=count,
        is_color=False,
        is_inverted=False,
        function="LINEAR",
        frames=tuple(frames),
        said={"modality": "CT"},
    )
    scan = Scan.objects.create(
        panel=panel,
        uploaded_by=panel.problem.author,
        description=about.as_json(),
        acquisition=about.said,
    )
    buffer = io.BytesIO()
    Pillow.fromarray((RAMP + 1_024).astype(np.uint16)).save(buffer, "PNG")
    for number in range(count):
        storages["scans"].save(scan.file_name(number), ContentFile(buffer.getvalue()))
    return scan
