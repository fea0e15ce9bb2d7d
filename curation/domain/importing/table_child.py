"""Reads one Parquet file or spreadsheet in a process of its own, which has little to lose.

A program, not a module to import, with the file itself as standard input:

    python -I table_child.py parquet|sheet MAX_ROWS

On standard output it leaves frames, each a letter, an 8-byte big-endian length and that many bytes:
`R` the cells of a row as a JSON list of texts (the first of a Parquet file are its column names),
`I` the picture of that row, empty for none, `X` a sentence that refuses the file, `E` the end. It
imports nothing of this project. Whatever goes wrong in a library ends it, and the parent says so.
"""

import datetime as dt
import io
import json
import os
import resource
import struct
import sys
from collections.abc import Iterator
from typing import Any

MEMORY_BYTES = 1_500_000_000
CPU_SECONDS = {"parquet": 300, "sheet": 30}
OPEN_FILES = 64
MAX_SHEET_BYTES = 50 * 1024**2
MAX_COLUMNS = 200
MAX_TEXT = 100_000  # of a cell; what a draft takes is far less
MAX_PICTURE_BYTES = 50 * 1024**2
BATCH_ROWS = 8  # so that few pictures are held at once
THRIFT_BYTES = 16 * 1024**2  # of a Parquet file's own description


class RefusedError(Exception):
    """The file is not taken; the message is for the person who brought it."""


def limit_resources(kind: str) -> None:
    """Takes from this process what reading a table does not need, before anything is opened."""
    limits = [
        (resource.RLIMIT_CPU, CPU_SECONDS[kind]),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ]
    if sys.platform != "darwin":  # macOS refuses to limit memory; it runs demos, not servers
        limits.append((resource.RLIMIT_AS, MEMORY_BYTES))
    for what, most in limits:
        _, allowed = resource.getrlimit(what)  # who runs us may have allowed less
        limit = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(what, (limit, limit))


def text_of(value: Any) -> str:
    """A cell as its author reads it; RefusedError for what is no cell."""
    match value:
        case None:
            return ""
        case str() if len(value) > MAX_TEXT:
            raise RefusedError(f"A cell has {len(value):,} characters.")
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case int() | float() | dt.timedelta():
            return str(value)
        case dt.date() | dt.time():
            return value.isoformat()
    raise RefusedError("A cell holds neither text nor a number.")


def picture_of(value: Any) -> tuple[str, bytes]:
    """The file name and the bytes of a picture: bytes, or the struct `datasets` writes."""
    name, data = "", value
    if isinstance(value, dict):
        name, data = value.get("path") or "", value.get("bytes")
    if data is not None and len(data) > MAX_PICTURE_BYTES:
        raise RefusedError(f"A picture has more than {MAX_PICTURE_BYTES // 1024**2} MB.")
    return name, data or b""


def parquet_rows(max_rows: int) -> Iterator[tuple[list[str], bytes]]:
    """The column names, then each row with its picture."""
    import pyarrow as pa  # noqa: PLC0415 - large; a spreadsheet does without
    from pyarrow import parquet as pq  # noqa: PLC0415 - see above

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    file = pq.ParquetFile(
        sys.stdin.buffer,
        pre_buffer=False,
        buffer_size=1024**2,
        thrift_string_size_limit=THRIFT_BYTES,
        thrift_container_size_limit=1_000_000,
        arrow_extensions_enabled=False,
    )
    if file.metadata.num_rows > max_rows:
        raise RefusedError(f"It has {file.metadata.num_rows:,} rows; {max_rows:,} can be taken.")
    columns, picture = chosen_columns(file.schema_arrow, pa.types)
    wanted = [*columns, *([picture] if picture else [])]
    yield [*columns, *(["image"] if picture else [])], b""
    for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=wanted, use_threads=False):
        for row in batch.to_pylist():
            name, data = picture_of(row[picture]) if picture else ("", b"")
            texts = [text_of(row[column]) for column in columns]
            yield [*texts, *([name] if picture else [])], data


def chosen_columns(schema: Any, types: Any) -> tuple[list[str], str]:
    """The columns of text and numbers, and the one of pictures; others are not read."""
    if len(schema.names) > MAX_COLUMNS or len(set(schema.names)) < len(schema.names):
        raise RefusedError("It has too many columns, or two of one name.")
    plain = (
        types.is_string,
        types.is_large_string,
        types.is_integer,
        types.is_floating,
        types.is_boolean,
        types.is_null,
        types.is_dictionary,
    )
    pictures = (types.is_binary, types.is_large_binary, types.is_struct)
    kinds = {field.name: field.type for field in schema if "." not in field.name}
    shown = [name for name in kinds if name.lower() == "image"]
    picture = next((name for name in shown if any(is_(kinds[name]) for is_ in pictures)), "")
    columns = [name for name, kind in kinds.items() if any(is_(kind) for is_ in plain)]
    return columns, picture


def sheet_rows(max_rows: int) -> Iterator[tuple[list[str], bytes]]:
    """Every row of the first sheet that holds anything, the empty ones before it included."""
    import python_calamine  # noqa: PLC0415 - a Parquet file does without

    data = sys.stdin.buffer.read(MAX_SHEET_BYTES + 1)
    if len(data) > MAX_SHEET_BYTES:
        raise RefusedError(f"It is larger than {MAX_SHEET_BYTES // 1024**2} MB.")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        if sheet.end is None:
            continue
        if sheet.total_width > MAX_COLUMNS or sheet.total_height > max_rows + 1:
            raise RefusedError(f"The sheet “{name}” is too large: {max_rows:,} rows can be taken.")
        for row in sheet.to_python(skip_empty_area=False):
            yield [text_of(value) for value in row], b""
        return


def say(letter: bytes, body: bytes) -> None:
    """Leave one frame."""
    sys.stdout.buffer.write(letter + struct.pack(">Q", len(body)) + body)


def main() -> None:
    """Reads the file, writes the answer."""
    kind, max_rows = sys.argv[1], int(sys.argv[2])
    limit_resources(kind)
    try:
        for cells, picture in (parquet_rows if kind == "parquet" else sheet_rows)(max_rows):
            say(b"R", json.dumps(cells).encode())
            say(b"I", picture)
    except RefusedError as refused:
        say(b"X", str(refused).encode())
    say(b"E", b"")
    sys.stdout.buffer.flush()
    os._exit(0)  # threads of libraries may not end by themselves under these limits


if __name__ == "__main__":
    main()
