"""Which bytes of a file are asked for: the header Range of RFC 9110, section 14."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,100})-([0-9]{0,100})[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from ``start`` up to, not including, ``stop``; at least one."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


class UnsatisfiableRangeError(ValueError):
    """What is asked for lies behind the last byte."""


def asked_span(header: str, size: int) -> Span | None:
    """The one span that ``header`` asks of a file of ``size`` bytes; None means the whole file.

    Whatever is no range of bytes, and several ranges at once, are answered with the whole, as a
    server may. Raises UnsatisfiableRangeError where none of the bytes asked for exists.
    """
    asked = _ONE_RANGE.fullmatch(header)
    if asked is None or not any(asked.groups()):
        return None
    first, last = asked.groups()
    if not first:
        return _end_of(size, int(last))
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise UnsatisfiableRangeError
    return Span(start, min(int(last) + 1, size) if last else size)


def _end_of(size: int, length: int) -> Span | None:
    if length == 0:
        raise UnsatisfiableRangeError
    return Span(max(size - length, 0), size) if size else None
