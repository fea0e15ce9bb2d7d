"""The Parquet file: SMMILE's columns, one row per panel, images inside.

Read by ``datasets.load_dataset`` without a script. The options are fixed and nothing of the time
or the machine enters, so equal content gives equal bytes under one version of pyarrow (which
writes its own version into the footer).
"""

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from pyarrow import parquet as pq

from curation.domain.bundle.images import image_file
from curation.domain.bundle.items import PicturedPanel, pictured_panels
from curation.domain.bundle.smmile_terms import FIELDS, smmile_terms
from curation.domain.content import ProblemContent

PARQUET_PATH = "data/test-00000-of-00001.parquet"

ROW_GROUP_ROWS = 100
ROW_GROUP_BYTES = 16 * 1024 * 1024
"""A row group ends at whichever comes first, so that large images do not add up in memory."""

_IMAGE = pa.struct({"bytes": pa.binary(), "path": pa.string()})

COLUMNS: dict[str, pa.DataType] = {
    "question": pa.string(),
    "answer": pa.string(),
    "image": _IMAGE,
    "image_url": pa.string(),
    "problem_id": pa.string(),
    "order": pa.int64(),
    "parquet_path": pa.string(),
    **dict.fromkeys(FIELDS, pa.string()),
}
"""SMMILE's columns in SMMILE's order.

``order`` counts from 0, and the query has the highest number of its problem. SMMILE's
``image_url`` is a web address; such addresses rot, so here it is the image's path inside the
bundle (``images/<sha256>.<png|jpg>``), as is ``parquet_path``. Where an image came from stands
in ``LICENSES.csv`` and in ``problems.jsonl``.
"""

_BYTES_LEAF = "image.bytes"
_TEXT_LEAVES = [*(name for name in COLUMNS if name not in {"image", "order"}), "image.path"]


def panel_rows(content: ProblemContent) -> list[tuple[PicturedPanel, dict[str, Any]]]:
    """Each panel in order, the query last, with its row: every column except ``image``."""
    terms = smmile_terms(content.annotations)
    return [
        ((panel, image), _row(content.problem_id, order, (panel, image)) | terms)
        for order, (panel, image) in enumerate(pictured_panels(content))
    ]


def _row(problem_id: str, order: int, pictured: PicturedPanel) -> dict[str, Any]:
    panel, image = pictured
    return {
        "question": panel.question,
        "answer": panel.answer,
        "image_url": image_file(image),
        "problem_id": problem_id,
        "order": order,
        "parquet_path": image_file(image),
    }


class ParquetRows:
    """Appends rows to a Parquet file, holding at most one row group. A context manager."""

    def __init__(self, path: Path, canary: str) -> None:
        path.parent.mkdir()
        self._schema = _schema(canary)
        self._writer = _writer(path, self._schema)
        self._rows: list[dict[str, Any]] = []
        self._image_bytes = 0

    def write(self, row: dict[str, Any], image: bytes) -> None:
        """Append one row of :func:`panel_rows` with the stored bytes of its image."""
        name = Path(row["image_url"]).name
        self._rows.append(row | {"image": {"bytes": image, "path": name}})
        self._image_bytes += len(image)
        if len(self._rows) >= ROW_GROUP_ROWS or self._image_bytes >= ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if not self._rows:
            return
        batch = pa.RecordBatch.from_pylist(self._rows, schema=self._schema)
        # Emptied before writing, so that the images are not held twice meanwhile.
        self._rows = []
        self._image_bytes = 0
        self._writer.write_batch(batch)

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
        finally:
            self._writer.close()


def _schema(canary: str) -> pa.Schema:
    features = {name: _feature(kind) for name, kind in COLUMNS.items()}
    metadata = {"huggingface": json.dumps({"info": {"features": features}}), "canary": canary}
    return pa.schema(list(COLUMNS.items()), metadata=metadata)


def _feature(kind: pa.DataType) -> dict[str, str]:
    # What tells the `datasets` library to decode the struct of bytes and path as a picture.
    if kind == _IMAGE:
        return {"_type": "Image"}
    return {"dtype": str(kind), "_type": "Value"}


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    # PNG and JPEG do not compress further, and their bytes as statistics help no reader.
    return pq.ParquetWriter(
        path,
        schema,
        version="2.6",
        data_page_version="1.0",
        use_dictionary=_TEXT_LEAVES,
        compression={_BYTES_LEAF: "NONE", **dict.fromkeys([*_TEXT_LEAVES, "order"], "ZSTD")},
        compression_level=dict.fromkeys([*_TEXT_LEAVES, "order"], 3),
        write_statistics=[*_TEXT_LEAVES, "order"],
        # Pages are cut between batches of values: a page holds a few images, not a row group.
        write_batch_size=4,
        store_schema=True,
    )
