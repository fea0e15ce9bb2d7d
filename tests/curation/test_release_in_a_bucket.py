"""A whole release by way of a bucket: written there, served from there, imported back."""

import io
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from config.object_store import ObjectStore
from curation.downloading import archive_name
from curation.exporting import write_release
from curation.models import Release, Status
from curation.releases import cut_release, publish_release
from curation.storing import KEPT
from tests.curation.conftest import BACKEND
from tests.curation.statuses import bring_to, make_crew

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_in_a_bucket(object_store: ObjectStore, settings: Settings) -> None:
    ours = {name: {"BACKEND": BACKEND, "OPTIONS": object_store.options(name)} for name in KEPT}
    settings.STORAGES = {**settings.STORAGES, **ours}


def _body(client: Client, address: str, status: int = 200, **headers: str) -> bytes:
    answer: Any = client.get(address, headers=headers)
    assert answer.status_code == status
    return b"".join(answer.streaming_content)


def test_a_release_is_written_to_a_bucket_served_from_it_and_imported_back(
    client: Client, tmp_path: Path
) -> None:
    crew = make_crew()
    for _ in range(2):
        bring_to(Status.APPROVED, crew)
    release = cut_release("1.0.0", notes="", by=crew.editor)
    write_release(release)
    publish_release(release, by=crew.editor)
    paths = set(release.files.values_list("path", flat=True))
    assert len(paths) > 10
    assert set(storages["releases"].listdir("1.0.0")[1]) == {p for p in paths if "/" not in p}

    (shard,) = release.files.filter(path__startswith="data/")
    address = reverse("curation:release_file", args=["1.0.0", shard.path])
    whole = _body(client, address)
    assert sha256(whole).hexdigest() == shard.sha256
    assert _body(client, address, 206, Range="bytes=100-299") == whole[100:300]

    address = reverse("curation:release_archive", args=["1.0.0", archive_name(release)])
    packed = _body(client, address)
    assert _body(client, address, 206, Range="bytes=-500") == packed[-500:]
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    (folder,) = tmp_path.iterdir()

    by = crew.editor.email
    call_command("import_release", str(folder), version="2.0.0", by=by, stdout=io.StringIO())
    imported = Release.objects.get(version="2.0.0")
    assert imported.is_ready
    for each in imported.files.filter(path__startswith="data/"):
        assert each.sha256 == release.files.get(path=each.path).sha256
    assert [x.sha256 for x in imported.revisions.order_by("sha256")] == [
        x.sha256 for x in release.revisions.order_by("sha256")
    ]
