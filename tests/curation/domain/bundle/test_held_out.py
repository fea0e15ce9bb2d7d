import csv
import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet as pq

from curation.domain.bundle import BundleItem, verify_manifest
from curation.domain.bundle.errors import UnsealedProblemError
from curation.domain.bundle.held_out import WITHHELD, commitment, is_telling, withheld
from curation.domain.bundle.jsonl import item_from_line
from curation.domain.content import Annotations, PanelRole

from .conftest import Studio, WriteBundle

SEAL = "5e" * 32
ANSWER = "Zweifelbein, links"
VARIANT = "Quastenflosser"
TOLD = Annotations(specialty="radiology", cognitive_process="classification")
PARQUET = [
    f"{folder}/test-00000-of-00001.parquet"
    for folder in ("data", "permuted", "permuted_by_reference")
]


def held_out(studio: Studio, **image: Any) -> BundleItem:
    """A problem with an answer that no other text of a release has."""
    item = studio.problem(1, annotations=TOLD)
    *examples, query = item.content.panels
    facts: dict[str, Any] = {
        "alt_text": "Links ein Zweifelbein.",
        "source": "https://a.example/quastenflosser-2",
    }
    assert query.image is not None
    told = dataclasses.replace(
        query,
        answer=ANSWER,
        accepted_variants=(VARIANT,),
        image=dataclasses.replace(query.image, **(facts | image)),
    )
    content = dataclasses.replace(item.content, panels=(*examples, told))
    return BundleItem(
        content=content, revision_sha256=content.sha256(), is_held_out=True, seal=SEAL
    )


@pytest.fixture
def item(studio: Studio) -> BundleItem:
    return held_out(studio)


@pytest.fixture
def bundle(item: BundleItem, studio: Studio, write: WriteBundle, folder: Path) -> Path:
    write([studio.problem(5, annotations=TOLD), item])
    return folder


def values(folder: Path) -> list[str]:
    """Every text of every Parquet file, decompressed, metadata included."""
    found: list[str] = []
    for path in PARQUET:
        table = pq.read_table(folder / path)
        found += [repr(row) for row in table.to_pylist()]
        found.append(repr(pq.read_metadata(folder / path).to_dict()))
        found.append(repr(table.schema.metadata))
    return found


def test_what_is_held_out_is_in_no_byte_of_the_bundle(bundle: Path, item: BundleItem) -> None:
    secrets = ("zweifelbein", "quastenflosser", SEAL, item.revision_sha256)
    texts = [path.read_bytes().lower() for path in bundle.rglob("*") if path.is_file()]
    unpacked = [value.lower() for value in values(bundle)]

    for secret in secrets:
        assert not any(secret.encode() in text for text in texts)
        assert not any(secret in value for value in unpacked)
    # What is searched for would be found: the other problem's answer is there, inside Parquet too.
    assert any(b"color 2." in text for text in texts)
    assert any("color 2." in value for value in unpacked)
    assert verify_manifest(bundle) == []


def test_the_answer_is_null_where_the_file_can_say_so_and_empty_elsewhere(bundle: Path) -> None:
    plain = pq.read_table(bundle / PARQUET[0]).to_pylist()
    assert [row["answer"] for row in plain[3:]] == ["Color 0. ", "Color 1. ", None]
    for path in PARQUET[1:]:
        rows = pq.read_table(bundle / path).to_pylist()
        queries = [row for row in rows if row["original_order"] == 2]
        assert len(queries) == 4
        assert [row["answer"] for row in queries] == ["Color 2. ", "Color 2. ", None, None]
    line = json.loads((bundle / "problems.jsonl").read_text().splitlines()[1])
    assert (line["is_held_out"], line["query"]["answer"]) == (True, None)
    assert line["query"]["accepted_variants"] == []
    with (bundle / "problems.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["answer"], row["is_held_out"]) for row in rows] == [
        ("Color 2. ", "no"),
        ("", "yes"),
    ]
    with (bundle / "panels.csv").open(newline="") as file:
        panels = list(csv.DictReader(file))
    assert (panels[5]["answer"], panels[5]["accepted_variants"]) == ("", "")


def test_a_commitment_stands_where_the_hash_would_let_anybody_test_guesses(
    bundle: Path, item: BundleItem
) -> None:
    expected = hashlib.sha256(f"{SEAL}:{item.revision_sha256}".encode()).hexdigest()
    line = json.loads((bundle / "problems.jsonl").read_text().splitlines()[1])
    (_, listed) = json.loads((bundle / "manifest.json").read_text())["revisions"]

    assert commitment(item.revision_sha256, SEAL) == expected
    for marks in (line, listed):
        assert "revision_sha256" not in marks
        assert marks["commitment"] == expected
        assert marks["public_sha256"] == withheld(item.content).sha256()


def test_card_and_croissant_say_how_many_are_held_out(bundle: Path) -> None:
    assert "1 problem is held out" in (bundle / "README.md").read_text()
    document = json.loads((bundle / "croissant.json").read_text())
    limits = document["rai:dataLimitations"]
    assert "Problems whose answers are held out, in none of the files: 1." in limits


def test_what_was_read_back_is_written_again_as_the_same_bytes(
    bundle: Path, studio: Studio, write: WriteBundle, tmp_path: Path
) -> None:
    lines = (bundle / "problems.jsonl").read_text().splitlines()
    items = [item_from_line(line) for line in lines]
    other = tmp_path / "other"
    other.mkdir()
    write(items, other)

    assert [item.is_held_out for item in items] == [False, True]
    assert items[1].content.query.answer == ""
    for path in bundle.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (other / path.relative_to(bundle)).read_bytes()


@pytest.mark.parametrize("seal", ["", "5e", "5E" * 32, "zz" * 32])
def test_without_a_seal_nothing_is_written(
    seal: str, item: BundleItem, write: WriteBundle, folder: Path
) -> None:
    with pytest.raises(UnsealedProblemError, match="problem-1 is held out"):
        write([dataclasses.replace(item, seal=seal)])
    assert b"eifelbein" not in (folder / "problems.jsonl").read_bytes()


def test_a_commitment_that_came_with_an_answer_is_refused(
    item: BundleItem, write: WriteBundle
) -> None:
    with pytest.raises(UnsealedProblemError):
        write([dataclasses.replace(item, commitment="ab" * 32)])


@pytest.mark.parametrize("field", ["alt_text", "source", "attribution"])
def test_whatever_tells_of_the_query_is_withheld_and_the_rest_is_not(
    field: str, studio: Studio
) -> None:
    texts = {"alt_text": "A film.", "source": "A clinic", "attribution": "A. Author"}
    content = withheld(held_out(studio, **texts | {field: "ein Zweifelbein (links)"}).content)

    image = content.query.image
    assert image is not None
    shown: dict[str, Any] = {name: getattr(image, name) for name in texts}
    assert shown == texts | {field: WITHHELD}
    assert withheld(content) == content
    examples = [panel for panel in content.panels if panel.role is PanelRole.EXAMPLE]
    assert [panel.answer for panel in examples] == ["Color 0. ", "Color 1. "]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Opacity on the LEFT.", "left opacity"),
        ("/cases/left-pneumothorax.png", "Pneumothorax, left"),
        ("There is no fracture.", "No"),
        ("Größe 3 mm", "3"),
    ],
)
def test_a_text_tells_where_all_words_of_an_answer_stand_in_it(text: str, answer: str) -> None:
    assert is_telling(text, ["something else", answer])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Department of Pathology, Nottingham", "No"),
        ("Opacity on the right", "left opacity"),
        ("Anything", ""),
        ("Anything...", "..."),
        ("", "Yes"),
    ],
)
def test_a_text_that_lacks_a_word_tells_nothing(text: str, answer: str) -> None:
    assert not is_telling(text, [answer])
