"""ZIP archives of strangers: listed and read without trusting what they say of themselves."""

import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any

from curation.domain.importing.found import ImportRefusedError
from curation.domain.importing.limits import MB

_MAX_LIST_BYTES = 8 * MB  # an archive's list of contents: 50,000 entries with long names
_MAX_RATIO = 200  # tables and drawings reach 50
_RATIO_FROM_BYTES = 20 * MB  # below that even a thousandfold does no harm
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # LZMA may ask for gigabytes to unpack
_IS_ENCRYPTED = 0x1
_MAGIC = b"PK\x03\x04"
_EMPTY_MAGIC = b"PK\x05\x06"
_DRIVE = re.compile("[A-Za-z]:/")
_SHEETS = ("xl/workbook.xml", "content.xml")  # of XLSX and of ODS
_AGAIN = "Please pack the files again as an ordinary ZIP without a password, and bring that."


@dataclass(frozen=True, slots=True)
class Entry:
    """One file inside an archive. ``size`` is what it says; reading gives no more than that."""

    name: str
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]


class _Capped:
    """A file of which nobody reads more at once than an honest list of contents holds."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, count: int = -1) -> bytes:
        """As of any file; ImportRefusedError where that would be too much."""
        if count < 0:
            here = self._file.tell()
            count = self._file.seek(0, 2) - here
            self._file.seek(here)
        if count > _MAX_LIST_BYTES:
            raise ImportRefusedError(f"This ZIP archive lists too many files. {_AGAIN}")
        return self._file.read(count)


def is_archive(file: IO[bytes], name: str) -> bool:
    """Whether it is a ZIP archive of files, not a spreadsheet, which is one too."""
    file.seek(0)
    if file.read(4) not in {_MAGIC, _EMPTY_MAGIC}:
        return False
    names = {info.filename for info in _opened(file, name).infolist()}
    return not any(name in names for name in _SHEETS)


def archive_entries(file: IO[bytes], name: str) -> tuple[list[Entry], list[str]]:
    """The files in an archive, and in words those that are passed over.

    Raises ImportRefusedError for an archive with a password, for one that would unpack to far more
    than it is, and for one that cannot be read.
    """
    archive = _opened(file, name)
    entries, unsafe = [], []
    for info in archive.infolist():
        if info.is_dir():
            continue
        _require_honest(info, name)
        reason = _why_passed_over(info)
        if reason:
            unsafe.append(f"“{info.filename[:200]}” was not looked at: {reason}")
        else:
            opened = partial(_reading, archive, info)
            entries.append(Entry(_with_slashes(info.filename), info.file_size, opened))
    return entries, unsafe


def _opened(file: IO[bytes], name: str) -> zipfile.ZipFile:
    capped: Any = _Capped(file)
    try:
        return zipfile.ZipFile(capped)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        if isinstance(error, ImportRefusedError):
            raise
        raise ImportRefusedError(f"“{name}” is damaged or no ZIP archive. {_AGAIN}") from error


def _require_honest(info: zipfile.ZipInfo, name: str) -> None:
    if info.flag_bits & _IS_ENCRYPTED:
        raise ImportRefusedError(f"“{name}” has a password. {_AGAIN}")
    is_large = info.file_size > _RATIO_FROM_BYTES
    if is_large and info.file_size > _MAX_RATIO * max(1, info.compress_size):
        raise ImportRefusedError(
            f"“{name}” would unpack to far more than a table with pictures does. {_AGAIN}"
        )


def _why_passed_over(info: zipfile.ZipInfo) -> str:
    name = _with_slashes(info.filename)
    path = PurePosixPath(name)
    if not path.name or path.is_absolute() or ".." in path.parts or _DRIVE.match(name):
        return "its name leads out of the archive."
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG}:
        return "it is a link, not a file."
    if info.compress_type not in _METHODS:
        return "it is packed in a way that is not taken."
    if path.suffix.lower() == ".zip":
        return "an archive inside an archive is not opened."
    return ""


def _with_slashes(name: str) -> str:
    return name.replace("\\", "/")


@contextmanager
def _reading(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    try:
        with archive.open(info) as file:
            yield file
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        words = f"“{info.filename[:200]}” cannot be unpacked: the archive is damaged. {_AGAIN}"
        raise ImportRefusedError(words) from error
