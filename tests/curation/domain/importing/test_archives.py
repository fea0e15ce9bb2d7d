"""ZIP archives that were made to harm, and those that people make."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from curation.domain.importing import ImportRefusedError
from tests.curation.domain.importing.brought import (
    PICTURES,
    ROWS,
    archive,
    only,
    reading,
    table,
)

PROBLEMS = {"problems.csv": table(*ROWS)}


def refused(folder: Path, data: bytes) -> str:
    with pytest.raises(ImportRefusedError) as error:
        reading(folder, {"brought.zip": data})
    return str(error.value)


def with_entry(info: zipfile.ZipInfo, data: bytes = b"x") -> bytes:
    """A good archive with one more entry."""
    buffer = io.BytesIO(archive(PROBLEMS | PICTURES))
    with zipfile.ZipFile(buffer, "a") as packing:
        packing.writestr(info, data)
    return buffer.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("images/link.png")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def lzma() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("images/packed.png")
    info.compress_type = zipfile.ZIP_LZMA
    return info


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (zipfile.ZipInfo("/etc/passwd"), "leads out of the archive"),
        (zipfile.ZipInfo("../../up.png"), "leads out of the archive"),
        (zipfile.ZipInfo("C:/Windows/up.png"), "leads out of the archive"),
        (zipfile.ZipInfo("..\\up.png"), "leads out of the archive"),
        (link(), "it is a link"),
        (lzma(), "packed in a way that is not taken"),
        (zipfile.ZipInfo("more.zip"), "an archive inside an archive"),
    ],
)
def test_an_entry_that_is_no_honest_file_is_passed_over(
    info: zipfile.ZipInfo, words: str, tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    found = reading(folder, {"brought.zip": with_entry(info)})
    assert len(only(found).panels) == 3
    (finding,) = found.findings
    assert words in finding
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["0"]


def test_what_systems_add_to_archives_is_ignored(tmp_path: Path) -> None:
    added = {"__MACOSX/._1.png": b"x", "images/.DS_Store": b"x", "Thumbs.db": b"x"}
    found = reading(tmp_path, {"brought.zip": archive(PROBLEMS | PICTURES | added)})
    assert found.findings == ()
    assert all(panel.image for panel in only(found).panels)


def test_two_entries_of_one_name_are_not_guessed_between(tmp_path: Path) -> None:
    doubled = io.BytesIO(archive(PROBLEMS | PICTURES))
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(doubled, "a") as packing,
    ):
        packing.writestr("1.png", PICTURES["2.png"])
    problem = only(reading(tmp_path, {"brought.zip": doubled.getvalue()}))
    assert [panel.image is None for panel in problem.panels] == [True, False, False]


def encrypted() -> bytes:
    data = bytearray(archive(PROBLEMS))
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def declared_large() -> bytes:
    """Three entries that say they have a gigabyte each, packed to nearly as much."""
    data = bytearray(archive(PROBLEMS | PICTURES))
    place = data.find(b"PK\1\2")
    while place >= 0:
        data[place + 20 : place + 28] = struct.pack("<II", 900_000_000, 1_000_000_000)
        place = data.find(b"PK\1\2", place + 4)
    return bytes(data)


def listing_much() -> bytes:
    """An archive whose list of contents says it has 200 MB."""
    data = bytearray(archive(PROBLEMS).ljust(1000, b"\0"))
    end = data.index(b"PK\5\6")
    data[end + 12 : end + 16] = struct.pack("<I", 200_000_000)
    return bytes(data[: end + 22]).rjust(250_000_000, b"\0").replace(b"\0" * 4, b"PK\3\4", 1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (encrypted(), "has a password"),
        (archive({"p.csv": b"0" * 60_000_000}, compression=zipfile.ZIP_DEFLATED), "far more"),
        (declared_large(), "too much at once"),
        (archive(PROBLEMS)[:-30], "damaged or no ZIP archive"),
        (archive({}), "No problems can be read from nothing"),
        (archive({str(number): b"" for number in range(50_001)}), "too much at once"),
    ],
    ids=["password", "ratio", "sizes", "cut", "empty", "many"],
)
def test_an_archive_that_cannot_be_trusted_is_refused(
    data: bytes, words: str, tmp_path: Path
) -> None:
    assert words in refused(tmp_path, data)


def test_a_list_of_contents_that_would_fill_the_memory_is_not_read(tmp_path: Path) -> None:
    assert "lists too many files" in refused(tmp_path, listing_much())


def test_an_entry_that_is_not_what_it_says_is_refused(tmp_path: Path) -> None:
    damaged = bytearray(archive(PROBLEMS))
    place = damaged.index(b"What is it")
    damaged[place : place + 4] = b"Whom"
    assert "cannot be unpacked: the archive is damaged" in refused(tmp_path, bytes(damaged))


def test_an_entry_gives_no_more_than_it_declares(tmp_path: Path) -> None:
    packed = bytearray(archive({"p.csv": b"0" * 5_000_000}, compression=zipfile.ZIP_DEFLATED))
    for magic, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        place = packed.index(magic) + offset
        packed[place : place + 4] = struct.pack("<I", 10)
    assert "the archive is damaged" in refused(tmp_path, bytes(packed))
