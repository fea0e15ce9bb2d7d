"""Tables as files: numbers survive for programs, and no cell runs or breaks anything."""

import csv
import io

import pytest
from pyarrow import parquet as pq

from evaluation.domain.latex import escaped
from evaluation.domain.tabled import tabled
from evaluation.domain.tables import (
    Column,
    Kind,
    Table,
    to_csv,
    to_latex,
    to_markdown,
    to_parquet,
)
from tests.evaluation.domain.figures.plots import PLOTS, POINTS

TABLE = Table(
    name="models",
    caption="Models & 50 % of them",
    columns=(
        Column(name="label", heading="Model", kind=Kind.TEXT),
        Column(name="value", heading="Right", kind=Kind.SHARE),
        Column(name="difference", heading="Gain", kind=Kind.SHARE, unit="points"),
        Column(name="n", heading="n", kind=Kind.COUNT, is_n=True),
    ),
    rows=(
        ("=1+1", 0.509, -0.05, 1080),
        ("a_b & | <c> \\ [d]", None, 0.18, 6),
    ),
    notes=("Not adjusted.",),
)


def test_csv_keeps_numbers_and_lets_no_text_run() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(TABLE).decode())))
    assert rows[0] == {"label": "'=1+1", "value": "0.509", "difference": "-0.05", "n": "1080"}
    assert rows[1]["value"] == ""
    assert float(rows[1]["difference"]) == 0.18


def test_parquet_gives_back_what_was_put_in() -> None:
    read = pq.read_table(io.BytesIO(to_parquet(TABLE)))
    assert [tuple(row.values()) for row in read.to_pylist()] == list(TABLE.rows)
    assert read.schema.metadata[b"caption"] == TABLE.caption.encode()
    assert read.schema.field("value").metadata[b"heading"] == b"Right, %"
    assert to_parquet(TABLE) == to_parquet(TABLE)


def test_latex_has_the_rules_of_booktabs_and_escapes_words() -> None:
    text = to_latex(TABLE).decode()
    assert r"\begin{tabular}{lrrr}" in text
    assert [text.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]
    assert r"\caption{Models \& 50 \% of them}" in text
    assert r"Model & Right, \% & Gain, points & n \\" in text
    assert r"=1+1 & 50.9 & -5.0 & 1,080 \\" in text
    assert r"a\_b \& \textbar{} \textless{}c\textgreater{} \textbackslash{} {[}d] & -- &" in text
    assert r"\footnotesize * n below 10." in text


def test_markdown_has_a_row_a_row_and_marks_small_n() -> None:
    text = to_markdown(TABLE).decode()
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(TABLE.rows)
    assert "| =1+1 | 50.9 | -5.0 | 1,080 |" in lines
    assert r"a\_b & \| &lt;c> \\ \[d\]" in lines[-1]
    assert r"| 6 \* |" in lines[-1]
    assert text.endswith("\\* n below 10.\n")


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 4 cells"):
        Table(name="x", caption="x", columns=TABLE.columns, rows=(("a", 1.0),))


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("a\nb", "a b"),
        ("$x^2$ ~ {y} #1", r"\$x\textasciicircum{}2\$ \textasciitilde{} \{y\} \#1"),
        ("\N{MINUS SIGN}3 \N{EN DASH} 4", "$-$3 -- 4"),
    ],
)
def test_latex_reads_words_as_words(words: str, written: str) -> None:
    assert escaped(words) == written


@pytest.mark.parametrize("name", PLOTS)
def test_the_table_of_a_figure_holds_all_that_it_shows(name: str) -> None:
    table = tabled(name, PLOTS[name])
    assert table.caption == PLOTS[name].title
    for write in (to_csv, to_markdown, to_latex, to_parquet):
        assert write(table)
    cells = {cell for row in table.rows for cell in row}
    if name in {"forest", "strata", "costs"}:
        assert {point.label for point in POINTS} <= cells
        assert {point.value for point in POINTS} <= cells
    if name == "forest":
        assert ("majority", 0.29, None, None, None, "line") in table.rows
