"""DICOM files between upload and choice: what is kept, what never is, when it is forgotten."""

import io
import logging
import os
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from PIL import Image as Pillow
from pydicom import Dataset, Sequence
from pydicom.uid import UID

from curation import scans, workflow
from curation.domain.imaging import ImageRefusedError
from curation.domain.windows import Window
from curation.errors import WrongMomentError
from curation.images import read_image
from curation.models import Image, Panel, Scan
from curation.models.scan import KEPT_FOR
from curation.scans import Setting
from curation.tasks import forget_scans
from tests.curation.dicoms import RAMP, dicom_bytes, made, make_scan, saved, wheel_file
from tests.factories import make_person, make_problem

pytestmark = pytest.mark.django_db

CANARY = "CANARY7351"
BONE = Setting(place=1, window=Window(center=300, width=1_000))


@pytest.fixture
def panel() -> Panel:
    return make_problem().panels.in_order().select_related("problem__author")[0]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """The scans storage, empty."""
    options = {**settings.STORAGES["scans"], "OPTIONS": {"location": tmp_path / "scans"}}
    settings.STORAGES = {**settings.STORAGES, "scans": options}
    return tmp_path / "scans"


def bring(panel: Panel, upload: bytes) -> Scan:
    return scans.bring_scan(panel, upload, by=panel.problem.author)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def age(path: Path, by: timedelta) -> None:
    """Let files and folders look so much older."""
    moment = (timezone.now() - by).timestamp()
    for each in (path, *path.rglob("*")):
        os.utime(each, (moment, moment))


def test_a_scan_is_its_frames_and_a_few_terms(panel: Panel, folder: Path) -> None:
    upload = dicom_bytes(np.stack([RAMP, RAMP]), BodyPartExamined="CHEST")

    scan = bring(panel, upload)

    assert (scan.panel, scan.uploaded_by) == (panel, panel.problem.author)
    assert scan.acquisition == {"modality": "CT", "body_part": "CHEST"}
    assert sorted(path.name for path in files_in(folder)) == ["0.png", "1.png"]
    stored = Scan.objects.get(pk=scan.pk)
    assert scans.described(stored) == scans.described(scan)
    assert stored.description["total"] == 2


@pytest.mark.parametrize("name", ["image_dfl.dcm", "rtplan.dcm", "MR_truncated.dcm"])
def test_of_a_refused_file_nothing_is_left(panel: Panel, folder: Path, name: str) -> None:
    with pytest.raises(ImageRefusedError, match="Please"):
        bring(panel, wheel_file(name))

    assert not Scan.objects.exists()
    assert not any(folder.glob("*"))


def test_of_a_file_whose_last_frame_fails_nothing_is_left(panel: Panel, folder: Path) -> None:
    upload = dicom_bytes(np.stack([RAMP] * 3))

    with pytest.raises(ImageRefusedError, match="damaged"):
        bring(panel, upload[: -RAMP.nbytes])

    assert not Scan.objects.exists()
    assert not any(folder.glob("*"))


def told_everything() -> bytes:
    """A file that carries the canary wherever the format has a place for it."""
    inner = Dataset()
    inner.PatientName = inner.PatientID = CANARY
    deeper = Dataset()
    deeper.OtherPatientIDsSequence = Sequence([inner])
    file = made(
        np.stack([RAMP, RAMP]),
        PatientName=CANARY,
        PatientID=CANARY,
        PatientComments=CANARY,
        OtherPatientIDsSequence=Sequence([inner]),
        RequestAttributesSequence=Sequence([deeper]),
        ReferencedImageSequence=Sequence([inner]),
        SharedFunctionalGroupsSequence=Sequence([deeper]),
        ImageComments=CANARY,
        StudyDescription=CANARY,
        InstitutionName=CANARY,
        BodyPartExamined=CANARY,
        ViewPosition=CANARY,
        WindowCenter=[40, 300],
        WindowWidth=[400, 900],
        WindowCenterWidthExplanation=[CANARY, f"LUNG {CANARY}"],
        DataSetTrailingPadding=CANARY.encode(),
    )
    block = file.private_block(0x0011, f"MAKER {CANARY}", create=True)
    block.add_new(0x01, "LO", CANARY)
    file.add_new(0x60000010, "US", 48)
    file.add_new(0x60000011, "US", 64)
    file.add_new(0x60000022, "LO", CANARY)
    file.add_new(0x60003000, "OW", (CANARY * 40).encode()[:384])
    file.file_meta.SourceApplicationEntityTitle = CANARY
    file.file_meta.PrivateInformationCreatorUID = UID("1.2.3")
    file.file_meta.PrivateInformation = CANARY.encode()
    file.preamble = (CANARY * 13).encode()[:128]
    return saved(file) + CANARY.encode() * 3


def rows_as_text() -> str:
    """Everything the database holds."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        raw = connection.connection
        assert isinstance(raw, sqlite3.Connection)
        return "\n".join(raw.iterdump())
    return repr(list(Scan.objects.values())) + repr(list(Image.objects.values()))


@pytest.mark.filterwarnings("ignore")  # pydicom warns of what the canary is not
def test_nothing_that_names_the_patient_is_kept_or_said(
    panel: Panel, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    upload = told_everything()
    assert upload.count(CANARY.encode()) > 20

    with caplog.at_level(logging.DEBUG):
        scan = bring(panel, upload)
        image = scans.choose(scan, BONE)
        with pytest.raises(ImageRefusedError) as refused:
            bring(panel, upload.replace(CANARY.encode() * 3, b"")[: -RAMP.nbytes - 200])

    kept = [path.read_bytes() for path in (*folder.rglob("*.png"),)] + [read_image(image)]
    assert len(kept) == 3
    everything = b"".join(kept) + caplog.text.encode() + rows_as_text().encode()
    everything += repr((refused.value, refused.value.__cause__, image.acquisition)).encode()
    assert str(scan.pk).replace("-", "") in rows_as_text()
    assert CANARY[:6].encode() not in everything
    assert image.acquisition == {
        "modality": "CT",
        "frame": 2,
        "window_center": 300,
        "window_width": 1_000,
    }


def test_an_overlay_is_not_drawn_into_the_picture(panel: Panel) -> None:
    file = made()
    plain = bring(panel, saved(file))
    file.add_new(0x60000010, "US", 48)
    file.add_new(0x60000011, "US", 64)
    file.add_new(0x60000040, "CS", "G")
    file.add_new(0x60003000, "OW", b"\xff" * 384)
    drawn = bring(panel, saved(file))

    setting = Setting(place=0, window=BONE.window)
    assert scans.render(plain, setting) == scans.render(drawn, setting)


def test_choosing_shows_the_picture_in_the_panel_as_any_other_image(panel: Panel) -> None:
    scan = make_scan(panel)
    before = panel.image

    image = scans.choose(scan, BONE, like=before)

    panel.refresh_from_db()
    scan.refresh_from_db()
    assert panel.image == image == scan.image
    assert before is not None
    assert (image.media_type, image.origin_sha256, image.source) == ("image/png", "", before.source)
    assert image.acquisition["frame"] == 2
    values = RAMP + 100
    expected = 255 * np.clip((values - 299.5) / 999 + 0.5, 0, 1)
    shown = np.asarray(Pillow.open(io.BytesIO(read_image(image))))
    assert np.abs(shown - expected).max() <= 0.51
    assert list(Scan.objects.that_gave(image)) == [scan]


def test_a_choice_for_a_submitted_problem_changes_nothing(panel: Panel) -> None:
    scan, before = make_scan(panel), panel.image
    workflow.submit(panel.problem, by=panel.problem.author, version=panel.problem.version)

    with pytest.raises(WrongMomentError):
        scans.choose(scan, BONE)

    panel.refresh_from_db()
    scan.refresh_from_db()
    assert panel.image == before
    assert scan.image is None


def test_the_choice_can_be_made_again(panel: Panel) -> None:
    scan = make_scan(panel)
    first = scans.choose(scan, BONE)
    lung = Setting(place=0, window=Window(center=-600, width=1_500))

    second = scans.choose(scan, lung)

    panel.refresh_from_db()
    assert panel.image == second != first
    assert Scan.objects.get(pk=scan.pk).image == second


def test_a_preview_is_bounded(panel: Panel) -> None:
    picture = scans.render(make_scan(panel), BONE, longest=32)

    assert Pillow.open(io.BytesIO(picture)).size == (32, 24)


def test_a_scan_is_seen_by_its_author_alone(panel: Panel) -> None:
    scan = make_scan(panel)
    others = make_person(is_author=True, is_editor=True), make_person(is_reviewer=True)

    assert list(Scan.objects.visible_to(panel.problem.author)) == [scan]
    assert not any(Scan.objects.visible_to(other).exists() for other in others)


def test_a_scan_is_forgotten_with_its_files_after_its_time(panel: Panel, folder: Path) -> None:
    old, young = make_scan(panel), make_scan(panel)
    Scan.objects.filter(pk=old.pk).update(uploaded_at=timezone.now() - KEPT_FOR - timedelta(1))
    image = scans.choose(old, BONE)

    forget_scans()

    assert list(Scan.objects.all()) == [young]
    assert [path.name for path in folder.iterdir()] == [str(young.pk)]
    panel.refresh_from_db()
    assert panel.image == image  # what was chosen from it stays
    assert read_image(image)


def test_what_a_killed_process_or_a_removed_panel_left_is_removed_once_it_is_old(
    panel: Panel, folder: Path
) -> None:
    removed = make_scan(panel)
    panel.delete()
    assert not Scan.objects.filter(pk=removed.pk).exists()
    half = folder / "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    half.mkdir()
    (half / "0.png.aside").write_bytes(b"half")
    (folder / "1b4e28ba-2fa1-11d2-883f-0016d3cca427").mkdir()

    forget_scans()
    assert len(list(folder.iterdir())) == 3  # they may be of somebody who is uploading right now

    age(folder, timedelta(hours=2))
    forget_scans()
    assert not any(folder.iterdir())


def test_forgetting_is_no_trouble_before_anybody_brought_a_scan(folder: Path) -> None:
    forget_scans()

    assert not folder.exists()


def test_the_beat_forgets_scans() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["curation.tasks.forget_scans"]

    assert entry["task"] == forget_scans.name


def test_a_color_scan_gives_its_colors(panel: Panel) -> None:
    colors = np.stack([RAMP % 256, RAMP % 199, RAMP % 99], axis=-1).astype(np.uint8)
    scan = bring(panel, dicom_bytes(colors, Modality="US"))

    image = scans.choose(scan, Setting(place=0))

    assert np.array_equal(np.asarray(Pillow.open(io.BytesIO(read_image(image)))), colors)
    assert image.acquisition == {"modality": "US", "frame": 1}


def test_a_curve_of_the_file_can_be_chosen(panel: Panel) -> None:
    table = Dataset()
    table.add_new("LUTDescriptor", "SS", [4_096, -1_024, 16])
    ramp = (np.arange(4_096)[::-1] // 16).astype(np.uint16)
    table.add_new("LUTData", "OW", (257 * ramp).tobytes())
    scan = bring(panel, dicom_bytes(VOILUTSequence=Sequence([table])))

    image = scans.choose(scan, Setting(place=0, curve=0))

    shown = np.asarray(Pillow.open(io.BytesIO(read_image(image))))
    assert np.array_equal(shown, ramp[RAMP + 1_024])
    assert image.acquisition == {"modality": "CT", "frame": 1, "curve": 1}
