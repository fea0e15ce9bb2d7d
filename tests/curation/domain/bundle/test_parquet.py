import dataclasses
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

from .conftest import ANNOTATIONS, Studio, WriteBundle, picture

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
    told = dataclasses.replace(ANNOTATIONS, cognitive_process="classification")
    write([studio.problem(1, annotations=told), studio.problem(2)])
    blocks = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    code = "".join(
        [*blocks, 'last = orders[5]; print(last["row"], last["image"].getpixel((0, 0)))']
    )
    environment = os.environ | {"HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"}

    done = subprocess.run(
        [sys.executable, "-c", code.replace("path/to/this/folder", str(folder))],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.splitlines() == [
        "Which color is number 2?  Color 2.  (8, 6)",
        "2 (22, 0, 90)",
    ], done.stderr


def test_rows_are_on_the_disk_before_more_than_a_row_group_is_read(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    size = 2_000
    panels = 5

    def items() -> Iterator[BundleItem]:
        for number in range(100):
            # Two groups: the one being filled and what pyarrow's file has not handed on yet.
            waiting = 2 * (100 + panels)
            written = sum(file.stat().st_size for file in (folder / "data").iterdir())
            assert written >= size * (number * panels - waiting)
            images = [studio.image(os.urandom(size)) for _ in range(panels)]
            yield studio.item(f"problem-{number}", images)

    write(items())

    groups = pq.ParquetFile(folder / PARQUET_PATH).metadata
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [100] * 5


def test_large_images_end_a_row_group_early_but_never_within_a_problem(
    studio: Studio, write: WriteBundle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.domain.bundle.parquet.ROW_GROUP_BYTES", 9_000)

    write(
        studio.item(f"p{number}", [studio.image(os.urandom(2_000)) for _ in range(3)])
        for number in range(5)
    )

    groups = pq.ParquetFile(folder / PARQUET_PATH).metadata
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [6, 6, 3]


def test_a_row_group_never_asks_more_memory_of_a_reader_than_the_bound(
    studio: Studio, write: WriteBundle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.domain.bundle.parquet.MOST_READ_BYTES", 30_000)
    told = dataclasses.replace(ANNOTATIONS, cognitive_process="classification")
    images = [studio.image(os.urandom(2_000)) for _ in range(5)]
    write([studio.item("p", images, told)])

    file = pq.ParquetFile(folder / "permuted/test-00000-of-00001.parquet")
    groups = [file.read_row_group(n) for n in range(file.num_row_groups)]
    assert sum(group.num_rows for group in groups) == 24 * 5
    for group in groups:
        shown = sum(len(row["bytes"]) for row in group["image"].to_pylist())
        assert shown <= 30_000


@pytest.mark.parametrize("bound", ["SHARD_ROWS", "SHARD_BYTES"])
def test_shards_end_with_a_problem_and_know_their_number(
    bound: str,
    *,
    studio: Studio,
    write: WriteBundle,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = {"SHARD_ROWS": 6, "SHARD_BYTES": 300}
    monkeypatch.setattr("curation.domain.bundle.parquet.ROW_GROUP_ROWS", 3)
    monkeypatch.setattr(f"curation.domain.bundle.parquet.{bound}", limits[bound])
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    files = write(studio.problem(number) for number in range(5))

    names = [file.path for file in files if file.path.startswith("data/")]
    count = len(names)
    assert count > 1
    assert names == [f"data/test-{n:05d}-of-{count:05d}.parquet" for n in range(count)]
    assert sorted(path.name for path in (folder / "data").iterdir()) == [n[5:] for n in names]
    for name in names:
        assert pq.read_table(folder / name)["order"].to_pylist()[-1] == 2
    rows = datasets.load_dataset(str(folder), split="test", cache_dir=str(tmp_path / "cache"))
    assert list(rows["problem_id"]) == [f"problem-{n}" for n in range(5) for _ in range(3)]


def test_a_picture_shown_in_many_rows_of_a_group_is_stored_once(
    studio: Studio, write: WriteBundle, folder: Path, load: Any
) -> None:
    image = os.urandom(50_000)
    write([studio.item("p", [studio.image(image)] * 10)])

    assert (folder / PARQUET_PATH).read_bytes().count(image) == 1
    assert [row["bytes"] for row in load().data.column("image").to_pylist()] == [image] * 10


def test_texts_in_other_scripts_come_back_unchanged(
    studio: Studio, write: WriteBundle, load: Any
) -> None:
    text = "Größe ≥ 3 µm, 診断 \U0001fa7b \u2028 שלום"
    write([studio.problem(1, text=text)])

    assert load()[2]["answer"] == f"Color 2. {text}"
