"""Where bytes lie. A folder of this machine, or a bucket that speaks S3 (curation.object_storing).

Both behave alike: a file is there with all its bytes or not at all, saving again replaces, what is
not there is a FileNotFoundError, and what is opened is read from anywhere at once.
"""

import os
import uuid
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

KEPT = ("images", "scans", "imports", "releases")
_BLOCK_BYTES = 1024**2


@runtime_checkable
class Keeping(Protocol):
    """What a storage of ours can say of itself beyond Django's words."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it keeps files; the same for storages that fail together."""

    @abstractmethod
    def require_ready(self) -> None:
        """Raise OSError, saying why, where it could keep nothing now."""


class WholeFileStorage(FileSystemStorage):
    """Files in a folder, each there with all its bytes or not at all; saving again replaces.

    So do object stores. A killed process leaves at most a file of another name.
    """

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Write aside, then let the file be there under exactly this name."""
        name = name or content.name
        aside = super().save(f"{name}.{uuid.uuid4()}", content, max_length)
        Path(self.path(aside)).replace(self.path(name))
        return name

    @property
    def place(self) -> str:
        """Its folder."""
        return str(self.location)

    def require_ready(self) -> None:
        """The folder is there, or can be made, and takes files."""
        folder = Path(self.location)
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(f"{folder} takes no files.")


def require_storages() -> None:
    """Raise OSError where one of our storages could keep nothing now."""
    ours = [storages[name] for name in KEPT]
    for storage in {each.place: each for each in ours if isinstance(each, Keeping)}.values():
        storage.require_ready()


class StoredSpan:
    """Bytes of a stored file, read in blocks as they are sent; closed by who sends them.

    Opened at once: what is missing is a FileNotFoundError before anything is answered.
    """

    def __init__(self, storage: Storage, name: str, start: int, stop: int) -> None:
        self._file: File[bytes] = storage.open(name)
        self._file.seek(start)
        self._left = stop - start

    def __iter__(self) -> Iterator[bytes]:
        while self._left:
            block = self._file.read(min(self._left, _BLOCK_BYTES))
            if not block:  # better a connection that breaks than a file that seems whole
                raise OSError(f"{self._file.name} ends {self._left} bytes too early.")
            self._left -= len(block)
            yield block

    def close(self) -> None:
        """Read no more."""
        self._file.close()
