import csv
from pathlib import Path

import pytest

from curation.domain.bundle.licenses import safe_cell

from .conftest import Studio, WriteBundle, picture


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "LICENSES.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert all(row.pop("canary").startswith("Benchmark data, not to be used") for row in read)
    return read


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])  # noqa: RUF001 the look-alike is meant
def test_a_cell_cannot_become_a_formula(start: str) -> None:
    assert safe_cell(f"{start}SUM(A1)") == f"'{start}SUM(A1)"


@pytest.mark.parametrize("text", ["", "Ana = Bo", "'=1", "https://a.example/?x=1"])
def test_a_harmless_cell_is_left_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


def test_every_image_has_its_terms_on_a_row(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    image = studio.image(
        picture(1), license="CC0-1.0", source='=HYPERLINK("x")', attribution="Å, B\nC"
    )
    other = studio.image(picture(2))
    write([studio.item("p", [image, other])])

    assert rows(folder) == [
        {
            "sha256": image.sha256,
            "file": f"images/{image.sha256}.png",
            "license": "CC0-1.0",
            "source": '\'=HYPERLINK("x")',
            "attribution": "Å, B\nC",
        },
        {
            "sha256": other.sha256,
            "file": f"images/{other.sha256}.png",
            "license": "CC-BY-4.0",
            "source": "Department of Dermatology",
            "attribution": "A. Author",
        },
    ]


def test_terms_that_two_problems_state_differently_are_both_listed(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    first = studio.image(picture(1), attribution="A. Author")
    second = studio.image(picture(1), attribution="B. Author")
    write([studio.item("a", [first, first]), studio.item("b", [second, first])])

    assert [row["attribution"] for row in rows(folder)] == ["A. Author", "B. Author"]
