import csv
import dataclasses
from pathlib import Path

import pytest

from curation.domain.bundle import BundleItem

from .conftest import Studio, WriteBundle


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_problem_is_a_row_and_so_is_a_panel(
    studio: Studio, write: WriteBundle, folder: Path
) -> None:
    write([studio.problem(1), studio.problem(2, panels=4)])

    first, second = rows(folder, "problems.csv")
    assert (first["problem_id"], first["examples"], first["is_held_out"]) == (
        "problem-1",
        "2",
        "no",
    )
    assert (second["question"], second["answer"]) == ("Which color is number 3? ", "Color 3. ")
    assert second["flag_cognitive_process"] == "reasoning classification"
    panels = rows(folder, "panels.csv")
    assert [(row["problem_id"], row["order"]) for row in panels] == [
        *(("problem-1", str(number)) for number in range(3)),
        *(("problem-2", str(number)) for number in range(4)),
    ]
    assert panels[0]["accepted_variants"] == "No. 0"
    assert all((folder / row["image_url"]).is_file() for row in panels)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_becomes_a_formula(
    start: str, studio: Studio, write: WriteBundle, folder: Path
) -> None:
    item = studio.problem(1)
    evil = f"{start}cmd|' /C calc'!A0"
    panels = tuple(
        dataclasses.replace(panel, question=evil, answer=evil, accepted_variants=(evil, evil))
        for panel in item.content.panels
    )
    content = dataclasses.replace(item.content, panels=panels, problem_id=f"{start}1")
    write([BundleItem(content=content, revision_sha256=content.sha256())])

    for name in ("problems.csv", "panels.csv"):
        cells = [cell for row in rows(folder, name) for cell in row.values()]
        assert f"'{evil}" in cells
        assert not [cell for cell in cells if cell.startswith(start)]
