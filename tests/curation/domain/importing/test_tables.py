"""Tables with one row per panel, as people's spreadsheets write them."""

from pathlib import Path

import pytest

from curation.domain.content import PanelRole
from curation.domain.importing import FoundProblem, ImportRefusedError, template
from curation.domain.importing import limits as limits_module
from tests.curation.domain.importing.brought import (
    HEADER,
    PICTURES,
    ROWS,
    Kept,
    archive,
    ods,
    only,
    parquet,
    reading,
    said,
    table,
    xlsx,
    xlsx_of,
)

IMAGES = archive(PICTURES)


def refused(folder: Path, files: dict[str, bytes]) -> str:
    with pytest.raises(ImportRefusedError) as error:
        reading(folder, files)
    return str(error.value)


def words(problem: FoundProblem) -> list[tuple[str, str, str]]:
    return [(panel.role, panel.question, panel.answer) for panel in problem.panels]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("p.csv", table(*ROWS)),
        ("p.csv", table(*ROWS, separator=";")),
        ("p.tsv", table(*ROWS, separator="\t")),
        ("p.csv", b"\xef\xbb\xbf" + table(*ROWS)),
        ("p.csv", table(*ROWS).decode().encode("utf-16")),
        ("p.csv", b"sep=;\r\n" + table(*ROWS, separator=";")),
        ("p.CSV", b"\r\n,,\r\n" + table(*ROWS)),
        ("p.xlsx", xlsx([HEADER, *ROWS])),
        ("p.ods", ods([HEADER, *ROWS])),
    ],
)
def test_one_table_is_read_alike_in_every_form(name: str, data: bytes, tmp_path: Path) -> None:
    kept = Kept()
    problem = only(reading(tmp_path, {name: data, "i.zip": IMAGES}, kept))
    assert words(problem) == [row[1:4] for row in ROWS]
    pictures = [kept[panel.image.key] for panel in problem.panels if panel.image]
    assert pictures == list(PICTURES.values())
    assert said(problem) == []


def test_rows_have_the_numbers_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    rows = f"<row r='3'>{_cells(*HEADER)}</row><row r='7'>{_cells(*ROWS[0])}</row>"
    sheet = xlsx_of(rows)
    assert only(reading(tmp_path, {"p.xlsx": sheet, "i.zip": IMAGES})).place == "row 7"
    text = b"sep=,\n\n" + table(("a", "", "One\nand two?", "Left", "1.png"), *ROWS[1:])
    found = only(reading(tmp_path, {"p.csv": text, "i.zip": IMAGES}))
    assert found.place == "rows 4 to 6"


def test_headings_are_known_by_common_names_and_others_are_reported(tmp_path: Path) -> None:
    header = (
        "Problem ID",
        "QUESTION",
        "Correct answer",
        "Picture",
        "Licence",
        "Speciality",
        "Mood",
    )
    rows = (
        ("a", "What?", "Left", "1.png", "CC BY 4.0", "Radiology", "good"),
        ("", "What?", "Right", "2.png", "GPL", "Alchemy", ""),
    )
    found = reading(tmp_path, {"p.csv": table(*rows, header=header), "i.zip": IMAGES})
    problem = only(found)
    assert found.findings == ("Columns of “p.csv” that mean nothing here: Mood.",)
    first, query = (panel.image for panel in problem.panels)
    assert first is not None
    assert query is not None
    assert (first.license, query.license) == ("CC-BY-4.0", "")
    assert problem.annotations.specialty == ""
    assert said(problem) == [
        "Row 3: “GPL” is no known license: left open.",
        "Its rows differ in specialty; row 3 counts.",
        "Row 3: “Alchemy” is no known specialty: left open.",
    ]


def test_the_query_is_the_last_row_unless_a_role_says_otherwise(tmp_path: Path) -> None:
    rows = [(name, role, "Q?", "A", "") for name, role in (
        ("last", ""), ("last", ""),
        ("said", "Query"), ("said", ""),
        ("none", "example"), ("none", "example"),
    )]  # fmt: skip
    found = reading(tmp_path, {"p.csv": table(*rows)}).problems
    assert {p.name: [panel.role for panel in p.panels] for p in found} == {
        "last": [PanelRole.EXAMPLE, PanelRole.QUERY],
        "said": [PanelRole.EXAMPLE, PanelRole.QUERY],
        "none": [PanelRole.EXAMPLE, PanelRole.EXAMPLE],
    }
    assert "No panel is the query." in said(found[2])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("a", "query", "Q?", "A", ""), "more than one query"),
        (("a", "judge", "Q?", "A", ""), "the role “judge” is not known"),
        (("a", "", "Q?", "x" * 4001, ""), "4,001 characters; 4,000 fit"),
    ],
)
def test_what_no_draft_can_hold_refuses_its_problem(
    row: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    other = ("b", "", "Q?", "A", "")
    first = ("a", "query", "Q?", "A", "")
    refused_one, other_one = reading(tmp_path, {"p.csv": table(first, row, other)}).problems
    assert refused_one.is_refused
    assert any(words in message for message in said(refused_one))
    assert not other_one.is_refused


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("", "Row 2: there is no image."),
        ("9.png", "Row 2: the image “9.png” is not among the files."),
        ("https://example.org/1.png", "Addresses are not fetched by an import"),
        ("two/1.png", ""),
        ("ONE\\1.PNG", ""),
        ("1.png", "2 files are called “1.png”; name them apart."),
    ],
)
def test_an_image_is_found_by_its_name_or_left_open(image: str, words: str, tmp_path: Path) -> None:
    images = archive({"one/1.png": PICTURES["1.png"], "two/1.png": PICTURES["2.png"]})
    files = {"p.csv": table(("a", "", "Q?", "A", image)), "i.zip": images}
    problem = only(reading(tmp_path, files))
    assert (problem.panels[0].image is None) == bool(words)
    assert words in " ".join(said(problem))
    assert not problem.is_refused


def test_what_begins_like_a_formula_stays_words(tmp_path: Path) -> None:
    formula = '=HYPERLINK("http://example.org","A")'
    problem = only(reading(tmp_path, {"p.csv": table(("a", "", formula, "@SUM(1)", ""))}))
    assert words(problem) == [("query", formula, "@SUM(1)")]


def test_accepted_variants_are_divided_and_facts_kept(tmp_path: Path) -> None:
    header = (*HEADER, "also right", "source", "credit", "alt text", "url")
    row = (
        "a",
        "",
        "Q?",
        "Left",
        "1.png",
        "L | left side |",
        "",
        " Dr\nA ",
        "d" * 301,
        "https://x/1",
    )
    problem = only(reading(tmp_path, {"p.csv": table(row, header=header), "i.zip": IMAGES}))
    (panel,) = problem.panels
    assert panel.accepted_variants == ("L", "left side")
    assert panel.image is not None
    facts = (panel.image.source, panel.image.attribution, panel.image.alt_text)
    assert facts == ("https://x/1", "Dr A", "")
    assert said(problem) == ["Row 2: the description has 301 characters, 300 fit: left open."]


def test_words_are_kept_as_the_editor_keeps_them(tmp_path: Path) -> None:
    problem = only(reading(tmp_path, {"p.csv": table(("a", "", " One\r\ntwo? ", "e\u0301", ""))}))
    assert words(problem) == [("query", "One\ntwo?", "\xe9")]


def test_text_of_western_windows_is_understood(tmp_path: Path) -> None:
    data = table(("a", "", "Größe?", "5 µm, “6 µm”", "")).decode().encode("cp1252")
    assert words(only(reading(tmp_path, {"p.csv": data}))) == [("query", "Größe?", "5 µm, “6 µm”")]


def test_the_template_is_read_with_its_samples_left_out(tmp_path: Path) -> None:
    filled = template() + table(("b", "", "Q?", "A", ""), header=("a", "example", "Q?", "B", ""))
    found = reading(tmp_path, {"problems.csv": filled})
    assert [problem.name for problem in found.problems] == ["a", "b"]
    assert found.findings == tuple(
        f"Row {number} is a sample of the template: left out." for number in (2, 3)
    )


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"p.csv": b""}, "is empty"),
        ({"p.csv": b"\0\1\2"}, "is not a text file"),
        ({"p.csv": b"problem,question,answer\na,\x81,b"}, "is not a text file"),
        ({"p.csv": table(header=HEADER)}, "There is no problem"),
        ({"p.csv": table(*ROWS, header=("x", "y", "z"))}, "Not found: problem, question, answer"),
        ({"p.csv": table(header=("problem", "question", "answer", "label"))}, "two columns for"),
        ({"p.csv": table(("a", "", "x" * 200_000, "", ""))}, "a cell is too long"),
        (
            {"p.csv": table(*ROWS), "q.csv": table(*ROWS)},
            "more than one table: “p.csv”",
        ),
        ({"p.pdf": b"%PDF"}, "No problems can be read from “p.pdf”"),
        ({"p.xlsx": b"PK\3\4 and nothing"}, "“p.xlsx” is damaged or no ZIP archive"),
        ({"p.xlsx": b"<xml/>"}, "“p.xlsx” cannot be read"),
        ({"p.xlsx": xlsx([])}, "is empty"),
    ],
)
def test_a_file_of_which_nothing_can_be_taken_is_refused_in_words(
    files: dict[str, bytes], words: str, tmp_path: Path
) -> None:
    assert words in refused(tmp_path, files)


def test_a_nul_in_a_cell_refuses_its_problem_only(tmp_path: Path) -> None:
    columns = {"problem": ["a", "b"], "question": ["One\0?", "Two?"], "answer": ["A", "B"]}
    first, second = reading(tmp_path, {"p.parquet": parquet(columns)}).problems
    assert "Row 1: the question holds characters that are no text." in said(first)
    assert (first.is_refused, second.is_refused) == (True, False)


def test_more_problems_or_rows_than_an_import_takes_are_refused(tmp_path: Path) -> None:
    many = [(str(number), "", "Q?", "A", "") for number in range(limits_module.MAX_PROBLEMS + 1)]
    assert "too many problems" in refused(tmp_path, {"p.csv": table(*many)})
    rows = [("a", "", "Q?", "A", "")] * (limits_module.MAX_PANELS + 1)
    assert "too many rows" in refused(tmp_path, {"p.csv": table(*rows)})
    few = rows[: limits_module.MAX_PANELS_OF_A_PROBLEM + 1]
    problem = only(reading(tmp_path, {"p.csv": table(*few)}))
    assert problem.is_refused
    assert "It has 51 panels; 50 are the most" in said(problem)[0]


def _cells(*texts: str) -> str:
    return "".join(f"<c t='inlineStr'><is><t>{text}</t></is></c>" for text in texts)


def test_a_sheet_that_claims_to_be_huge_is_refused(tmp_path: Path) -> None:
    cell = "<row r='{0}'><c r='{1}{0}'><v>1</v></c></row>"
    far = xlsx_of(cell.format(1, "A") + cell.format(1_048_576, "XFD"))
    assert "“p.xlsx” cannot be" in refused(tmp_path, {"p.xlsx": far})


def test_a_small_sheet_that_unpacks_to_much_is_refused(tmp_path: Path) -> None:
    rows = f"<row>{_cells(*HEADER)}</row>" + f"<row>{_cells('a', '', 'x' * 30_000)}</row>" * 2_000
    bomb = xlsx_of(rows)
    assert len(bomb) < 300_000
    assert "“p.xlsx” holds too much" in refused(tmp_path, {"p.xlsx": bomb})
