"""Parquet: rows in shards of some hundred megabytes, pictures inside, in bounded memory.

Read by ``datasets.load_dataset`` without a script. The options are fixed and nothing of the time
or the machine enters, so equal content gives equal bytes under one version of pyarrow (which
writes its own version into the footer).

A row group ends with a problem and holds each picture once, in the dictionary of its column,
whatever number of its rows show it: so a problem in 24 orders takes the room of one.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from pyarrow import parquet as pq

from curation.domain.bundle.rows import IMAGE

Columns = Mapping[str, pa.DataType]

ROW_GROUP_ROWS = 100
ROW_GROUP_BYTES = 16 * 1024**2
"""A row group ends with the problem that reaches either, so that pictures do not add up."""

MOST_READ_BYTES = 256 * 1024**2
"""Pictures of the rows of one row group, repetitions included, as a reader unpacks them: a
problem of very large pictures is cut at this."""

SHARD_ROWS = 50_000
SHARD_BYTES = 400 * 1024**2
"""A shard ends with the row group that reaches either."""

# Whatever a row group holds stays in its dictionary; Parquet's default of 1 MB would end that.
_DICTIONARY_BYTES = 1024**3

_BYTES_LEAF = "image.bytes"
_PATH_LEAF = "image.path"
_IMAGE_IN_A_GROUP = pa.struct(
    {
        "bytes": pa.dictionary(pa.int32(), pa.binary()),
        "path": pa.dictionary(pa.int32(), pa.string()),
    }
)


class ParquetRows:
    """Appends rows to the shards of one folder, holding at most one row group. A context manager.

    Shards are called ``test-00000`` and so on, and get their final names once their number is
    known: on leaving without an error. Without any row there is one, empty.
    """

    def __init__(self, folder: Path, name: str, columns: Columns, canary: str) -> None:
        self._folder = folder / name
        self._folder.mkdir()
        self._columns = columns
        self._metadata = {"huggingface": _huggingface(columns), "canary": canary}
        self._group = _RowGroup()
        self._shards: list[_Shard] = []
        self.rows = 0
        self.num_bytes = 0
        """Bytes of all values as a reader has them in memory."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The shards' final paths in the bundle; complete only after leaving."""
        last = f"-of-{len(self._shards):05d}.parquet"
        return tuple(f"{self._folder.name}/{shard.path.name}{last}" for shard in self._shards)

    def write(self, row: Mapping[str, Any], image: bytes = b"") -> None:
        """Append one row, with the stored bytes of its image if the set shows it."""
        self._group.add(row, image)
        self.rows += 1
        if self._group.shown_bytes >= MOST_READ_BYTES:
            self._flush()

    def end_problem(self) -> None:
        """Say that the next row is of another problem: row groups and shards end here."""
        group = self._group
        if len(group.rows) >= ROW_GROUP_ROWS or group.picture_bytes >= ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if not self._group.rows:
            return
        # Emptied before writing, so that the pictures are not held twice meanwhile.
        group, self._group = self._group, _RowGroup()
        self._shard().write(group)
        self.num_bytes += group.shown_bytes

    def _shard(self) -> "_Shard":
        """The open one, or the next."""
        if self._shards and not self._shards[-1].is_full:
            return self._shards[-1]
        self._close()
        path = self._folder / f"test-{len(self._shards):05d}"
        self._shards.append(_Shard(path, self._columns, self._metadata))
        return self._shards[-1]

    def _close(self) -> None:
        if self._shards:
            self._shards[-1].writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._flush()
                self._shard()
        finally:
            self._close()
        if error is None:
            for shard, path in zip(self._shards, self.paths, strict=True):
                shard.path.rename(self._folder.parent / path)


class _RowGroup:
    """The rows since the last ones were written, and each of their pictures once."""

    def __init__(self) -> None:
        self.rows: list[Mapping[str, Any]] = []
        self._pictures: dict[str, int] = {}
        self._contents: list[bytes] = []
        self._shown: list[int] = []
        self.picture_bytes = 0
        self.shown_bytes = 0

    def add(self, row: Mapping[str, Any], image: bytes) -> None:
        """Take a row up; its image's path says which picture it is."""
        name = Path(row["image_url"]).name
        if name not in self._pictures:
            self._pictures[name] = len(self._contents)
            self._contents.append(image)
            self.picture_bytes += len(image)
        self.rows.append(row)
        self._shown.append(self._pictures[name])
        self.shown_bytes += len(image) + sum(map(_size, row.values()))

    def to_batch(self, columns: Columns) -> pa.RecordBatch:
        """The rows in columns. The pictures are given up on the way."""
        arrays = [
            self._images() if kind == IMAGE else pa.array([row[name] for row in self.rows], kind)
            for name, kind in columns.items()
        ]
        return pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def _images(self) -> pa.StructArray:
        shown = pa.array(self._shown, pa.int32())
        contents = pa.array(self._contents, pa.binary())
        self._contents.clear()
        leaves = [contents, pa.array(list(self._pictures), pa.string())]
        arrays = [pa.DictionaryArray.from_arrays(shown, leaf) for leaf in leaves]
        return pa.StructArray.from_arrays(arrays, names=["bytes", "path"])


class _Shard:
    """One file, open."""

    def __init__(self, path: Path, columns: Columns, metadata: Mapping[str, str]) -> None:
        self.path = path
        self._columns = columns
        self.writer = _writer(path, columns)
        self.writer.add_key_value_metadata(metadata)
        self._rows = 0
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether the next row group goes into another shard."""
        return self._rows >= SHARD_ROWS or self._bytes >= SHARD_BYTES

    def write(self, group: _RowGroup) -> None:
        """Append a row group."""
        self._rows += len(group.rows)
        self._bytes += group.picture_bytes
        self.writer.write_batch(group.to_batch(self._columns))


def _size(value: str | int | None) -> int:
    return len(value.encode()) if isinstance(value, str) else 8


def _huggingface(columns: Columns) -> str:
    """What tells the `datasets` library to decode the struct of bytes and path as a picture."""
    features = {
        name: {"_type": "Image"} if kind == IMAGE else {"dtype": str(kind), "_type": "Value"}
        for name, kind in columns.items()
    }
    return json.dumps({"info": {"features": features}})


def _writer(path: Path, columns: Columns) -> pq.ParquetWriter:
    texts = [name for name, kind in columns.items() if kind == pa.string()]
    numbers = [name for name, kind in columns.items() if kind == pa.int64()]
    pictures = [_PATH_LEAF, _BYTES_LEAF] if "image" in columns else []
    plain = [*texts, *numbers, *pictures[:1]]
    # PNG and JPEG do not compress further, and their bytes as statistics help no reader.
    compression = {**dict.fromkeys(plain, "ZSTD"), **dict.fromkeys(pictures[1:], "NONE")}
    return pq.ParquetWriter(
        path,
        _schema(columns),
        version="2.6",
        data_page_version="1.0",
        use_dictionary=[*texts, *pictures],
        dictionary_pagesize_limit=_DICTIONARY_BYTES,
        compression=compression,
        compression_level=dict.fromkeys(plain, 3),
        write_statistics=plain,
        # Arrow's own schema would have readers keep the pictures as a dictionary, which the
        # `datasets` library does not know.
        store_schema=False,
    )


def _schema(columns: Columns) -> pa.Schema:
    return pa.schema(
        [(name, _IMAGE_IN_A_GROUP if kind == IMAGE else kind) for name, kind in columns.items()]
    )
