"""Files of a release over HTTP: whole, in part, on conditions, from a folder and from a bucket."""

import hashlib
import io
import threading
import zipfile
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import Any
from zlib import crc32

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.http import http_date

from curation.downloading import archive_name, record_download
from curation.models import ApiToken, DownloadCount, HistoryEntry, Release, User, What
from curation.releases import stored_name
from curation.tokens import create_token
from tests.curation.cast import make_approved
from tests.curation.releasing import written_release, yank
from tests.factories import make_editor, make_person, make_release

_BYTES = hashlib.shake_256(b"rows").digest(1024**2 + 77)
_PATH = "data/rows.parquet"


def _release(**fields: Any) -> Release:
    """A published release with a large, a small and an empty file."""
    release = make_release(make_approved(make_person(is_author=True)), version="1.0.0")
    for path, data in ((_PATH, _BYTES), ("README.md", b"# Read me\n"), ("empty.txt", b"")):
        _put(release, path, data)
    Release.objects.filter(pk=release.pk).update(**fields)
    release.refresh_from_db()
    return release


def _put(release: Release, path: str, data: bytes) -> None:
    storages["releases"].save(stored_name(release, path), ContentFile(data))
    release.files.create(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        byte_size=len(data),
        crc32=crc32(data),
    )


def _get(client: Client, path: str = _PATH, **headers: str) -> Any:
    return client.get(f"/releases/1.0.0/files/{path}", headers=headers)


def _archive_address(release: Release) -> str:
    args = [release.version, archive_name(release)]
    return reverse("curation:release_archive", args=args)


def _body(answer: Any) -> bytes:
    return b"".join(answer)


@pytest.mark.django_db
class TestAFile:
    @pytest.fixture(autouse=True)
    def release(self, kept: str) -> Release:
        assert kept
        return _release()

    def test_says_all_that_is_known_of_it(self, client: Client, release: Release) -> None:
        answer = _get(client)
        assert _body(answer) == _BYTES
        digest = hashlib.sha256(_BYTES)
        assert answer.status_code == 200
        assert answer["ETag"] == f'"{digest.hexdigest()}"'
        assert answer["Repr-Digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
        assert answer["Accept-Ranges"] == "bytes"
        assert answer["Content-Length"] == str(len(_BYTES))
        assert release.published_at is not None
        assert answer["Last-Modified"] == http_date(int(release.published_at.timestamp()))
        assert answer["Cache-Control"] == "public, max-age=300, must-revalidate"
        assert answer["Content-Disposition"] == 'attachment; filename="rows.parquet"'

    @pytest.mark.parametrize(
        ("asked", "start", "stop"),
        [
            ("bytes=0-0", 0, 1),
            ("bytes=100-199", 100, 200),
            ("bytes=1048570-", 1048570, len(_BYTES)),
            ("bytes=-500", len(_BYTES) - 500, len(_BYTES)),
            (f"bytes=7-{10**15}", 7, len(_BYTES)),
        ],
    )
    def test_gives_a_part(self, asked: str, start: int, stop: int, client: Client) -> None:
        answer = _get(client, range=asked)
        assert answer.status_code == 206
        assert _body(answer) == _BYTES[start:stop]
        assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/{len(_BYTES)}"
        assert answer["Content-Length"] == str(stop - start)

    @pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=9-3", "lines=1-2", "nonsense"])
    def test_gives_the_whole_where_no_one_part_is_asked(self, asked: str, client: Client) -> None:
        answer = _get(client, range=asked)
        assert (answer.status_code, _body(answer)) == (200, _BYTES)

    def test_has_nothing_behind_its_end(self, client: Client) -> None:
        answer = _get(client, range=f"bytes={len(_BYTES)}-")
        assert answer.status_code == 416
        assert answer["Content-Range"] == f"bytes */{len(_BYTES)}"

    def test_may_be_empty(self, client: Client) -> None:
        assert _body(_get(client, "empty.txt")) == b""
        assert _get(client, "empty.txt", range="bytes=0-").status_code == 416

    def test_tells_its_head_alone(self, client: Client) -> None:
        answer = client.head(f"/releases/1.0.0/files/{_PATH}", headers={"range": "bytes=5-9"})
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer["Content-Length"] == str(len(_BYTES))
        assert answer["ETag"]

    def test_is_not_sent_again_to_who_has_it(self, client: Client) -> None:
        first = _get(client)
        tag, at = first["ETag"], first["Last-Modified"]
        for condition in ({"if_none_match": f'"other", {tag}'}, {"if_modified_since": at}):
            answer = _get(client, **condition)
            assert (answer.status_code, answer.content) == (304, b"")
            assert (answer["ETag"], answer["Cache-Control"]) == (tag, first["Cache-Control"])
        assert _body(_get(client, if_none_match='"other"')) == _BYTES
        assert _get(client, if_match='"other"').status_code == 412
        _body(first)

    def test_goes_on_only_if_it_is_still_the_same(self, client: Client, release: Release) -> None:
        assert release.published_at is not None
        tag = f'"{hashlib.sha256(_BYTES).hexdigest()}"'
        at = int(release.published_at.timestamp())
        for condition, status in (
            (tag, 206),
            (http_date(at), 206),
            (f"W/{tag}", 200),
            ('"another"', 200),
            (http_date(at + 1), 200),
            ("yesterday", 200),
        ):
            answer = _get(client, range="bytes=5-9", if_range=condition)
            assert answer.status_code == status, condition
            assert _body(answer) == (_BYTES[5:10] if status == 206 else _BYTES)

    def test_that_was_lost_is_no_empty_download(self, client: Client, release: Release) -> None:
        storages["releases"].delete(stored_name(release, _PATH))
        with pytest.raises(FileNotFoundError):
            _get(client)
        assert not DownloadCount.objects.exists()

    def test_of_a_release_that_was_yanked_is_gone_for_a_reason(
        self, client: Client, release: Release
    ) -> None:
        yank(release, "An image shows a name.")
        for address in (f"/releases/1.0.0/files/{_PATH}", _archive_address(release)):
            answer = client.get(address)
            assert answer.status_code == 410
            assert "Release 1.0.0 was yanked: An image shows a name." in answer.content.decode()
            page = client.get(address, headers={"accept": "text/html"})
            assert page.status_code == 410
            assert "An image shows a name." in page.content.decode()
        assert _get(client, "no/such/file").status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("kept")
class TestTheArchive:
    def test_has_every_file_as_it_is(self, client: Client) -> None:
        release = written_release()
        answer = client.get(_archive_address(release))
        whole = _body(answer)
        assert answer["Content-Type"] == "application/zip"
        assert int(answer["Content-Length"]) == len(whole)
        folder = archive_name(release)
        with zipfile.ZipFile(io.BytesIO(whole)) as opened:
            assert opened.testzip() is None
            listed = {f"{folder}/{file.path}": file.sha256 for file in release.files.all()}
            found = {
                name: hashlib.sha256(opened.read(name)).hexdigest() for name in opened.namelist()
            }
        assert found == listed

    def test_is_given_in_parts_that_make_the_same_whole(self, client: Client) -> None:
        address = _archive_address(_release())
        answer = client.get(address)
        whole, tag = _body(answer), answer["ETag"]
        cuts = [0, 1, 40, 1000, 1024**2 + 100, len(whole) - 3, len(whole)]
        parts = []
        for start, stop in pairwise(cuts):
            part = client.get(address, headers={"range": f"bytes={start}-{stop - 1}"})
            assert (part.status_code, part["ETag"]) == (206, tag)
            parts.append(_body(part))
        assert b"".join(parts) == whole

    def test_has_one_name(self, client: Client) -> None:
        release = _release()
        assert client.get("/releases/1.0.0/another-1.0.0.zip").status_code == 404
        assert client.get(_archive_address(release)).status_code == 200

    def test_is_not_offered_where_checksums_were_not_kept(self, client: Client) -> None:
        release = _release()
        release.files.create(path="old.txt", sha256="0" * 64, byte_size=1)
        assert client.get(_archive_address(release)).status_code == 404
        page = client.get(reverse("curation:release_detail", args=["1.0.0"])).content.decode()
        assert ".zip" not in page


@pytest.mark.django_db
class TestWhoMayTakeIt:
    @pytest.fixture(autouse=True)
    def release(self) -> Release:
        return _release(is_public=False)

    def _token(self, person: User, *scopes: str) -> tuple[ApiToken, str]:
        return create_token(person, name="A script", scopes=scopes, days=3)

    def test_a_stranger_finds_nothing(self, client: Client, release: Release) -> None:
        for address in (f"/releases/1.0.0/files/{_PATH}", _archive_address(release)):
            assert client.get(address).status_code == 404

    def test_who_signed_in_takes_it_for_themselves(self, client: Client) -> None:
        client.force_login(make_person())
        answer = _get(client)
        assert answer["Cache-Control"] == "private, no-cache"
        assert _body(answer) == _BYTES

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
    def test_a_program_takes_it_by_a_token(
        self, scheme: str, client: Client, release: Release
    ) -> None:
        person = make_person()
        _, text = self._token(person, "releases:read")
        for address in (f"/releases/1.0.0/files/{_PATH}", _archive_address(release)):
            answer = client.get(address, headers={"authorization": f"{scheme} {text}"})
            assert answer.status_code == 200
            assert _body(answer)
        taken = HistoryEntry.objects.filter(what=What.DOWNLOADED)
        assert [entry.person for entry in taken] == [person]

    def test_a_token_for_something_else_is_refused_by_name(self, client: Client) -> None:
        _, text = self._token(make_person(), "runs:read")
        answer = _get(client, authorization=f"Bearer {text}")
        assert answer.status_code == 403
        assert "releases:read" in answer.content.decode()
        assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]

    @pytest.mark.parametrize("token", ["", "nonsense", "icl_0123456789ab_no"])
    def test_no_token_of_ours_is_refused(self, token: str, client: Client) -> None:
        answer = _get(client, authorization=f"Bearer {token}")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer error="invalid_token"'

    def test_a_revoked_token_is_refused_though_the_release_is_for_all(
        self, client: Client, release: Release
    ) -> None:
        token, text = self._token(make_person(), "releases:read")
        ApiToken.objects.filter(pk=token.pk).update(expires_at=token.created_at + timedelta(1e-9))
        Release.objects.filter(pk=release.pk).update(is_public=True)
        assert _get(client, authorization=f"Bearer {text}").status_code == 401

    def test_a_draft_is_for_editors(self, client: Client) -> None:
        draft = Release.objects.create(version="2.0.0", cut_by=make_editor())
        Release.objects.filter(pk=draft.pk).update(status=Release.Status.READY)
        _put(draft, "README.md", b"Soon.")
        address = "/releases/2.0.0/files/README.md"
        assert client.get(address).status_code == 404
        client.force_login(make_person())
        assert client.get(address).status_code == 404
        client.force_login(draft.cut_by)
        assert _body(client.get(address)) == b"Soon."
        assert not DownloadCount.objects.of(draft).exists()


def _counts() -> dict[str, int]:
    return DownloadCount.objects.all().by_path()


@pytest.mark.django_db
class TestCounting:
    @pytest.fixture(autouse=True)
    def release(self) -> Release:
        return _release()

    def test_a_download_counts_once_however_it_is_taken(self, client: Client) -> None:
        _body(_get(client))
        assert _counts() == {_PATH: 1}
        _body(_get(client, range="bytes=0-99"))
        assert _counts() == {_PATH: 2}
        _body(_get(client, range="bytes=100-"))  # the rest of the same
        _body(_get(client, range="bytes=-5"))
        assert _counts() == {_PATH: 2}

    def test_what_sends_nothing_counts_nothing(self, client: Client) -> None:
        tag = f'"{hashlib.sha256(_BYTES).hexdigest()}"'
        client.head(f"/releases/1.0.0/files/{_PATH}")
        _get(client, if_none_match=tag)
        _get(client, if_match='"other"')
        _get(client, range="bytes=9999999-")
        _get(client, "no/such/file")
        assert _counts() == {}

    def test_the_zip_counts_for_itself(self, client: Client, release: Release) -> None:
        _body(client.get(_archive_address(release)))
        assert _counts() == {DownloadCount.WHOLE: 1}

    def test_the_page_shows_the_counts(self, client: Client, release: Release) -> None:
        for _ in range(3):
            _body(_get(client))
        _body(client.get(_archive_address(release)))
        answer = client.get(reverse("curation:release_detail", args=["1.0.0"]))
        shown = {row.file.path: row.downloads for row in answer.context["files"]}
        assert shown == {_PATH: 3, "README.md": 0, "empty.txt": 0}
        assert "Taken 1 time." in answer.content.decode()

    def test_the_history_keeps_who_took_of_it_once_a_day(
        self, client: Client, release: Release
    ) -> None:
        person = make_person()
        client.force_login(person)
        for path in (_PATH, "README.md", "empty.txt", _PATH):
            _body(_get(client, path))
        taken = HistoryEntry.objects.filter(what=What.DOWNLOADED)
        assert [(entry.person, entry.details["path"]) for entry in taken] == [(person, _PATH)]
        record_download(release, "README.md", by=make_person())
        assert taken.all().count() == 2

    def test_nobody_is_entered_for_a_stranger(self, client: Client) -> None:
        _body(_get(client))
        assert not HistoryEntry.objects.filter(what=What.DOWNLOADED).exists()


@pytest.mark.usefixtures("committed_db")
def test_of_many_downloads_at_once_none_is_lost_and_one_is_entered() -> None:
    release, person = _release(), make_person()
    crowd = 8
    barrier = threading.Barrier(crowd)

    def take(_: int) -> None:
        connection.ensure_connection()
        barrier.wait()
        try:
            record_download(release, _PATH, by=person)
        finally:
            connection.close()

    with ThreadPoolExecutor(crowd) as pool:
        list(pool.map(take, range(crowd)))
    assert _counts() == {_PATH: crowd}
    assert HistoryEntry.objects.filter(what=What.DOWNLOADED).count() == 1
