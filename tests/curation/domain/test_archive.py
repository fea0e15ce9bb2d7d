"""A ZIP that is made as it is read, compared with what other programs read in it."""

import io
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.archive import Archive, Member

_ON = date(2026, 3, 4)
_FILES = {
    "set-1.0.0/README.md": b"# A set\n" * 40,
    "set-1.0.0/data/rows.parquet": bytes(range(256)) * 9,
    "set-1.0.0/empty.txt": b"",
    "set-1.0.0/images/\N{GREEK SMALL LETTER ALPHA}.png": b"\x89PNG",
}
_4_GB = 2**32
_UNZIP = shutil.which("unzip")


def _archive(files: Mapping[str, bytes], on: date = _ON) -> Archive:
    members = [Member(path=path, size=len(data), crc32=crc32(data)) for path, data in files.items()]
    return Archive(members, on=on)


def _bytes(archive: Archive, files: Mapping[str, bytes], start: int, stop: int) -> bytes:
    parts = archive.parts(start, stop)
    return b"".join(
        part if isinstance(part, bytes) else files[part.member.path][part.start : part.stop]
        for part in parts
    )


def _whole(files: Mapping[str, bytes]) -> bytes:
    archive = _archive(files)
    return _bytes(archive, files, 0, archive.size)


def test_python_reads_every_member_as_it_is() -> None:
    with zipfile.ZipFile(io.BytesIO(_whole(_FILES))) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == _FILES
        assert {each.date_time for each in opened.infolist()} == {(2026, 3, 4, 0, 0, 0)}
        assert {each.compress_type for each in opened.infolist()} == {zipfile.ZIP_STORED}
        assert {each.external_attr >> 16 for each in opened.infolist()} == {0o100644}


@pytest.mark.skipif(_UNZIP is None, reason="no unzip on this machine")
@pytest.mark.parametrize("files", [_FILES, {}], ids=["files", "nothing"])
def test_unzip_finds_nothing_wrong(files: Mapping[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "set.zip").write_bytes(_whole(files))
    done = subprocess.run(
        [str(_UNZIP), "-t", "set.zip"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    # An archive of nothing is one, of which unzip warns.
    assert done.returncode == (0 if files else 1), done.stdout + done.stderr


def test_its_size_is_known_before_it_is_read() -> None:
    assert _archive(_FILES).size == len(_whole(_FILES))
    assert _archive({}).size == len(_whole({})) == 22


@given(first=st.integers(0, 3500), length=st.integers(0, 3500))
def test_any_part_is_that_part_of_the_whole(first: int, length: int) -> None:
    archive, whole = _archive(_FILES), _whole(_FILES)
    stop = min(first + length, archive.size)
    assert _bytes(archive, _FILES, first, stop) == whole[first:stop]


def test_the_identity_changes_with_anything_of_a_member_and_with_the_day() -> None:
    member = Member(path="a", size=3, crc32=7)
    others = [
        Archive([Member(path="b", size=3, crc32=7)], on=_ON),
        Archive([Member(path="a", size=4, crc32=7)], on=_ON),
        Archive([Member(path="a", size=3, crc32=8)], on=_ON),
        Archive([member, member], on=_ON),
        Archive([member], on=date(2026, 3, 5)),
    ]
    same = Archive([member], on=_ON)
    assert Archive([member], on=_ON).identity == same.identity
    assert same.identity not in {other.identity for other in others}
    assert len({other.identity for other in others}) == len(others)


@pytest.mark.parametrize(("year", "read"), [(1970, 1980), (2200, 2107)])
def test_a_day_that_zip_cannot_say_becomes_the_nearest_year(year: int, read: int) -> None:
    archive = _archive({"a": b""}, on=date(year, 1, 1))
    with zipfile.ZipFile(io.BytesIO(_bytes(archive, {"a": b""}, 0, archive.size))) as opened:
        assert opened.infolist()[0].date_time[0] == read


class _Sparse(io.RawIOBase):
    """An archive whose members are all zeros, opened as a file: nothing of it is written."""

    def __init__(self, archive: Archive) -> None:
        super().__init__()
        self._archive = archive
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._archive.size}
        self._at = base[whence] + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        stop = self._archive.size if size < 0 else min(self._at + size, self._archive.size)
        parts = self._archive.parts(self._at, stop)
        data = b"".join(
            part if isinstance(part, bytes) else bytes(part.stop - part.start) for part in parts
        )
        self._at += len(data)
        return data


@pytest.mark.parametrize(
    "sizes",
    [
        (_4_GB - 2, 5),
        (_4_GB - 1, 5),
        (_4_GB, 5),
        (_4_GB + 7, 5, _4_GB * 3, 1),
        (3 * 2**30, 3 * 2**30, 9),
    ],
    ids=str,
)
def test_past_4_gb_it_is_a_zip64_that_python_reads(sizes: tuple[int, ...]) -> None:
    members = [
        Member(path=f"m{i}", size=size, crc32=crc32(bytes(size)) if size < 100 else 0)
        for i, size in enumerate(sizes)
    ]
    archive = Archive(members, on=_ON)
    with zipfile.ZipFile(_Sparse(archive)) as opened:
        assert [each.file_size for each in opened.infolist()] == list(sizes)
        for each in opened.infolist():
            with opened.open(each) as member:
                assert member.read(4) == bytes(min(4, each.file_size))  # its header was found


def test_more_members_than_16_bits_count_are_all_listed() -> None:
    members = [Member(path=f"{i:06}", size=0, crc32=0) for i in range(2**16 + 3)]
    with zipfile.ZipFile(_Sparse(Archive(members, on=_ON))) as opened:
        assert len(opened.namelist()) == 2**16 + 3
        assert opened.testzip() is None
