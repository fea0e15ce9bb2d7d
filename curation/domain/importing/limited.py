"""Runs `table_child` on a file and reads strictly what it answers, row by row."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from curation.domain.importing.found import ImportRefusedError
from curation.domain.importing.limits import (
    IN_WORDS,
    MAX_BYTES,
    MAX_IMAGE_BYTES,
    MAX_PANELS,
    MAX_TABLE_BYTES,
    MB,
)

type GridRow = tuple[list[str], bytes]
"""The cells of a row, and the picture that came with it, if any."""

_CHILD = Path(__file__).with_name("table_child.py")
_DEADLINE_SECONDS = {"parquet": 900.0, "sheet": 60.0}
_LENGTH_BYTES = 8
_MAX_CELLS_BYTES = 1 * MB  # of one row
# Neither many threads nor an allocator that reserves address space beyond the limit.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
_WORDS = {"parquet": "Parquet file", "sheet": "spreadsheet"}


class _BrokenOffError(Exception):
    """The child ended early, or did not say what it should."""


def table_rows(file: IO[bytes], kind: str, name: str) -> Iterator[GridRow]:
    """The rows of a Parquet file (its column names first) or of a spreadsheet (as they stand).

    ``file`` is a real file; ``kind`` is "parquet" or "sheet". Raises ImportRefusedError, possibly
    after some rows: use nothing of a table before its end.
    """
    command = [sys.executable, "-I", "-B", str(_CHILD), kind, str(MAX_PANELS)]
    file.seek(0)
    with subprocess.Popen(
        command,
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
    ) as child:
        watchdog = threading.Timer(_DEADLINE_SECONDS[kind], child.kill)
        watchdog.start()
        try:
            yield from _rows(cast("IO[bytes]", child.stdout), name)
        except (_BrokenOffError, ValueError, RecursionError) as error:
            if isinstance(error, ImportRefusedError):
                raise
            raise ImportRefusedError(
                f"“{name}” cannot be read: it is damaged, not a {_WORDS[kind]}, or too large. "
                "Please save it again, or as CSV, and bring that."
            ) from error
        finally:
            watchdog.cancel()
            child.kill()


def _rows(answer: IO[bytes], name: str) -> Iterator[GridRow]:
    cells: list[str] = []
    sizes = {b"R": 0, b"I": 0}
    for letter, body in _frames(answer):
        sizes[letter] = sizes.get(letter, 0) + len(body)
        if sizes[b"R"] > MAX_TABLE_BYTES or sizes[b"I"] > MAX_BYTES:
            raise ImportRefusedError(f"“{name}” holds too much. An import takes {IN_WORDS}.")
        match letter:
            case b"R":
                cells = _cells(body)
            case b"I":
                yield cells, body
            case b"X":
                words = body.decode(errors="replace")[:300]
                raise ImportRefusedError(f"“{name}” cannot be taken. {words}")


def _frames(answer: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    letter = b""
    while letter != b"E":
        head = answer.read(1 + _LENGTH_BYTES)
        letter, size = head[:1], int.from_bytes(head[1:])
        most = MAX_IMAGE_BYTES if letter == b"I" else _MAX_CELLS_BYTES
        if len(head) <= _LENGTH_BYTES or size > most:
            raise _BrokenOffError
        body = answer.read(size)
        if len(body) < size:
            raise _BrokenOffError
        yield letter, body


def _cells(body: bytes) -> list[str]:
    cells = json.loads(body)
    if not isinstance(cells, list) or not all(isinstance(cell, str) for cell in cells):
        raise _BrokenOffError
    return cells
