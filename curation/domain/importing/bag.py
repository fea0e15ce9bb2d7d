"""The files somebody brought: loose ones and those inside ZIP archives, found by name.

Nothing is ever written under a name of theirs: a name is only what a table calls a picture by.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from curation.domain.importing.found import ImportRefusedError
from curation.domain.importing.limits import IN_WORDS, MAX_BYTES, MB
from curation.domain.importing.zipped import archive_entries, is_archive

_MAX_FILES = 50_000
_MOST_NAMED = 20  # files that are passed over; the rest is counted
_NOBODY_S = frozenset({"__macosx", ".ds_store", "thumbs.db", "desktop.ini"})


class NotFoundError(LookupError):
    """No file of this name can be given; the message says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file: the name it was brought under, its size in bytes, how to open it."""

    name: str
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]

    @property
    def ending(self) -> str:
        """How its name ends, in lower case, with the dot."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def base(self) -> str:
        """Its name without folders."""
        return PurePosixPath(self.name).name

    @property
    def folder(self) -> str:
        """The path of the folder it lies in."""
        return str(PurePosixPath(self.name).parent)

    def head(self, count: int) -> bytes:
        """Its first bytes."""
        with self.open() as file:
            return file.read(count)

    def read(self, most: int) -> bytes:
        """All of it; ImportRefusedError if there is more than ``most``."""
        with self.open() as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise ImportRefusedError(f"“{self.name}” is larger than {most // MB} MB.")
        return data


@dataclass(slots=True)
class Bag:
    """All files by name, and what was passed over and why."""

    sources: list[Source] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    _bytes: int = 0
    _by_path: dict[str, list[Source]] = field(default_factory=dict)
    _by_base: dict[str, list[Source]] = field(default_factory=dict)

    def add(self, source: Source) -> None:
        """Take a file in; ImportRefusedError when that is too much."""
        if _NOBODY_S & {part.lower() for part in PurePosixPath(source.name).parts}:
            return
        self.sources.append(source)
        self._bytes += source.size
        if len(self.sources) > _MAX_FILES or self._bytes > MAX_BYTES:
            raise ImportRefusedError(f"That is too much at once. An import takes {IN_WORDS}.")
        self._by_path.setdefault(_folded(source.name), []).append(source)
        self._by_base.setdefault(_folded(source.base), []).append(source)

    def find(self, name: str) -> Source:
        """The file of this path, else the only one of this base name, whatever the case.

        Raises NotFoundError for none and for several: which is meant cannot be known.
        """
        wanted = _folded(name.replace("\\", "/"))
        base = PurePosixPath(wanted).name
        found = self._by_path.get(wanted) or self._by_base.get(base) or []
        if not found:
            raise NotFoundError(f"the image “{name}” is not among the files.")
        if len(found) > 1:
            raise NotFoundError(f"{len(found)} files are called “{name}”; name them apart.")
        return found[0]

    def add_loose(self, name: str, path: Path) -> None:
        """Take in a file of the disk."""
        self.add(Source(name, path.stat().st_size, lambda: path.open("rb")))

    def add_archive(self, file: IO[bytes], name: str) -> None:
        """Take in what lies in a ZIP archive; ImportRefusedError for one that cannot be trusted."""
        entries, unsafe = archive_entries(file, name)
        for entry in entries:
            self.add(Source(entry.name, entry.size, entry.open))
        self.passed_over += unsafe[:_MOST_NAMED]
        if len(unsafe) > _MOST_NAMED:
            self.passed_over.append(f"{len(unsafe) - _MOST_NAMED:,} more files like these.")


def _folded(name: str) -> str:
    return str(PurePosixPath(name)).casefold()


@contextmanager
def packed(files: Iterable[tuple[str, Path]]) -> Iterator[Bag]:
    """The files with what their archives hold, open for as long as the block runs.

    ``files``: the name each was brought under, and where it lies.
    """
    bag = Bag()
    with ExitStack() as stack:
        for name, path in files:
            with path.open("rb") as file:
                is_packed = is_archive(file, name)
            if is_packed:
                bag.add_archive(stack.enter_context(path.open("rb")), name)
            else:
                bag.add_loose(name, path)
        yield bag
