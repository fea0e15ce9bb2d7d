"""Whatever file is brought through the page: a picture of nothing but pixels, or plain words."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from curation.models import Image
from tests.curation.hostile_images import CANARY, CASES, Case
from tests.curation.structure import StrangePartError, require_pixels_only
from tests.curation.writing import Desk, make_desk

pytestmark = pytest.mark.django_db

_WORDS = re.compile(r'class="upload-result is-refused".*?<p>([^<]*)</p>\s*</div>', re.DOTALL)
_CANARIES = tuple(CANARY.encode(code) for code in ("ascii", "utf-16-le", "utf-16-be"))
_STRUCTURE = {"ExifTool", "System", "File", "JFIF", "PNG", "Composite"}
_JFIF = {"JFIFVersion", "ResolutionUnit", "XResolution", "YResolution"}
_PNG = {"ImageWidth", "ImageHeight", "BitDepth", "ColorType", "Compression", "Filter", "Interlace"}


@pytest.fixture
def desk(
    client: Client, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A draft; its pictures and all files that are left over lie in folders of this test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    for folder in ("images", "temporary"):
        (tmp_path / folder).mkdir()
    desk = make_desk(client)
    options = {"location": tmp_path / "images"}
    images = {**settings.STORAGES["images"], "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "images": images}
    # What does not fit into memory at once lies in the temporary folder while it comes.
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    return desk


def _bring(desk: Desk, case: Case) -> Any:
    return desk.send("image_upload", upload=SimpleUploadedFile(case.file_name, case.make()))


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _stored(image: Image) -> list[bytes]:
    stored = []
    for name in (image.storage_name, image.thumbnail_name):
        with storages["images"].open(name) as file:
            stored.append(file.read())
    return stored


each_taken = pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name) for case in CASES if case.is_taken]
)
each_refused = pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name) for case in CASES if not case.is_taken]
)


@each_taken
def test_what_is_taken_is_kept_as_pixels_alone(desk: Desk, case: Case, tmp_path: Path) -> None:
    before = desk.panel().image
    answer = _bring(desk, case)
    assert answer.status_code == 302
    image = desk.panel().image
    assert image is not None
    assert image != before
    assert _files(tmp_path / "images") == {image.storage_name, image.thumbnail_name}
    assert _files(tmp_path / "temporary") == set()
    row = json.dumps(Image.objects.filter(pk=image.pk).values()[0], default=str)
    page = desk.client.get(desk.address()).content
    for data in (*_stored(image), row.encode(), page):
        assert not any(canary in data for canary in _CANARIES)
    for data in _stored(image):
        require_pixels_only(data)


@each_refused
def test_what_is_refused_leaves_nothing_but_plain_words(
    desk: Desk, case: Case, tmp_path: Path
) -> None:
    before, count = desk.panel().image, Image.objects.count()
    answer = _bring(desk, case)
    assert answer.status_code == 422
    assert _files(tmp_path / "images") == _files(tmp_path / "temporary") == set()
    assert (desk.panel().image, Image.objects.count()) == (before, count)
    (words,) = _WORDS.findall(answer.content.decode())
    assert re.fullmatch(r"This [A-Za-z0-9 ,.:;>()&#x;-]+[.)]", words)
    assert "Please" in words
    assert not re.search(r"Error|Exception|Traceback|PIL|None|errno", words)


def test_there_are_as_many_kinds_of_files_as_promised() -> None:
    assert len({case.name for case in CASES}) == len(CASES) > 100


@pytest.mark.parametrize("name", ["JPEG with comment", "PNG with text chunks", "JPEG and ZIP"])
def test_the_reader_of_structure_finds_what_is_too_much(name: str) -> None:
    (case,) = (case for case in CASES if case.name == name)
    with pytest.raises(StrangePartError):
        require_pixels_only(case.make())


@pytest.mark.skipif(
    shutil.which("exiftool") is None,
    reason="no exiftool on this machine; the tests above read the structure themselves",
)
def test_exiftool_finds_structure_only(desk: Desk, tmp_path: Path) -> None:
    names = [case for case in CASES if case.is_taken and " with " in case.name]
    for case in names:
        _bring(desk, case)
    found = subprocess.run(
        ["exiftool", "-a", "-G1", "-json", "-r", str(tmp_path / "images")],  # noqa: S607 - found above
        check=True,
        capture_output=True,
    )
    for tags in json.loads(found.stdout):
        for tag in tags.keys() - {"SourceFile"}:
            group, _, name = tag.partition(":")
            assert group in _STRUCTURE, tag
            assert group != "JFIF" or name in _JFIF, tag
            assert group != "PNG" or name in _PNG, tag
