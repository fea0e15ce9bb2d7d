"""CSV as spreadsheets write it: three encodings, three separators, one form of rows."""

import csv
import io
import re
from collections.abc import Iterator

from curation.domain.importing.columns import recognized
from curation.domain.importing.found import ImportRefusedError

_SEPARATORS = (",", ";", "\t")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # what Excel calls "Unicode text"
_HINT = re.compile("sep=([,;\t])\r?\n", re.IGNORECASE)  # Excel's own way of naming it
_AGAIN = "Please save it from your spreadsheet as “CSV UTF-8”, or as XLSX, and bring that."


def delimited_rows(data: bytes, name: str) -> Iterator[list[str]]:
    """The rows of a CSV file as they stand, empty ones included.

    Cells are text: what begins like a formula stays the words it is. Raises ImportRefusedError.
    """
    text = _decoded(data, name)
    hint = _HINT.match(text)
    if hint is not None:
        yield []  # a line of its own, that rows keep the numbers a spreadsheet shows
        text = text[hint.end() :]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text, hint))
    try:
        yield from reader
    except csv.Error as error:
        raise ImportRefusedError(
            f"“{name}” cannot be read as a table at line {reader.line_num:,}: a cell is too long, "
            f"or a quotation mark is not closed. {_AGAIN}"
        ) from error


def _separator(text: str, hint: re.Match[str] | None) -> str:
    """The one that the file names, else the one that makes most sense of its first line."""
    if hint is not None:
        return hint[1]
    first = next((line for line in text[:100_000].splitlines() if line.strip()), "")
    return max(_SEPARATORS, key=lambda each: recognized(_cells(first, each)))


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator))


def _decoded(data: bytes, name: str) -> str:
    encodings = ["utf-16"] if data.startswith(_UTF_16) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ImportRefusedError(f"“{name}” is not a text file. {_AGAIN}")
