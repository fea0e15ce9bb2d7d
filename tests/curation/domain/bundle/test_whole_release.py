"""A release of SMMILE's published texts, with pictures made here, as other programs open it."""

import hashlib
import io
import json
import logging
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import datasets
import mlcroissant
import numpy as np
import pytest
import yaml
from huggingface_hub import DatasetCard
from PIL import Image
from pyarrow import parquet as pq

from curation.domain.bundle import BundleDescription, BundleItem, verify_manifest, write_bundle
from curation.domain.content import (
    Annotations,
    ImageContent,
    PanelContent,
    PanelRole,
    ProblemContent,
)
from curation.domain.importing.terms import SMMILE_TERMS

PUBLISHED = Path(__file__).parents[4] / "../shared/data/smmile/problems.jsonl"
DESCRIPTION = BundleDescription(
    name="A bench: of texts",
    version="1.0.0",
    notes="All of them.",
    license="CC-BY-4.0",
    homepage="https://bench.example",
    authors=("Ana Müller", "Bo Li"),
    released_on=date(2026, 3, 14),
    approvals_required=2,
)
SETS = {"plain": "data", "permuted": "permuted", "permuted_by_reference": "permuted_by_reference"}
PANELS, PERMUTED_PROBLEMS = 517, 1038


class Painter:
    """Makes a picture of its own for every panel."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}

    def image(self) -> ImageContent:
        dice = np.random.default_rng(len(self.stored))
        file = io.BytesIO()
        pixels = dice.integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(file, "PNG")
        content = file.getvalue()
        sha256 = hashlib.sha256(content).hexdigest()
        self.stored[sha256] = content
        return ImageContent(
            sha256=sha256,
            media_type="image/png",
            width=64,
            height=64,
            alt_text="Noise.",
            source="A dice",
            license="CC0-1.0",
            attribution="Nobody",
            no_patient_confirmed=True,
        )

    def item(self, published: dict[str, Any]) -> BundleItem:
        flags = published["flags"]
        process = flags["flag_cognitive_process"] or ""
        panels = [self._panel(panel, PanelRole.EXAMPLE) for panel in published["examples"]] + [
            self._panel(published["query"], PanelRole.QUERY)
        ]
        content = ProblemContent(
            problem_id=published["problem_id"],
            annotations=Annotations(
                specialty=(flags["speciality"] or "").replace(" ", "_"),
                cognitive_process=SMMILE_TERMS["cognitive_process"].get(process, ""),
            ),
            panels=tuple(panels),
        )
        return BundleItem(content=content, revision_sha256=content.sha256())

    def _panel(self, published: dict[str, Any], role: PanelRole) -> PanelContent:
        return PanelContent(
            role=role,
            question=published["question"],
            answer=published["answer"],
            image=self.image(),
        )


@pytest.fixture(scope="module")
def problems() -> list[dict[str, Any]]:
    if not PUBLISHED.exists():
        pytest.skip("The published SMMILE data is not beside this checkout.")
    lines = PUBLISHED.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def folder(
    problems: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("release")
    painter = Painter()
    items = [painter.item(problem) for problem in problems]
    write_bundle(folder, DESCRIPTION, items, painter.stored.__getitem__)
    yield folder


@pytest.fixture
def load(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)

    def load(*name: str) -> Any:
        cache = str(tmp_path / "cache")
        return datasets.load_dataset(str(folder), *name, split="test", cache_dir=cache)

    return load


def size_of(folder: Path, name: str) -> int:
    return sum(file.stat().st_size for file in (folder / SETS[name]).iterdir())


def test_two_lines_load_the_517_rows(load: Any, problems: list[dict[str, Any]]) -> None:
    rows = load()

    assert len(rows) == PANELS
    expected = [
        (problem["problem_id"], panel["question"], panel["answer"], order)
        for problem in problems
        for order, panel in enumerate([*problem["examples"], problem["query"]])
    ]
    names = ("problem_id", "question", "answer", "order")
    assert list(zip(*(rows[name] for name in names), strict=True)) == expected
    assert rows.features["image"] == datasets.Image()
    assert rows[516]["image"].size == (64, 64)


def test_the_permuted_set_has_1038_problems_and_the_rows_of_the_rule(
    load: Any, problems: list[dict[str, Any]]
) -> None:
    orders = load("permuted_by_reference")

    counts = Counter(orders["original_problem_id"])
    expected = {}
    for problem in problems:
        n = len(problem["examples"])
        if problem["flags"]["flag_cognitive_process"] != "reasoning classification":
            expected[problem["problem_id"]] = (n + 1) * {2: 2, 3: 6}.get(n, 24)
    assert counts == expected
    assert len(set(orders["problem_id"])) == PERMUTED_PROBLEMS
    names = ("problem_id", "original_problem_id", "permutation_number")
    for permuted, original, number in zip(*(orders[name] for name in names), strict=True):
        assert permuted == f"{original}_perm_{number}"
    assert min(orders["permutation_number"]) == 1


def test_each_order_is_another_and_ends_with_the_query(load: Any) -> None:
    seen: dict[str, list[tuple[int, ...]]] = {}
    orders: dict[str, list[int]] = {}
    rows = load("permuted_by_reference")
    names = ("problem_id", "order", "original_order")
    for problem, place, original in zip(*(rows[name] for name in names), strict=True):
        assert place == len(orders.setdefault(problem, []))
        orders[problem].append(original)
    for problem, order in orders.items():
        assert order[-1] == len(order) - 1 == max(order)
        seen.setdefault(problem.partition("_perm_")[0], []).append(tuple(order))
    assert all(len(set(each)) == len(each) for each in seen.values())


def test_a_row_by_reference_names_the_plain_row_with_its_picture(load: Any) -> None:
    plain, orders = load().data, load("permuted_by_reference").data
    paths, rows = plain["image_url"].to_pylist(), orders["row"].to_pylist()

    assert [paths[row] for row in rows] == orders["image_url"].to_pylist()


def test_the_embedded_set_is_the_one_by_reference_with_its_pictures(
    folder: Path, load: Any
) -> None:
    embedded = pq.read_table(folder / "permuted/test-00000-of-00001.parquet")
    referring = pq.read_table(folder / "permuted_by_reference/test-00000-of-00001.parquet")

    assert embedded.drop_columns("image").equals(referring.drop_columns("row"))
    for row in embedded.select(["image", "image_url"]).to_pylist()[::97]:
        assert row["image"]["bytes"] == (folder / row["image_url"]).read_bytes()
    last = load("permuted")[-1]
    assert last["image"].size == (64, 64)


def test_permutations_cost_next_to_nothing(folder: Path) -> None:
    """SMMILE++ is thirteen times its plain set."""
    plain = size_of(folder, "plain")

    assert plain + size_of(folder, "permuted_by_reference") <= 1.2 * plain
    assert size_of(folder, "permuted") <= 1.2 * plain


def test_the_card_of_the_hub_is_read_and_its_counts_are_right(folder: Path) -> None:
    card = DatasetCard.load(folder / "README.md").data.to_dict()

    assert (card["license"], card["language"]) == ("cc-by-4.0", ["en"])
    assert [config["config_name"] for config in card["configs"]] == list(SETS)
    assert [config.get("default", False) for config in card["configs"]] == [True, False, False]
    for info in card["dataset_info"]:
        files = list((folder / SETS[info["config_name"]]).iterdir())
        table = pq.read_table(files)
        (split,) = info["splits"]
        assert (split["name"], split["num_examples"]) == ("test", table.num_rows)
        assert split["num_bytes"] == info["dataset_size"] == pytest.approx(table.nbytes, rel=0.1)
        assert info["download_size"] == size_of(folder, info["config_name"])
        assert [feature["name"] for feature in info["features"]] == table.column_names


def test_the_citation_file_holds_what_the_format_requires(folder: Path) -> None:
    citation = yaml.safe_load((folder / "CITATION.cff").read_text(encoding="utf-8"))

    assert citation == {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it as below.",
        "type": "dataset",
        "title": "A bench: of texts",
        "version": "1.0.0",
        "date-released": "2026-03-14",
        "license": "CC-BY-4.0",
        "url": "https://bench.example/releases/1.0.0/",
        "authors": [
            {"given-names": "Ana", "family-names": "Müller"},
            {"given-names": "Bo", "family-names": "Li"},
        ],
    }


@pytest.fixture
def croissant(folder: Path, caplog: pytest.LogCaptureFixture) -> Any:
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("ignore", DeprecationWarning)  # of rdflib, about itself
        dataset = mlcroissant.Dataset(str(folder / "croissant.json"))
    assert not caplog.records
    return dataset


def test_croissant_is_valid_without_a_warning(croissant: Any) -> None:
    issues = croissant.metadata.issues

    assert (issues.errors, issues.warnings) == (set(), set())
    assert croissant.metadata.name == "A bench: of texts"
    assert [each.name for each in croissant.metadata.record_sets] == list(SETS)
    assert croissant.metadata.data_collection
    assert croissant.metadata.data_limitations
    assert croissant.metadata.annotations_per_item


def test_croissant_lists_every_file_but_pictures_itself_and_the_manifest(
    croissant: Any, folder: Path
) -> None:
    listed = {file.content_url: file.sha256 for file in croissant.metadata.file_objects}

    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.*")}
    unlisted = {"croissant.json", "manifest.json"}
    assert listed == {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in found.items()
        if name not in unlisted and not name.startswith("images/")
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of pandas, in mlcroissant
@pytest.mark.parametrize("name", SETS)
def test_records_read_through_croissant_are_the_rows_with_decoded_pictures(
    name: str, croissant: Any, folder: Path
) -> None:
    rows = pq.read_table(list((folder / SETS[name]).iterdir())).to_pylist()
    records = list(croissant.records(name))

    assert len(records) == len(rows)
    for record, row in list(zip(records, rows, strict=True))[::101]:
        assert record[f"{name}/question"].decode() == row["question"]
        assert record[f"{name}/order"] == row["order"]
        if name == "permuted_by_reference":
            assert record[f"{name}/row"] == row["row"]
        else:
            stored = Image.open(folder / row["image_url"])
            assert record[f"{name}/image"].tobytes() == stored.tobytes()


def test_the_whole_release_has_nothing_wrong(folder: Path) -> None:
    assert verify_manifest(folder) == []
