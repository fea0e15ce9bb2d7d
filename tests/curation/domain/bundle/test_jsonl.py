import json
from pathlib import Path

import pytest

from curation.domain.bundle.errors import ChangedRevisionError
from curation.domain.bundle.jsonl import item_from_line

from .conftest import Studio, WriteBundle

TEXT = "größer \u2028 \x85 診断"


@pytest.fixture
def line(studio: Studio, write: WriteBundle, folder: Path) -> str:
    write([studio.problem(1, text=TEXT)])
    return (folder / "problems.jsonl").read_text(encoding="utf-8")


def test_a_line_has_everything_a_reader_needs(line: str, studio: Studio) -> None:
    document = json.loads(line)

    assert document["revision_sha256"] == studio.problem(1, text=TEXT).revision_sha256
    assert document["annotations"]["specialty"] == "dermatology"
    assert [panel["accepted_variants"] for panel in document["examples"]] == [["No. 0"], ["No. 1"]]
    image = document["query"]["image"]
    assert image == {
        "file": f"images/{image['sha256']}.png",
        "sha256": studio.problem(1).content.images[-1].sha256,
        "media_type": "image/png",
        "width": 8,
        "height": 6,
        "alt_text": "A colored field.",
        "source": "Department of Dermatology",
        "license": "CC-BY-4.0",
        "attribution": "A. Author",
        "no_patient_confirmed": True,
    }


def test_a_problem_is_one_line_for_every_reader_and_readable_text(line: str) -> None:
    assert len(line.splitlines()) == 1
    assert "größer" in line
    assert "診断" in line


def test_a_line_gives_back_the_content_with_its_hash(line: str, studio: Studio) -> None:
    assert item_from_line(line) == studio.problem(1, text=TEXT)


def test_a_line_whose_text_was_edited_is_refused(line: str) -> None:
    with pytest.raises(ChangedRevisionError, match="problem-1"):
        item_from_line(line.replace("Color 2", "Color 3"))
