"""Files in a folder and in a bucket: the same manners."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import botocore.client
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Pillow
from pytest_django import Settings

from config.object_store import ObjectStore
from curation.images import bring_image, read_image
from curation.models import Import, Scan
from curation.scans import forget_old_scans
from curation.storing import KEPT, StoredSpan
from tests.curation.cast import Cast
from tests.curation.conftest import BACKEND
from tests.curation.importers import bring_checked, files_of
from tests.factories import make_person, png_bytes

_BIG = bytes(range(256)) * 5000  # more than one block


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("name", ["releases"])
class TestAStorage:
    def test_gives_what_was_saved_under_exactly_its_name(self, name: str) -> None:
        storage = storages[name]
        assert storage.save("a/b.bin", ContentFile(_BIG)) == "a/b.bin"
        with storage.open("a/b.bin") as file:
            assert file.read() == _BIG
        assert storage.exists("a/b.bin")
        assert storage.size("a/b.bin") == len(_BIG)
        assert storage.listdir("a") == ([], ["b.bin"])
        assert storage.listdir("") == (["a"], [])
        assert storage.get_modified_time("a/b.bin") <= timezone.now()

    def test_saving_again_replaces(self, name: str) -> None:
        storage = storages[name]
        for data in (b"first", b"second"):
            assert storage.save("a.txt", ContentFile(data)) == "a.txt"
        with storage.open("a.txt") as file:
            assert file.read() == b"second"
        assert storage.listdir("")[1] == ["a.txt"]

    def test_what_is_opened_is_read_from_anywhere(self, name: str) -> None:
        storages[name].save("a.bin", ContentFile(_BIG))
        with storages[name].open("a.bin") as file:
            file.seek(-7, io.SEEK_END)
            assert (file.tell(), file.read()) == (len(_BIG) - 7, _BIG[-7:])
            file.seek(1000)
            file.seek(11, io.SEEK_CUR)
            assert file.read(500_000) == _BIG[1011:501_011]
            assert file.read(0) == b""
            file.seek(len(_BIG) + 5)
            assert file.read(3) == b""

    def test_deleting_is_done_once_and_no_harm_twice(self, name: str) -> None:
        storages[name].save("a.txt", ContentFile(b"a"))
        for _ in range(2):
            storages[name].delete("a.txt")
            assert not storages[name].exists("a.txt")

    @pytest.mark.parametrize(
        "ask",
        [
            lambda storage: storage.open("nothing"),
            lambda storage: storage.size("nothing"),
            lambda storage: storage.listdir("nothing"),
            lambda storage: storage.get_modified_time("nothing"),
            lambda storage: StoredSpan(storage, "nothing", 0, 1),
        ],
        ids=["open", "size", "listdir", "modified", "span"],
    )
    def test_what_is_not_there_is_said_in_one_way(
        self, ask: Callable[[Any], Any], name: str
    ) -> None:
        with pytest.raises(FileNotFoundError):
            ask(storages[name])

    def test_a_span_is_read_in_blocks_and_a_short_file_is_no_whole_one(self, name: str) -> None:
        storages[name].save("a.bin", ContentFile(_BIG))
        span = StoredSpan(storages[name], "a.bin", 100, len(_BIG))
        blocks = list(span)
        assert b"".join(blocks) == _BIG[100:]
        assert len(blocks) == 2
        span.close()
        short = StoredSpan(storages[name], "a.bin", 0, len(_BIG) + 1)
        with pytest.raises(OSError, match="ends 1 bytes too early"):
            list(short)
        short.close()


@pytest.mark.usefixtures("kept")
def test_each_kind_of_file_has_a_place_of_its_own() -> None:
    for name in KEPT:
        storages[name].save("a.txt", ContentFile(name.encode()))
    for name in KEPT:
        with storages[name].open("a.txt") as file:
            assert file.read() == name.encode()


@pytest.mark.django_db
@pytest.mark.usefixtures("kept")
def test_a_picture_is_brought_read_and_shown(client: Client) -> None:
    person = make_person(is_author=True)
    image = bring_image(png_bytes(3), by=person)
    assert Pillow.open(io.BytesIO(read_image(image))).size == (48, 48)
    client.force_login(person)
    for name in ("image_file", "image_thumbnail"):
        answer = client.get(reverse(f"curation:{name}", args=[image.pk]))
        data = b"".join(answer)
        assert int(answer["Content-Length"]) == len(data)
        assert Pillow.open(io.BytesIO(data)).size == (48, 48)


@pytest.mark.django_db
@pytest.mark.usefixtures("kept")
def test_an_import_is_read_from_where_it_was_kept_and_its_files_go_with_it(client: Client) -> None:
    author = make_person(is_author=True)
    batch = bring_checked(author, files_of("a"))
    assert batch.status == Import.Status.READY, batch.failure
    assert storages["imports"].listdir(str(batch.pk))[1]
    client.force_login(author)
    client.post(reverse("curation:import_cancel", args=[batch.pk]))
    assert not storages["imports"].exists(batch.stored_name("0"))


@pytest.mark.django_db
@pytest.mark.usefixtures("kept")
def test_a_scan_is_shown_and_forgotten(client: Client) -> None:
    cast = Cast()
    client.force_login(cast.author)
    answer = client.get(reverse("curation:scan_preview", args=[cast.scan.pk]))
    assert Pillow.open(io.BytesIO(answer.getvalue())).size
    folder = str(cast.scan.pk)
    assert storages["scans"].listdir(folder)[1]
    from_now_on = timezone.now() + timedelta(days=400)
    forget_old_scans(from_now_on)
    assert not Scan.objects.exists()
    with pytest.raises(FileNotFoundError):
        storages["scans"].listdir(folder)


class TestABucket:
    @pytest.fixture(autouse=True)
    def _in_a_bucket(self, object_store: ObjectStore, settings: Settings) -> None:
        options = object_store.options("releases")
        releases = {"BACKEND": BACKEND, "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "releases": releases}

    def test_is_asked_for_no_more_than_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        storages["releases"].save("a.bin", ContentFile(_BIG))
        asked = _listening(monkeypatch)
        span = StoredSpan(storages["releases"], "a.bin", 5, 700_000)
        assert b"".join(span) == _BIG[5:700_000]
        span.close()
        sent = [int(number) for each in asked for number in each.removeprefix("bytes=").split("-")]
        assert max(sent) < 700_000 + 256 * 1024 < len(_BIG)
        assert min(sent) == 5

    def test_that_replaces_what_is_being_read_breaks_the_reading_off(self) -> None:
        storage = storages["releases"]
        storage.save("a.bin", ContentFile(_BIG))
        with storage.open("a.bin") as file:
            assert file.read(10) == _BIG[:10]
            storage.save("a.bin", ContentFile(_BIG[::-1]))
            file.seek(900_000)
            with pytest.raises(OSError, match="was replaced while it was read"):
                file.read(10)

    def test_keeps_everything_below_its_prefix(self, object_store: ObjectStore) -> None:
        storages["releases"].save("1.0.0/a.txt", ContentFile(b"a"))
        client = storages["releases"].connection.meta.client  # type: ignore[attr-defined]  # of django-storages
        listed = client.list_objects_v2(Bucket=object_store.bucket)["Contents"]
        assert [each["Key"] for each in listed] == ["some/where/releases/1.0.0/a.txt"]


def _listening(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ranges that the client sends from now on."""
    asked: list[str] = []
    call = botocore.client.BaseClient._make_api_call

    def listen(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "GetObject":
            asked.append(parameters["Range"])
        return call(client, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", listen)
    return asked


@pytest.mark.django_db
class TestReadiness:
    def test_is_said_where_files_can_be_kept(self, kept: str, client: Client) -> None:
        answer = client.get(reverse("curation:health_ready"))
        assert (answer.status_code, answer.content) == (200, b"ready"), kept

    @pytest.mark.usefixtures("object_store")
    def test_is_denied_without_the_bucket(
        self, object_store: ObjectStore, settings: Settings, client: Client
    ) -> None:
        options = object_store.options("images") | {"bucket_name": "not-there"}
        images = {"BACKEND": BACKEND, "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "images": images}
        answer = client.get(reverse("curation:health_ready"))
        assert (answer.status_code, answer.content) == (503, b"the files cannot be kept")

    def test_is_denied_where_the_folder_is_a_file(
        self, settings: Settings, client: Client, tmp_path: Path
    ) -> None:
        (tmp_path / "images").write_bytes(b"")
        images = {
            "BACKEND": "curation.storing.WholeFileStorage",
            "OPTIONS": {"location": tmp_path / "images"},
        }
        settings.STORAGES = {**settings.STORAGES, "images": images}
        assert client.get(reverse("curation:health_ready")).status_code == 503
