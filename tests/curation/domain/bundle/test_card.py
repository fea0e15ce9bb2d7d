import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from curation.domain.bundle import (
    AgreementLine,
    BaselineLine,
    BundleDescription,
    DataStatement,
    RetiredProblem,
    write_bundle,
)
from curation.domain.bundle.card_metadata import card_metadata, size_category
from curation.domain.bundle.card_statement import held_out_section
from curation.domain.bundle.sets import WrittenSet
from curation.domain.content import Annotations

from .conftest import Studio, WriteBundle, picture

NOTHING = WrittenSet(name="plain", rows=1, problems=1, num_bytes=0, paths=())


def metadata(card: str) -> dict[str, Any]:
    _, block, _ = f"{card}\n".split("---\n", 2)
    document = yaml.safe_load(block)
    assert isinstance(document, dict)
    return document


def test_the_metadata_block_says_what_the_hub_asks(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    write([studio.problem(1)])

    found = metadata((folder / "README.md").read_text())
    info = found.pop("dataset_info")
    assert [each["config_name"] for each in info] == [
        each["config_name"] for each in found["configs"]
    ]
    assert found == {
        "pretty_name": "Bench of colors",
        "license": "cc-by-4.0",
        "language": ["en"],
        "task_categories": ["image-text-to-text", "visual-question-answering"],
        "tags": ["medical", "multimodal", "in-context-learning", "vqa", "benchmark"],
        "size_categories": ["n<1K"],
        "annotations_creators": ["expert-generated"],
        "configs": [
            {
                "config_name": "plain",
                "default": True,
                "data_files": [{"split": "test", "path": "data/test-*"}],
            },
            {
                "config_name": "permuted",
                "data_files": [{"split": "test", "path": "permuted/test-*"}],
            },
            {
                "config_name": "permuted_by_reference",
                "data_files": [{"split": "test", "path": "permuted_by_reference/test-*"}],
            },
        ],
    }


@pytest.mark.parametrize(
    "name",
    [
        "yes",
        "a: b # c",
        "--- \n---\n",
        "Größe \U0001fa7b 診断",
        "\x7f\x85\u2028\ufeff\x07",
        '"quoted" \\ {x}',
    ],
)
def test_any_name_is_read_back_from_the_metadata(description: BundleDescription, name: str) -> None:
    card = card_metadata(dataclasses.replace(description, name=name), [NOTHING], {})

    assert metadata(card)["pretty_name"] == name


@pytest.mark.parametrize(
    ("spdx", "expected"),
    [
        ("CC0-1.0", {"license": "cc0-1.0"}),
        ("ODbL-1.0", {"license": "odbl"}),
        (
            "Own terms",
            {
                "license": "other",
                "license_name": "Own terms",
                "license_link": "https://bench.example",
            },
        ),
    ],
)
def test_the_license_is_named_as_the_hub_names_it(
    description: BundleDescription, spdx: str, expected: dict[str, str]
) -> None:
    found = metadata(card_metadata(dataclasses.replace(description, license=spdx), [NOTHING], {}))

    assert {key: value for key, value in found.items() if key.startswith("license")} == expected


@pytest.mark.parametrize(
    ("rows", "word"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (99_999, "10K<n<100K")]
)
def test_the_size_is_said_in_the_words_of_the_hub(rows: int, word: str) -> None:
    assert size_category(rows) == word


def test_the_counts_are_those_of_the_content(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    skin = Annotations(specialty="dermatology", image_type="fundus")
    lab = Annotations(specialty="nuclear_medicine", image_type="xray")
    shared = studio.image(picture(1), license="CC0-1.0")
    write(
        [
            studio.item("a", [shared, studio.image(picture(2))], skin),
            studio.item("b", [shared, studio.image(picture(3)), shared], lab),
            studio.item("c", [shared, studio.image(picture(4))], lab),
        ]
    )

    card = (folder / "README.md").read_text()
    for row in (
        "| Problems | 3 |\n| Panels (rows) | 7 |\n| Images | 4 |",
        "| Problems in the permuted set | 4 |\n| Rows of the permuted set | 10 |",
        "| Specialty | Problems |\n|---|---:|\n| nuclear medicine | 2 |\n| dermatology | 1 |",
        "| X-Ray | 2 |\n| Fundus Photograph | 1 |",
        "| Rarity | Problems |\n|---|---:|\n| not stated | 3 |",
        "| CC-BY-4.0 | 3 |\n| CC0-1.0 | 1 |",
    ):
        assert row in card


def test_the_citation_and_the_review_are_stated(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    write([studio.problem(1)])

    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "@misc{bench-of-colors-1-2-0,\n  author = {Ana Müller and Bo Li}," in card
    assert "  year = {2026},\n" in card
    assert "approved by at least 2 different reviewers" in card
    assert "Released on 2026-03-14." in card


def test_only_the_date_that_was_given_changes_the_card(
    studio: Studio, description: BundleDescription, tmp_path: Path
) -> None:
    cards = []
    for number, day in enumerate([date(2026, 3, 14), date(2027, 4, 15)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        dated = dataclasses.replace(description, released_on=day)
        write_bundle(folder, dated, [studio.problem(1)], studio.read)
        cards.append((folder / "README.md").read_text())

    expected = cards[0].replace("2026-03-14", "2027-04-15").replace("{2026}", "{2027}")
    assert cards[0] != cards[1] == expected


def test_a_specialty_cannot_break_its_table(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    write([studio.problem(1, annotations=Annotations(specialty="a|b\n<script>"))])

    assert "| a\\|b &lt;script> | 1 |\n" in (folder / "README.md").read_text()


def test_what_was_retired_is_listed_only_where_something_was_and_breaks_no_table(
    studio: Studio, description: BundleDescription, tmp_path: Path
) -> None:
    gone = RetiredProblem(problem_id="p1", retired_on="2026-03-01", reason="Left | <b>right</b>\nX")
    told = dataclasses.replace(description, last_version="1.1.0", retired=(gone,))
    for number, each in enumerate((description, told)):
        (tmp_path / str(number)).mkdir()
        write_bundle(tmp_path / str(number), each, [studio.problem(1)], studio.read)
    quiet, card = ((tmp_path / str(n) / "README.md").read_text() for n in range(2))
    assert "Retired since" not in quiet
    page = "https://bench.example/releases/1.1.0/problems/p1/"
    assert f"| [p1]({page}) | 2026-03-01 | Left \\| &lt;b>right&lt;/b> X |" in card


def test_the_statement_is_told_where_something_is_known_and_only_there(
    studio: Studio, description: BundleDescription, tmp_path: Path
) -> None:
    statement = DataStatement(
        authors_count=11,
        reviewers_count=1,
        agreement=(
            AgreementLine(what="verdict", kappa=0.5, low=0.25, high=0.75, revisions=90),
            AgreementLine(what="rarity", revisions=2),
        ),
        human_baseline=(BaselineLine(shots="0-shot", k=30, n=40, skipped=2, low=0.6, high=0.86),),
        median_review_seconds=100,
        limits="Few problems of **surgery**.",
    )
    cards = []
    for number, each in enumerate((DataStatement(), statement)):
        folder = tmp_path / str(number)
        folder.mkdir()
        told = dataclasses.replace(description, statement=each)
        write_bundle(folder, told, [studio.problem(1)], studio.read)
        cards.append((folder / "README.md").read_text())

    for words in (
        "Medical experts wrote the problems (11 authors, 1 reviewer).",
        "| verdict | 0.50 | 0.25 to 0.75 | 90 |\n| rarity | too few to say |  | 2 |",
        "Reviewers did not choose the annotations independently",
        "| 0-shot | 30 of 40 (2 skipped) | 75% | 60% to 86% |",
        "Half of the reviews took 2 minutes or less.",
        "## Known limits\n\nFew problems of **surgery**.",
    ):
        assert words in cards[1]
        assert words not in cards[0]
    assert "Medical experts wrote the problems." in cards[0]
    assert "None" not in cards[0]


def test_programs_too_are_told_that_the_agreement_flatters(
    studio: Studio, description: BundleDescription, folder: Path
) -> None:
    statement = DataStatement(agreement=(AgreementLine(what="rarity", kappa=1.0, revisions=9),))
    told = dataclasses.replace(description, statement=statement)
    write_bundle(folder, told, [studio.problem(1)], studio.read)

    croissant = json.loads((folder / "croissant.json").read_text())
    assert any("did not choose" in line for line in croissant["rai:dataAnnotationAnalysis"])
    assert "confirm or change the author's choice" in croissant["rai:dataAnnotationProtocol"][0]


def test_what_was_left_out_is_linked_where_there_is_a_page(
    studio: Studio, description: BundleDescription, tmp_path: Path
) -> None:
    told = dataclasses.replace(description, last_version="1.1.0", left_out=("p 2",))
    cards: list[str] = []
    for homepage in (told.homepage, "", "javascript:alert(1)"):
        folder = tmp_path / str(len(cards))
        folder.mkdir()
        placed = dataclasses.replace(told, homepage=homepage)
        write_bundle(folder, placed, [studio.problem(1)], studio.read)
        cards.append((folder / "README.md").read_text())

    assert "- [p 2](https://bench.example/releases/1.1.0/problems/p%202/)\n" in cards[0]
    assert all("- p 2\n" in card for card in cards[1:])


def test_the_card_says_where_mistakes_are_told(
    studio: Studio, description: BundleDescription, folder: Path, tmp_path: Path
) -> None:
    write_bundle(folder, description, [studio.problem(1)], studio.read)
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    placeless = dataclasses.replace(description, homepage="")
    write_bundle(nowhere, placeless, [studio.problem(1)], studio.read)

    card = (folder / "README.md").read_text()
    assert "say so to those who run https://bench.example, with the problem's id" in card
    assert "stands at https://bench.example/releases/1.2.0/." in card
    assert "## Mistakes" not in (nowhere / "README.md").read_text()


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "1 problem is held out: the answer of its query, and"),
        (2, "2 problems are held out: the answers of their queries, and"),
    ],
)
def test_one_problem_that_is_held_out_is_told_as_one(count: int, words: str) -> None:
    assert words in held_out_section(count)


def test_programs_are_told_where_the_canary_is_and_who_skipped(
    studio: Studio, description: BundleDescription, folder: Path
) -> None:
    baseline = BaselineLine(shots="0-shot", k=9, n=14, skipped=1)
    told = dataclasses.replace(description, statement=DataStatement(human_baseline=(baseline,)))
    write_bundle(folder, told, [studio.problem(1)], studio.read)

    croissant = json.loads((folder / "croissant.json").read_text())
    assert any("have a canary" in use for use in croissant["rai:dataUseCases"])
    assert "each file has a canary" not in str(croissant)
    (line,) = croissant["rai:dataAnnotationAnalysis"]
    assert line == "Human baseline, 0-shot: 9 of 14 right by exact match (1 skipped)."
