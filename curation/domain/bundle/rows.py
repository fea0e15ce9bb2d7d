"""The rows of a release: SMMILE's columns, one row per panel, and those of its permuted set."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from curation.domain.bundle.images import image_file
from curation.domain.bundle.items import PicturedPanel, pictured_panels
from curation.domain.bundle.smmile_terms import FIELDS, smmile_terms
from curation.domain.content import ProblemContent
from curation.domain.permutations import orders_of

IMAGE = pa.struct({"bytes": pa.binary(), "path": pa.string()})

COLUMNS: dict[str, pa.DataType] = {
    "question": pa.string(),
    "answer": pa.string(),
    "image": IMAGE,
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
in ``LICENSES.csv`` and in ``problems.jsonl``. The ``answer`` of a held-out query is null.
"""

PERMUTED_COLUMNS: dict[str, pa.DataType] = COLUMNS | {
    "original_problem_id": pa.string(),
    "original_order": pa.int64(),
    "permutation_number": pa.int64(),
}
"""``problem_id`` is ``<id>_perm_<k>`` with k from 1, which is ``permutation_number``;
``original_order`` is the panel's order in the plain set.
"""

REFERENCE_COLUMNS: dict[str, pa.DataType] = {
    name: kind for name, kind in PERMUTED_COLUMNS.items() if name != "image"
} | {"row": pa.int64()}
"""The permuted set without pictures: ``row`` is the number, from 0, of the plain row with it."""


def panel_rows(content: ProblemContent) -> list[tuple[PicturedPanel, dict[str, Any]]]:
    """Each panel in order, the query last, with its row: every column except ``image``."""
    terms = smmile_terms(content.annotations)
    return [
        ((panel, image), _row(content.problem_id, order, (panel, image)) | terms)
        for order, (panel, image) in enumerate(pictured_panels(content))
    ]


def permuted_problems(
    problem_id: str, rows: list[dict[str, Any]], seed: int
) -> Iterator[list[dict[str, Any]]]:
    """A problem's rows, the query last, once for each of its orders. ``seed`` is the set's."""
    *examples, query = rows
    for number, order in enumerate(orders_of(problem_id, len(examples), seed), start=1):
        names = {
            "problem_id": f"{problem_id}_perm_{number}",
            "original_problem_id": problem_id,
            "permutation_number": number,
        }
        shown = [*(examples[place] for place in order), query]
        yield [
            row | names | {"order": place, "original_order": row["order"]}
            for place, row in enumerate(shown)
        ]


def _row(problem_id: str, order: int, pictured: PicturedPanel) -> dict[str, Any]:
    panel, image = pictured
    return {
        "question": panel.question,
        "answer": panel.answer or None,
        "image_url": image_file(image),
        "problem_id": problem_id,
        "order": order,
        "parquet_path": image_file(image),
    }
