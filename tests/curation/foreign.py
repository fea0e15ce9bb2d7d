"""Releases that were made elsewhere, as folders: nothing of them is in the database."""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
from PIL import Image as Pillow
from pyarrow import parquet as pq

from curation.domain.bundle import BundleDescription, BundleItem, DataStatement, write_bundle
from curation.domain.content import (
    Annotations,
    ImageContent,
    PanelContent,
    PanelRole,
    ProblemContent,
)
from tests.factories import DIAGNOSES, png_bytes

ANNOTATIONS = Annotations(
    specialty="radiology",
    answer_format="free_response",
    image_type="xray",
    cognitive_process="classification",
    rarity="common",
    difficulty="easy",
)
DESCRIPTION = BundleDescription(
    name="A far benchmark",
    version="2.3.0",
    notes="Made far away.",
    license="CC-BY-4.0",
    homepage="https://far.example.org",
    authors=("Ada Far", "Ben Away"),
    released_on=date(2025, 5, 17),
    approvals_required=3,
    seed=7,
    statement=DataStatement(authors_count=2, limits="Few pictures."),
)


def jpeg_bytes(number: int) -> bytes:
    """A photograph as it is kept: pixels alone."""
    buffer = BytesIO()
    with Pillow.open(BytesIO(png_bytes(number, side=96))) as picture:
        picture.save(buffer, "JPEG", quality=92, subsampling=0)
    return buffer.getvalue()


class Studio:
    """Makes contents, and keeps the bytes of their pictures."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}

    def image(self, data: bytes, **facts: Any) -> ImageContent:
        """A described picture of these bytes."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.stored[sha256] = data
        with Pillow.open(BytesIO(data)) as picture:
            width, height = picture.size
            kind = picture.format
        described: dict[str, Any] = {
            "alt_text": "A disc",
            "source": "A far archive",
            "license": "CC0-1.0",
            "attribution": "Nobody",
            "no_patient_confirmed": True,
        }
        return ImageContent(
            sha256=sha256,
            media_type=f"image/{str(kind).lower()}",
            width=width,
            height=height,
            **described | facts,
        )

    def problem(self, number: int, **changes: Any) -> ProblemContent:
        """A complete problem with four pictures of its own, one of them a photograph."""
        first = 1020 + 4 * number  # of these none looks like another
        pictures = [png_bytes(first), jpeg_bytes(first + 1), png_bytes(first + 2)]
        images = [self.image(data) for data in (*pictures, png_bytes(first + 3))]
        answers = (*DIAGNOSES, DIAGNOSES[1])
        panels = tuple(
            PanelContent(
                role=PanelRole.QUERY if index == 3 else PanelRole.EXAMPLE,
                question="What does this image show?",
                answer=answer,
                accepted_variants=("µ", "fünf") if index == 3 else (),
                image=image,
            )
            for index, (answer, image) in enumerate(zip(answers, images, strict=True))
        )
        problem_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"far problem {number}"))
        content = ProblemContent(problem_id=problem_id, annotations=ANNOTATIONS, panels=panels)
        return replace(content, **changes)

    def write(
        self,
        folder: Path,
        contents: Iterable[ProblemContent],
        *,
        held_out: frozenset[str] = frozenset(),
        description: BundleDescription = DESCRIPTION,
    ) -> Path:
        """The folder of a release that has these, some of their answers held out."""
        folder.mkdir()
        items = (
            BundleItem(
                content=content,
                revision_sha256=content.sha256(),
                is_held_out=content.problem_id in held_out,
                seal="ab" * 32 if content.problem_id in held_out else "",
            )
            for content in contents
        )
        write_bundle(folder, description, items, self.stored.__getitem__)
        return folder


def with_query(
    content: ProblemContent, change: Callable[[PanelContent], PanelContent]
) -> ProblemContent:
    """The problem with another query."""
    panels = tuple(
        change(panel) if panel.role is PanelRole.QUERY else panel for panel in content.panels
    )
    return replace(content, panels=panels)


def write_smmile(folder: Path, problems: Iterable[Mapping[str, Any]]) -> Path:
    """Problems as the published JSON Lines have them, in SMMILE's Parquet with made pictures."""
    rows = [row for problem in problems for row in _smmile_rows(problem)]
    numbered = [
        row | {"image": {"bytes": png_bytes(5000 + number, 230), "path": f"{number}.png"}}
        for number, row in enumerate(rows)
    ]
    (folder / "data").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(numbered), folder / "data/test-00000-of-00001.parquet")
    return folder


def _smmile_rows(problem: Mapping[str, Any]) -> list[dict[str, Any]]:
    panels = [*problem["examples"], problem["query"]]
    return [
        {
            "question": panel["question"],
            "answer": panel["answer"],
            "image_url": "",
            "problem_id": problem["problem_id"],
            "order": order,
            **problem["flags"],
        }
        for order, panel in enumerate(panels)
    ]
