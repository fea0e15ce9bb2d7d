"""Predictions in files: our own, as Parquet and as JSON Lines, written row by row and read back.

One row a prediction, in the columns of ``COLUMNS``. Of a prediction that is withheld from the
reader, what would tell the answer is null and ``is_withheld`` says so.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pyarrow as pa
from pyarrow import parquet as pq

from evaluation.domain.choices import Choices
from evaluation.domain.outcomes import Outcome
from evaluation.domain.protocol import Protocol
from evaluation.domain.published import (
    UnknownFileError,
    read_name,
    read_published,
    read_verdicts,
)
from evaluation.domain.scoring.judges import IMPORTED_JUDGE, imported_scorer, is_judge

ROW_GROUP_ROWS = 1000

_SCORE = pa.struct({"scorer": pa.string(), "value": pa.float64(), "explanation": pa.string()})
_CHOICES = pa.struct(
    {
        "options": pa.list_(pa.string()),
        "correct_letter": pa.string(),
        "accepted_variants": pa.list_(pa.string()),
    }
)
COLUMNS: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "release": pa.string(),
        "model": pa.string(),
        "protocol_sha256": pa.string(),
        "problem_id": pa.string(),
        "order": pa.int32(),
        "repeat": pa.int32(),
        "question": pa.string(),
        "answer": pa.string(),
        "outcome": pa.string(),
        "completion": pa.string(),
        "parsed": pa.string(),
        "parse_pattern": pa.string(),
        "choices": _CHOICES,
        "scores": pa.list_(_SCORE),
        "error": pa.string(),
        "finish_reason": pa.string(),
        "served_model": pa.string(),
        "input_tokens": pa.int64(),
        "output_tokens": pa.int64(),
        "latency_ms": pa.int64(),
        "prompt_sha256": pa.string(),
        "is_withheld": pa.bool_(),
    }
)
_SCHEMA = pa.schema(list(COLUMNS.items()))
_LONGEST_WORDS = MappingProxyType({"finish_reason": 50, "served_model": 200})
_COUNTS = ("input_tokens", "output_tokens", "latency_ms")
_REQUIRED = ("problem_id", "outcome", "completion")

type Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtPrediction:
    """One prediction that was made elsewhere, as its file says it.

    ``error`` is why the call failed, empty where the model answered. ``correct_letter`` and
    ``choices`` say what the letters meant, None in open form; SMMILE's files state the letter
    alone, and ``is_letter_stated`` that their ``letter`` was read by their own script.
    ``verdicts`` are those of judges by scorer.
    """

    problem_id: str
    completion: str
    answer: str = ""
    order: int = 0
    repeat: int = 0
    error: str = ""
    is_refused: bool = False
    choices: Choices | None = None
    correct_letter: str | None = None
    is_letter_stated: bool = False
    letter: str | None = None
    verdicts: Mapping[str, tuple[float, str]] = MappingProxyType({})
    facts: Mapping[str, Any] = MappingProxyType({})

    @property
    def place(self) -> tuple[str, int, int]:
        """What no other prediction of a run shares with it."""
        return self.problem_id, self.order, self.repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtFile:
    """What one file holds: predictions, or a judge's verdicts on those of another file."""

    predictions: tuple[BroughtPrediction, ...] = ()
    verdicts: Mapping[str, bool] = MappingProxyType({})


def read_file(path: Path, content: bytes, protocol: Protocol) -> BroughtFile:
    """What a file of this name and content holds, by its ending.

    :class:`~evaluation.domain.published.UnknownFileError` says what is wrong with it.
    """
    match path.suffix.lower():
        case ".csv":
            return BroughtFile(predictions=tuple(_published(path.name, _text(content), protocol)))
        case ".json":
            return BroughtFile(verdicts=read_verdicts(_text(content)))
        case ".jsonl":
            rows = _json_lines(_text(content))
        case ".parquet":
            rows = _parquet(content)
        case _:
            raise UnknownFileError("It is none of .csv, .json, .jsonl and .parquet.")
    return BroughtFile(predictions=tuple(_own(row, protocol) for row in rows))


def json_lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """The rows, one JSON object a line."""
    for row in rows:
        document = {name: row[name] for name in COLUMNS}
        yield json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def parquet_chunks(rows: Iterable[Row]) -> Iterator[bytes]:
    """The bytes of a Parquet file, a row group at a time, holding no more than that."""
    sink = _Sink()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), _SCHEMA, compression="zstd") as writer:
        for some in batched(rows, ROW_GROUP_ROWS, strict=False):
            columns = {name: [row[name] for row in some] for name in COLUMNS}
            writer.write_table(pa.table(columns, schema=_SCHEMA))
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Keeps what is written until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._chunks: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, chunk: Any) -> int:
        kept = bytes(chunk)
        self._chunks.append(kept)
        self._size += len(kept)
        return len(kept)

    def tell(self) -> int:
        return self._size

    def taken(self) -> bytes:
        chunks, self._chunks = self._chunks, []
        return b"".join(chunks)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnknownFileError("It is not text in UTF-8.") from None


def _published(name: str, text: str, protocol: Protocol) -> Iterator[BroughtPrediction]:
    said = read_name(name)
    if (said.shots, said.answer_form) != (protocol.shots, protocol.answer_form):
        raise UnknownFileError(f"By its name it was not asked as {protocol.label}.")
    for record in read_published(text):
        is_error = record.outcome is Outcome.ERROR
        yield BroughtPrediction(
            problem_id=record.problem_id.strip(),
            answer=record.answer,
            completion="" if is_error else record.completion,
            error=record.generated_answer.strip() or "ERROR" if is_error else "",
            correct_letter=record.correct_letter,
            is_letter_stated=record.correct_letter is not None,
            letter=record.selected_letter,
        )


def _json_lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise UnknownFileError(f"Line {number} is no JSON object.")
        yield row


def _parquet(content: bytes) -> Iterator[Row]:
    try:
        table = pq.ParquetFile(io.BytesIO(content))
        for batch in table.iter_batches(ROW_GROUP_ROWS):
            yield from cast("list[Row]", batch.to_pylist())
    except pa.ArrowException as error:
        raise UnknownFileError(f"It is no Parquet that can be read: {error}") from None


def _own(row: Row, protocol: Protocol) -> BroughtPrediction:
    if missing := [name for name in _REQUIRED if name not in row]:
        raise UnknownFileError(f"A row has no {', '.join(missing)}.")
    if row.get("is_withheld"):
        raise UnknownFileError("It withholds answers, so it cannot be scored.")
    if row.get("protocol_sha256") not in {None, "", protocol.sha256()}:
        raise UnknownFileError(f"It was not asked as {protocol.label}, but by another protocol.")
    try:
        return _own_prediction(row)
    except (LookupError, TypeError, ValueError) as error:
        raise UnknownFileError(
            f"The row of problem {row['problem_id']} cannot be read: {error}"
        ) from None


def _own_prediction(row: Row) -> BroughtPrediction:
    outcome = Outcome(row["outcome"])
    choices = row.get("choices")
    said = row.get("error") or "The call failed."
    words = {name: str(row.get(name) or "")[:most] for name, most in _LONGEST_WORDS.items()}
    counts = {name: _whole(row, name, 2**31) for name in _COUNTS if row.get(name) is not None}
    return BroughtPrediction(
        problem_id=str(row["problem_id"]),
        answer=str(row.get("answer") or ""),
        completion=str(row["completion"] or ""),
        order=_whole(row, "order", 2**15),
        repeat=_whole(row, "repeat", 2**15),
        error=str(said) if outcome is Outcome.ERROR else "",
        is_refused=outcome is Outcome.REFUSED,
        choices=Choices.from_json(choices) if choices else None,
        verdicts=_verdicts(row.get("scores") or []),
        facts={**words, **counts},
    )


def _whole(row: Row, name: str, end: int) -> int:
    value = row.get(name) or 0
    if type(value) is not int or not 0 <= value < end:
        raise ValueError(f"{name} is no whole number from 0 to {end - 1}, but {value!r}.")
    return value


def _verdicts(scores: Iterable[Mapping[str, Any]]) -> dict[str, tuple[float, str]]:
    """Those of judges; what is computed is computed anew."""
    return {
        imported_scorer(score["scorer"]): (float(score["value"]), str(score["explanation"] or ""))
        for score in scores
        if is_judge(score["scorer"])
    }


def with_verdict(verdicts: Mapping[str, bool], problem_id: str) -> dict[str, tuple[float, str]]:
    """The verdict of a file that names no judge, as of a prediction; nothing where it has none."""
    if problem_id not in verdicts:
        return {}
    is_right = verdicts[problem_id]
    word = "right" if is_right else "wrong"
    return {IMPORTED_JUDGE: (float(is_right), f"The imported verdict: {word}.")}
