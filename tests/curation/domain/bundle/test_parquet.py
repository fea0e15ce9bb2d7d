import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest
from PIL import Image
from pyarrow import parquet as pq

from curation.domain.bundle import BundleItem

from .conftest import Studio, WriteBundle, picture

PARQUET_PATH = "data/test-00000-of-00001.parquet"

SMMILE_COLUMNS = [
    "question",
    "answer",
    "image",
    "image_url",
    "problem_id",
    "order",
    "parquet_path",
    "speciality",
    "flag_answer_format",
    "flag_image_type",
    "flag_cognitive_process",
    "flag_rarity",
    "flag_difficulty_llms",
]


@pytest.fixture
def load(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)

    def load() -> Any:
        return datasets.load_dataset(
            "parquet",
            data_files={"test": str(folder / PARQUET_PATH)},
            split="test",
            cache_dir=str(tmp_path / "cache"),
        )

    return load


def test_datasets_reads_smmile_columns_in_their_order_with_real_pictures(
    studio: Studio, write: WriteBundle, load: Any
) -> None:
    jpeg = studio.image(picture(7, "image/jpeg"), media_type="image/jpeg")
    write([studio.item("p", [studio.image(picture(5)), studio.image(picture(6)), jpeg])])

    rows = load()

    assert rows.column_names == SMMILE_COLUMNS
    assert rows.features["image"] == datasets.Image()
    assert rows.features["order"] == datasets.Value("int64")
    pictures = [row["image"] for row in rows]
    assert all(isinstance(shown, Image.Image) and shown.size == (8, 6) for shown in pictures)
    assert [shown.format for shown in pictures] == ["PNG", "PNG", "JPEG"]
    assert pictures[0].getpixel((0, 0)) == (5, 0, 90)
    assert rows[2]["image_url"] == rows[2]["parquet_path"] == f"images/{jpeg.sha256}.jpg"


def test_problems_keep_the_given_order_and_end_with_their_query(
    studio: Studio, write: WriteBundle, load: Any
) -> None:
    write([studio.problem(9), studio.problem(1, panels=4), studio.problem(5)])

    rows = load()

    expected = [("problem-9", n) for n in range(3)] + [("problem-1", n) for n in range(4)]
    expected += [("problem-5", n) for n in range(3)]
    assert list(zip(rows["problem_id"], rows["order"], strict=True)) == expected
    assert rows[6]["answer"] == "Color 3. "


def test_a_query_that_stands_first_in_the_content_is_still_the_last_row(
    studio: Studio, write: WriteBundle, load: Any
) -> None:
    authored = studio.problem(1).content
    content = type(authored)(
        problem_id="p", annotations=authored.annotations, panels=authored.panels[::-1]
    )
    write([BundleItem(content=content, revision_sha256=content.sha256())])

    assert load()["answer"] == ["Color 1. ", "Color 0. ", "Color 2. "]


def test_annotations_are_written_in_smmile_terms(
    studio: Studio, write: WriteBundle, load: Any
) -> None:
    write([studio.problem(1)])

    assert [load()[0][column] for column in SMMILE_COLUMNS[7:]] == [
        "dermatology",
        "multiple choice",
        "Photograph",
        "reasoning classification",
        "common",
        "hard",
    ]


def test_the_card_code_loads_the_folder_as_it_is(
    studio: Studio, write: WriteBundle, folder: Path, tmp_path: Path
) -> None:
    write([studio.problem(1), studio.problem(2)])
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    environment = os.environ | {"HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"}

    done = subprocess.run(
        [sys.executable, "-c", code.replace("path/to/this/folder", str(folder))],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip() == "Which color is number 2?  Color 2.  (8, 6)", done.stderr


def test_rows_are_on_the_disk_before_more_than_a_row_group_is_read(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    size = 2_000
    panels = 5
    images = [studio.image(os.urandom(size)) for _ in range(panels)]

    def items() -> Iterator[BundleItem]:
        for number in range(100):
            waiting = 100 + panels
            written = (folder / PARQUET_PATH).stat().st_size
            assert written >= size * (number * panels - waiting)
            yield studio.item(f"problem-{number}", images)

    write(items())

    groups = pq.ParquetFile(folder / PARQUET_PATH).metadata
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [100] * 5


def test_large_images_end_a_row_group_early(
    studio: Studio, write: WriteBundle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.domain.bundle.parquet.ROW_GROUP_BYTES", 5_000)
    images = [studio.image(os.urandom(2_000)) for _ in range(7)]

    write([studio.item("p", images)])

    groups = pq.ParquetFile(folder / PARQUET_PATH).metadata
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [3, 3, 1]


def test_texts_in_other_scripts_come_back_unchanged(
    studio: Studio, write: WriteBundle, load: Any
) -> None:
    text = "Größe ≥ 3 µm, 診断 \U0001fa7b \u2028 שלום"
    write([studio.problem(1, text=text)])

    assert load()[2]["answer"] == f"Color 2. {text}"
