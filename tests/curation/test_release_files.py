"""The files of a release as people get them: exported by a command, downloaded, loaded."""

from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import datasets
import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow
from pytest_django import Settings

from curation.domain.bundle import verify_manifest
from curation.exporting import write_release
from curation.models import Image, Release, Status, User
from curation.releases import cut_release, publish_release
from tests.curation.statuses import bring_to, make_crew
from tests.curation.storages import keep_releases_in
from tests.factories import make_person

pytestmark = pytest.mark.django_db

PARQUET_PATH = "data/test-00000-of-00001.parquet"
_SMMILE_COLUMNS = [
    "question",
    "answer",
    "image",
    "image_url",
    "problem_id",
    "order",
    "parquet_path",
    "speciality",
    "flag_answer_format",
    "flag_image_type",
    "flag_cognitive_process",
    "flag_rarity",
    "flag_difficulty_llms",
]


@pytest.fixture(autouse=True)
def stored(tmp_path: Path, settings: Settings) -> Path:
    """The folder of the releases storage, empty at first."""
    folder = tmp_path / "stored"
    keep_releases_in(folder, settings)
    return folder


@pytest.fixture
def release() -> Release:
    """Three problems as version 1.0.0; its files are not written yet."""
    crew = make_crew()
    for _ in range(3):
        bring_to(Status.APPROVED, crew)
    return cut_release("1.0.0", notes="The first.", by=crew.editor)


def _publish(release: Release) -> None:
    write_release(release)
    publish_release(release, by=release.cut_by)


@pytest.fixture
def reader(client: Client) -> User:
    """Somebody without a role, logged in."""
    person = make_person()
    client.force_login(person)
    return person


def _export(to: Path, version: str = "1.0.0") -> None:
    call_command("export_release", version, to=to)


def _bytes_in(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _download(client: Client, path: str) -> Any:
    return client.get(f"/releases/1.0.0/files/{path}")


@pytest.mark.usefixtures("release")
def test_two_exports_of_a_release_are_the_same_bytes(tmp_path: Path) -> None:
    _export(tmp_path / "one")
    _export(tmp_path / "deep" / "other")
    one = _bytes_in(tmp_path / "one")
    assert one == _bytes_in(tmp_path / "deep" / "other")
    pictures = [path for path in one if path.startswith("images/")]
    assert len(pictures) == 4  # the same in every problem
    assert verify_manifest(tmp_path / "one") == []


def test_an_export_after_years_of_work_is_what_was_written_at_first(
    release: Release, stored: Path, tmp_path: Path
) -> None:
    _publish(release)
    crew = make_crew()
    bring_to(Status.RETIRED, crew)
    Image.objects.update(source="Somewhere else", attribution="Somebody else")
    _export(tmp_path / "later")
    assert _bytes_in(tmp_path / "later") == _bytes_in(stored / "1.0.0")


@pytest.mark.usefixtures("release")
def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Mine.")
    with pytest.raises(CommandError, match="is not empty"):
        _export(tmp_path)
    assert _bytes_in(tmp_path) == {"notes.txt": b"Mine."}


@pytest.mark.usefixtures("release")
def test_a_file_is_not_taken_for_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("Mine.")
    for place in (file, file / "below"):
        with pytest.raises(CommandError, match="No folder can be made there"):
            _export(place)
    assert file.read_text() == "Mine."


def test_an_unknown_version_is_answered_with_those_that_exist(
    release: Release, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=r"no release 9\.9\.9; there is: 1\.0\.0"):
        _export(tmp_path / "to", "9.9.9")
    assert not (tmp_path / "to").exists()


def test_a_lost_image_is_said_in_plain_words(release: Release, tmp_path: Path) -> None:
    image = Image.objects.filter(revisions__releases=release).earliest("sha256")
    with storages["images"].open(image.storage_name) as file:
        content = file.read()
    storages["images"].delete(image.storage_name)
    try:
        with pytest.raises(CommandError, match=f"Image {image.sha256} is missing.*delete it"):
            _export(tmp_path / "to")
    finally:
        with storages["images"].open(image.storage_name, "wb") as file:
            file.write(content)
    assert verify_manifest(tmp_path / "to") != []


@pytest.mark.usefixtures("release")
def test_the_datasets_library_opens_what_was_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    _export(tmp_path / "to")
    rows = datasets.load_dataset(
        "parquet",
        data_files={"test": str(tmp_path / "to" / PARQUET_PATH)},
        split="test",
        cache_dir=str(tmp_path / "cache"),
    )
    assert rows.column_names == _SMMILE_COLUMNS
    assert len(rows) == 3 * 4
    for row in rows:
        assert isinstance(row["image"], Pillow.Image)
        assert row["image"].size == (48, 48)
        stored = Pillow.open(tmp_path / "to" / row["image_url"])
        assert row["image"].tobytes() == stored.tobytes()
        assert row["answer"]
    assert [row["order"] for row in rows] == [0, 1, 2, 3] * 3


@pytest.mark.usefixtures("reader")
def test_every_file_is_downloaded_as_it_was_written(
    release: Release, stored: Path, client: Client
) -> None:
    _publish(release)
    written = _bytes_in(stored / "1.0.0")
    assert len(written) == release.files.count()
    for file in release.files.all():
        answer = _download(client, file.path)
        assert b"".join(answer) == written[file.path]
        name = file.path.rpartition("/")[2]
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["ETag"] == f'"{file.sha256}"'
        assert int(answer["Content-Length"]) == file.byte_size


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "../../secret.txt",
        "data/../../secret.txt",
        "data/../README.md",
        "./README.md",
        "README.md/",
        "/README.md",
        "{secret}",
        "//{secret}",
        "file://{secret}",
        "..\\secret.txt",
        "readme.md",
        "data",
    ],
)
@pytest.mark.parametrize("encode", [str, partial(quote, safe="")], ids=["plain", "encoded"])
def test_a_path_that_is_no_file_of_the_release_is_not_found(
    path: str, encode: Any, release: Release, stored: Path, client: Client
) -> None:
    _publish(release)
    secret = stored / "secret.txt"
    secret.write_text("Secret.")
    answer = _download(client, encode(path.format(secret=secret)))
    assert answer.status_code == 404
    assert b"Secret." not in answer.content


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("path", ["README.md%00", "%00"])
def test_a_path_that_no_database_can_look_for_is_refused(
    path: str, client: Client, settings: Settings
) -> None:
    bring_to(Status.PUBLISHED, make_crew())
    # SQLite looks and finds nothing, PostgreSQL takes no NUL byte.
    expected = 404 if settings.IS_SQLITE else 400
    assert _download(client, path).status_code == expected


@pytest.mark.parametrize("status", ["queued", "writing", "failed", "stopped"])
def test_nothing_of_a_release_that_is_not_ready_is_downloaded(
    status: str, release: Release, stored: Path, client: Client
) -> None:
    client.force_login(release.cut_by)  # an editor, who sees drafts
    release.files.create(path="README.md", sha256="0" * 64, byte_size=5)
    (stored / "1.0.0").mkdir(parents=True)
    (stored / "1.0.0" / "README.md").write_text("Half.")
    Release.objects.update(status=status)
    assert _download(client, "README.md").status_code == 404
    Release.objects.update(status=Release.Status.READY)
    answer = _download(client, "README.md")
    assert b"".join(answer) == b"Half."


def test_a_cut_release_is_written_after_the_answer(
    client: Client, stored: Path, django_capture_on_commit_callbacks: Any
) -> None:
    crew = make_crew()
    bring_to(Status.APPROVED, crew)
    client.force_login(crew.editor)
    with django_capture_on_commit_callbacks() as later:
        sent = {"version": "1.0.0", "notes": " First. "}
        answer = client.post(reverse("curation:release_create"), sent)
        assert answer["Location"] == reverse("curation:release_detail", args=["1.0.0"])
        release = Release.objects.get()
        assert (release.status, release.notes, release.cut_by) == ("queued", "First.", crew.editor)
    assert len(later) == 1
    assert not stored.exists()
