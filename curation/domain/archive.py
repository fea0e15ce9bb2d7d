"""A ZIP file that exists only as it is read: its layout is known from sizes and checksums alone.

Members are stored, not compressed, and every byte of the archive has its place before any member
is opened. So it has a size and an identity, and any part of it can be sent by itself. Past 4 GB,
or 65,535 members, it is a ZIP64, as APPNOTE.TXT 6.3 of PKWARE describes it.
"""

import hashlib
import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from itertools import accumulate

_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF
_STORED, _NAMES_ARE_UTF8 = 0, 0x0800
_PLAIN, _ZIP64 = 20, 45  # the version of the format that a reader must know
_MADE_ON_UNIX = 3 << 8
_READABLE_FILE = 0o100644 << 16
_FIRST_YEAR, _LAST_YEAR = 1980, 2107

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_END_64 = struct.Struct("<IQHHIIQQQQ")
_WHERE_END_64 = struct.Struct("<IIQI")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file: its path in the archive, with slashes; its size in bytes; the CRC-32 of them."""

    path: str
    size: int
    crc32: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The bytes of a member from ``start`` up to, not including, ``stop``."""

    member: Member
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something at its place in the archive: bytes that are made when wanted, or a member's own."""

    start: int
    length: int
    made: Callable[[], bytes] | Member


class Archive:
    """The members in their order, all dated ``on``: the same members, the same bytes."""

    def __init__(self, members: Sequence[Member], *, on: date) -> None:
        self._members = members
        self._on = _dos_date(on)

    @cached_property
    def size(self) -> int:
        """Of the whole archive, in bytes."""
        return self._directory_at + self._directory_size + len(self._end())

    @cached_property
    def identity(self) -> str:
        """64 hex digits; another for other members, names or dates."""
        known = hashlib.sha256(f"zip 1 {self._on}".encode())
        for each in self._members:
            known.update(f"\n{each.crc32:08x} {each.size} {each.path}".encode())
        return known.hexdigest()

    def parts(self, start: int, stop: int) -> Iterator[bytes | Slice]:
        """What the bytes from ``start`` up to ``stop`` are made of, in order."""
        for piece in self._pieces(start):
            if piece.start >= stop:
                return
            begin = max(start - piece.start, 0)
            end = min(stop - piece.start, piece.length)
            if begin >= end:
                continue
            if isinstance(piece.made, Member):
                yield Slice(member=piece.made, start=begin, stop=end)
            else:
                yield piece.made()[begin:end]

    @cached_property
    def _starts(self) -> Sequence[int]:
        """Where each member's header lies, and last where the directory does."""
        lengths = (_local_length(each) + each.size for each in self._members)
        return list(accumulate(lengths, initial=0))

    @property
    def _directory_at(self) -> int:
        return self._starts[-1]

    @cached_property
    def _directory_size(self) -> int:
        pairs = zip(self._members, self._starts, strict=False)
        return sum(_central_length(each, at) for each, at in pairs)

    def _pieces(self, start: int) -> Iterator[_Piece]:
        """All from the member on that has the byte at ``start``, then the directory."""
        first = max(bisect_right(self._starts, start) - 1, 0)
        for number in range(first, len(self._members)):
            member, at = self._members[number], self._starts[number]
            length = _local_length(member)
            yield _Piece(at, length, partial(self._local, member))
            yield _Piece(at + length, member.size, member)
        at = self._directory_at
        for member, header_at in zip(self._members, self._starts, strict=False):
            length = _central_length(member, header_at)
            yield _Piece(at, length, partial(self._central, member, header_at))
            at += length
        yield _Piece(at, len(self._end()), self._end)

    def _local(self, member: Member) -> bytes:
        name, extra = member.path.encode(), _local_extra(member)
        size = min(member.size, _FULL_32)
        head = _LOCAL.pack(
            0x04034B50,
            _ZIP64 if extra else _PLAIN,
            _NAMES_ARE_UTF8,
            _STORED,
            0,
            self._on,
            member.crc32,
            size,
            size,
            len(name),
            len(extra),
        )
        return head + name + extra

    def _central(self, member: Member, at: int) -> bytes:
        name, extra = member.path.encode(), _central_extra(member, at)
        size = min(member.size, _FULL_32)
        version = _ZIP64 if extra else _PLAIN
        head = _CENTRAL.pack(
            0x02014B50,
            _MADE_ON_UNIX | version,
            version,
            _NAMES_ARE_UTF8,
            _STORED,
            0,
            self._on,
            member.crc32,
            size,
            size,
            len(name),
            len(extra),
            0,
            0,
            0,
            _READABLE_FILE,
            min(at, _FULL_32),
        )
        return head + name + extra

    def _end(self) -> bytes:
        count, size, at = len(self._members), self._directory_size, self._directory_at
        shown = min(count, _FULL_16)
        end = _END.pack(0x06054B50, 0, 0, shown, shown, min(size, _FULL_32), min(at, _FULL_32), 0)
        if count < _FULL_16 and size < _FULL_32 and at < _FULL_32:
            return end
        large = _END_64.pack(
            0x06064B50,
            _END_64.size - 12,
            _MADE_ON_UNIX | _ZIP64,
            _ZIP64,
            0,
            0,
            count,
            count,
            size,
            at,
        )
        return large + _WHERE_END_64.pack(0x07064B50, 0, at + size, 1) + end


def _local_length(member: Member) -> int:
    return _LOCAL.size + len(member.path.encode()) + len(_local_extra(member))


def _central_length(member: Member, at: int) -> int:
    return _CENTRAL.size + len(member.path.encode()) + len(_central_extra(member, at))


def _local_extra(member: Member) -> bytes:
    return _extra(member.size, member.size) if member.size >= _FULL_32 else b""


def _central_extra(member: Member, at: int) -> bytes:
    sizes = (member.size, member.size) if member.size >= _FULL_32 else ()
    return _extra(*sizes, *((at,) if at >= _FULL_32 else ()))


def _extra(*numbers: int) -> bytes:
    """The field of ZIP64: what has no room in a header of 32 bits."""
    if not numbers:
        return b""
    return struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def _dos_date(on: date) -> int:
    """The day as ZIP counts: from 1980, in the form of MS-DOS."""
    year = min(max(on.year, _FIRST_YEAR), _LAST_YEAR)
    return (year - _FIRST_YEAR) << 9 | on.month << 5 | on.day
