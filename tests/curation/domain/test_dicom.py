"""What a DICOM file becomes: values as the standard means them, or a refusal in plain words."""

from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom import Dataset, Sequence, dcmread
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.uid import MPEG4HP41, DeflatedExplicitVRLittleEndian, RLELossless

from curation.domain import dicom, dicom_child, windows
from curation.domain.imaging import ImageRefusedError, prepare
from curation.domain.imaging_child import RefusedError
from curation.domain.windows import Window
from tests.curation.dicoms import (
    RAMP,
    WHEEL,
    dicom_bytes,
    made,
    saved,
    taken_here,
    values_of,
    wheel_file,
)

# Damaged on purpose, or JPEG of 12 bits, which no decoder here reads.
UNREADABLE = {
    "JPEG-lossy.dcm",
    "JPGExtended.dcm",
    "JPEG2000-embedded-sequence-delimiter.dcm",
    "MR_truncated.dcm",
    "badVR.dcm",
}
GRAY = (
    "693_J2KI.dcm",
    "CT_small.dcm",
    "J2K_pixelrep_mismatch.dcm",
    "JPEGLSNearLossless_16.dcm",
    "MR_small.dcm",
    "MR_small_RLE.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_implicit.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "examples_overlay.dcm",
    "liver_1frame.dcm",
    "dicomdirtests/77654033/CR1/6154",
    "dicomdirtests/98892001/CT5N/2062",
)
COLOR = (
    "ExplVR_BigEnd.dcm",
    "SC_rgb_rle_2frame.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "SC_rgb_small_odd.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
    "SC_rgb_dcmtk_+eb+cy+np.dcm",
    "examples_rgb_color.dcm",
    "examples_ybr_color.dcm",
)


def read(upload: bytes) -> Dataset:
    return dcmread(DicomBytesIO(upload))


def shown(about: windows.ScanDescription, stored: NDArray[Any], window: Window) -> NDArray[Any]:
    """The picture in 8 bits."""
    levels: NDArray[Any] = about.levels(0, window)[stored]
    return levels


def refusal(upload: bytes, caps: dicom_child.Caps | None = None) -> str:
    with pytest.raises(ImageRefusedError) as refused:
        taken_here(upload, *([caps] if caps else []))
    return str(refused.value)


def outcome(upload: bytes) -> str:
    """What becomes of a file: a scan, a refusal, or the end of the child, which is one too."""
    try:
        if not dicom.is_dicom(upload):
            prepare(upload)
        return "scan" if taken_here(upload)[0].frames else "nothing"
    except ImageRefusedError as error:
        return "refused" if "Please" in str(error) else str(error)
    except Exception:  # noqa: BLE001 - whatever pydicom raises ends the child
        return "unreadable"


@pytest.mark.filterwarnings("ignore")  # pydicom warns of what its files do wrong
def test_every_file_of_pydicom_s_wheel_is_taken_or_refused() -> None:
    files = [path for path in WHEEL.rglob("*") if path.is_file()]
    outcomes = {path: outcome(path.read_bytes()) for path in files}

    assert len(files) > 150
    assert set(outcomes.values()) == {"scan", "refused", "unreadable"}
    assert {path.name for path, became in outcomes.items() if became == "unreadable"} == UNREADABLE
    assert sum(became == "scan" for became in outcomes.values()) > 80


@pytest.mark.filterwarnings("ignore")  # pydicom warns of what its files do wrong
@pytest.mark.parametrize("name", GRAY)
def test_gray_values_are_exactly_what_pydicom_s_modality_lut_gives(name: str) -> None:
    upload = wheel_file(name)
    file = read(upload)
    about, kept = taken_here(upload)

    expected = apply_modality_lut(file.pixel_array, file)
    is_picture = (
        kept[0] > 0 if about.frames[0].is_padded else np.full(kept[0].shape, fill_value=True)
    )
    assert np.allclose(values_of(about, kept)[is_picture], expected[is_picture], rtol=0, atol=1e-6)
    assert is_picture.mean() > 0.3
    assert about.is_inverted == (file.PhotometricInterpretation == "MONOCHROME1")


@pytest.mark.filterwarnings("ignore")  # pydicom warns of what its files do wrong
@pytest.mark.parametrize("name", COLOR)
def test_colors_are_what_pydicom_decodes(name: str) -> None:
    upload = wheel_file(name)
    about, kept = taken_here(upload)

    expected = read(upload).pixel_array.reshape(about.total, about.height, about.width, 3)
    assert about.is_color
    assert len(about.frames) == about.total
    for place, frame in enumerate(expected):
        assert np.array_equal(kept[place], frame)


def test_a_palette_gives_the_colors_it_lists() -> None:
    upload = wheel_file("examples_palette.dcm")
    file = read(upload)

    _, kept = taken_here(upload)

    deep = pydicom.pixels.processing.apply_color_lut(file.pixel_array, file)
    assert np.array_equal(kept[0], deep >> 8 if deep.max() > 255 else deep)


def test_colors_of_16_bits_keep_their_upper_8() -> None:
    deep = (RAMP[..., np.newaxis] * np.array([1, 7, 19])).astype(np.uint16)

    _, kept = taken_here(dicom_bytes(deep))

    assert np.array_equal(kept[0], deep >> 8)


@pytest.mark.parametrize("voi", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize("photometry", ["MONOCHROME1", "MONOCHROME2"])
def test_a_window_shows_what_pydicom_s_voi_lut_shows(voi: str, photometry: str) -> None:
    says: dict[str, Any] = {"WindowCenter": 35, "WindowWidth": 350, "VOILUTFunction": voi}
    file = made(RescaleSlope=2, RescaleIntercept=-100, PhotometricInterpretation=photometry, **says)
    about, kept = taken_here(saved(file))
    (window,) = about.frames[0].windows

    values = apply_modality_lut(file.pixel_array, file)
    low, high = -(2.0**15) * 2 - 100, (2.0**15 - 1) * 2 - 100  # pydicom spreads over these
    share = (apply_voi_lut(values, file) - low) / (high - low)
    expected = 255 * (1 - share if photometry == "MONOCHROME1" else share)
    assert np.abs(shown(about, kept[0], window) - expected).max() <= 0.51


def test_several_windows_are_offered_in_order_and_only_harmless_names_are_kept() -> None:
    says: dict[str, Any] = {
        "WindowCenter": [40, -600, 300, 1],
        "WindowWidth": [80, 1_500, 1_200, 0],
        "WindowCenterWidthExplanation": ["BRAIN", "DOE JOHN", "SOFT_TISSUE", "NORMAL"],
    }
    about, _ = taken_here(dicom_bytes(**says))

    assert about.frames[0].windows == (
        Window(center=40, width=80, name="brain"),
        Window(center=-600, width=1_500),
        Window(center=300, width=1_200, name="soft tissue"),
    )


def video() -> bytes:
    return dicom_bytes(syntax=MPEG4HP41, PixelData=encapsulate([b"moving"]))


def lut(first: int, depth: int, outputs: NDArray[Any]) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "SS", [len(outputs), first, depth])
    item.add_new("LUTData", "OW", outputs.astype(np.uint16).tobytes())
    return item


def test_a_modality_table_gives_the_values() -> None:
    outputs = (np.arange(256) ** 1.2).astype(np.uint16)
    file = made((RAMP % 300).astype(np.uint16), ModalityLUTSequence=Sequence([lut(0, 16, outputs)]))

    about, kept = taken_here(saved(file))

    assert np.array_equal(values_of(about, kept), outputs[np.minimum(RAMP % 300, 255)])


def test_a_curve_of_the_file_shows_what_pydicom_s_voi_lut_shows() -> None:
    outputs = np.rint(4_095 * np.sin(np.linspace(0, 1.5, 1_000)))
    file = made(VOILUTSequence=Sequence([lut(-200, 12, outputs)]))
    about, kept = taken_here(saved(file))

    levels = about.curved_levels(0, 0, kept["curve-0"][0])[kept[0]]

    expected = apply_voi_lut(file.pixel_array, file) * (255 / 4_095)
    assert np.abs(levels - expected).max() <= 0.51


def test_what_the_file_calls_padding_is_black_and_sets_no_range() -> None:
    pixels = RAMP.copy()
    pixels[:5] = -2_000
    for photometry in ("MONOCHROME1", "MONOCHROME2"):
        says = {"PixelPaddingValue": -2_000, "PhotometricInterpretation": photometry}
        about, kept = taken_here(dicom_bytes(pixels, **says))

        assert about.frames[0].ends == (float(pixels[5:].min()), float(pixels[5:].max()))
        assert not kept[0][:5].any()
        assert not shown(about, kept[0], about.whole(0))[:5].any()
        assert np.array_equal(values_of(about, kept)[5:], pixels[5:])


def test_padding_may_be_a_range_and_may_be_written_as_if_unsigned() -> None:
    pixels = RAMP.copy()
    pixels[0], pixels[1] = -2_000, -1_998
    file = made(pixels)
    file.add_new("PixelPaddingValue", "US", 2**16 - 2_000)
    file.add_new("PixelPaddingRangeLimit", "US", 2**16 - 1_995)

    about, kept = taken_here(saved(file))

    assert not kept[0][:2].any()
    assert about.frames[0].ends[0] == pixels[2:].min()


def test_bits_beyond_those_stored_are_no_part_of_a_value() -> None:
    # Old scanners put a drawing into the unused upper bits.
    pixels = (RAMP.astype(np.uint16) & 0x0FFF) | np.where(RAMP % 7 == 0, 0x1000, 0).astype(
        np.uint16
    )
    says = {"BitsStored": 12, "HighBit": 11}
    about, kept = taken_here(dicom_bytes(pixels, **says))

    assert np.array_equal(values_of(about, kept), pixels & 0x0FFF)


def test_deep_and_float_values_are_scaled_to_what_16_bits_hold() -> None:
    floats = RAMP.astype(np.float32) / 7
    floats[0, :3] = np.nan, np.inf, -np.inf
    wide = RAMP.astype(np.int32) * 1_000_000
    for pixels in (floats, wide):
        about, kept = taken_here(dicom_bytes(pixels))
        values, (low, high) = values_of(about, kept), about.frames[0].ends
        is_finite = np.isfinite(pixels)
        step = (high - low) / 65_535
        assert np.abs(values - pixels)[is_finite].max() <= step
        assert (low, high) == pytest.approx((pixels[is_finite].min(), pixels[is_finite].max()))


def test_each_frame_of_an_enhanced_file_has_its_own_rescale_and_window() -> None:
    def functional(number: int) -> Dataset:
        transformation, voi, item = Dataset(), Dataset(), Dataset()
        transformation.RescaleSlope, transformation.RescaleIntercept = number + 1, 10 * number
        voi.WindowCenter, voi.WindowWidth = 100 * number, 500
        item.PixelValueTransformationSequence = Sequence([transformation])
        item.FrameVOILUTSequence = Sequence([voi])
        return item

    frames = np.stack([RAMP, RAMP + 3])
    groups = Sequence([functional(0), functional(1)])

    about, kept = taken_here(dicom_bytes(frames, PerFrameFunctionalGroupsSequence=groups))

    for place in (0, 1):
        assert np.array_equal(
            values_of(about, kept, place), frames[place] * (place + 1.0) + 10 * place
        )
        assert about.frames[place].windows == (Window(center=100.0 * place, width=500.0),)


def test_of_too_many_frames_evenly_spaced_ones_are_kept() -> None:
    pixels = np.arange(9 * 4, dtype=np.uint8).reshape(9, 2, 2)

    for caps, numbers in (
        (dicom_child.Caps(4, 5, 1_000), [1, 3, 5, 7, 9]),
        (dicom_child.Caps(4, 100, 12), [1, 5, 9]),
        (dicom_child.Caps(4, 1, 1_000), [1]),
    ):
        about, kept = taken_here(dicom_bytes(pixels), caps)
        assert [frame.number for frame in about.frames] == numbers
        assert about.total == 9
        for place, number in enumerate(numbers):
            assert np.array_equal(values_of(about, kept, place), pixels[number - 1])


def test_frames_of_a_compressed_file_are_found_among_the_others() -> None:
    pixels = np.stack([RAMP + frame for frame in range(7)])
    file = made(pixels)
    file.compress(RLELossless)

    about, kept = taken_here(saved(file), dicom_child.Caps(RAMP.size, 3, 10**9))

    assert [frame.number for frame in about.frames] == [1, 4, 7]
    assert np.array_equal(values_of(about, kept, 1), pixels[3])


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (dicom_bytes(Rows=60_000, Columns=60_000), "60000 x 60000 pixels; at most 60 megapixels"),
        (wheel_file("image_dfl.dcm"), "compressed as a whole"),
        (wheel_file("dicomdirtests/DICOMDIR"), "table of contents"),
        (wheel_file("dicomdirtests/DICOMDIR-bigEnd"), "table of contents"),
        (wheel_file("reportsi.dcm"), "holds no picture"),
        (wheel_file("rtplan.dcm"), "holds no picture"),
        (wheel_file("waveform_ecg.dcm"), "holds no picture"),
        (video(), "encoded in a way that cannot be read here"),
    ],
    ids=["bomb", "deflated", "DICOMDIR", "big DICOMDIR", "report", "plan", "ECG", "video"],
)
@pytest.mark.filterwarnings("ignore")  # pydicom warns of what its files do wrong
def test_what_gives_no_picture_is_refused_in_plain_words(upload: bytes, words: str) -> None:
    message = refusal(upload)

    assert words in message
    assert "Please" in message


def test_what_is_deflated_is_refused_before_it_is_inflated() -> None:
    file = made()
    file.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    upload = saved(file)
    meta_ends = 144 + int.from_bytes(upload[140:144], "little")

    with pytest.raises(RefusedError, match="deflated"):
        dicom_child.opened(upload[:meta_ends] + b"no stream of zlib")


@pytest.mark.parametrize(
    ("upload", "is_one"),
    [
        (bytes(128) + b"DICM", True),
        (b"II*\0" + bytes(124) + b"DICM", True),
        (wheel_file("ExplVR_LitEndNoMeta.dcm"), True),
        (wheel_file("ExplVR_BigEndNoMeta.dcm"), True),
        (wheel_file("no_meta_group_length.dcm"), True),
        (wheel_file("rtstruct.dcm"), True),
        (wheel_file("README.txt"), False),
        (wheel_file("zipMR.gz"), False),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), False),
        (b"\x08\0", False),
        (b"", False),
    ],
)
def test_a_dicom_file_is_known_by_how_it_begins(upload: bytes, is_one: bool) -> None:  # noqa: FBT001 - a case of a table
    assert dicom.is_dicom(upload) == is_one


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"Modality": "MG", "BodyPartExamined": "BREAST", "ViewPosition": "MLO"}, "MG BREAST MLO"),
        ({"Modality": "MG", "BodyPartExamined": "DOE JOHN", "ViewPosition": "ROE"}, "MG"),
        ({"Modality": "DOE", "BodyPartExamined": "chest ", "ViewPosition": ""}, ""),
        ({"Modality": "CT", "BodyPartExamined": ["CHEST", "DOE"]}, "CT"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # pydicom warns of what is no code string
def test_only_terms_of_the_standard_are_kept(said: dict[str, Any], kept: str) -> None:
    about, _ = taken_here(dicom_bytes(**said))

    assert " ".join(about.said.values()) == kept
