"""Figures are complete, readable in black and white, and the same bytes every time."""

import re
import subprocess
import sys
import zlib
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.domain.figures import (
    Costs,
    Curve,
    Dots,
    Gains,
    Line,
    Plot,
    Point,
    Priced,
    Scale,
    Width,
    forest,
    has_something,
    laid_out,
    to_pdf,
    to_svg,
)
from evaluation.domain.figures.drawing import Align, Drawing, Shape, Stroke, Words
from evaluation.domain.figures.measuring import width_of, wrapped
from evaluation.domain.figures.svg import DARK, LIGHT
from evaluation.domain.figures.upright import spread
from evaluation.domain.figures.wording import number
from tests.environment import ROOT
from tests.evaluation.domain.figures.plots import LINES, PLOTS, POINTS, point

SVG = "{http://www.w3.org/2000/svg}"

every_plot = pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS.keys())
every_width = pytest.mark.parametrize("width", Width)


def _words(drawing: Drawing) -> list[Words]:
    return [piece for piece in drawing.pieces if isinstance(piece, Words)]


def _box(words: Words) -> tuple[float, float, float, float]:
    wide = width_of(words.text, words.size, is_bold=words.is_bold)
    left = words.x - {Align.START: 0.0, Align.MIDDLE: wide / 2, Align.END: wide}[words.align]
    return left, words.y - words.size * 0.7, left + wide, words.y


def _labels(plot: Plot) -> list[str]:
    match plot:
        case Gains():
            return [gain.label for gain in plot.gains]
        case Curve():
            return [*plot.positions, *(series.label for series in plot.series)]
        case Dots() | Costs():
            return [each.label for each in plot.points]


def _parsed(plot: Plot, width: Width = Width.WIDE) -> ET.Element:
    return ET.fromstring(to_svg(laid_out(plot, width)))  # noqa: S314 - our own


@every_plot
def test_the_svg_tells_what_it_shows_and_stands_on_its_own(plot: Plot) -> None:
    root = _parsed(plot)
    assert root.get("role") == "img"
    named = dict.fromkeys(str(root.get("aria-labelledby")).split())
    told = {each.get("id"): each.text for each in root if each.get("id")}
    assert list(named) == list(told)
    title, description = told.values()
    assert title == plot.title
    assert description is not None
    assert all(label.split(",")[0] in description for label in _labels(plot))
    assert not [each for each in root.iter() if "style" in each.attrib]
    text = to_svg(laid_out(plot, Width.WIDE)).decode()
    assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]*"', "", text)
    assert "<script" not in text


@every_plot
@every_width
def test_every_label_is_there_as_text(plot: Plot, width: Width) -> None:
    shown = " ".join(str(each.text) for each in _parsed(plot, width).iter(f"{SVG}text"))
    joined = shown.replace(" ", "")
    missing = [label for label in _labels(plot) if label.replace(" ", "")[:18] not in joined]
    assert missing == []


@every_plot
@every_width
def test_the_same_figure_has_the_same_bytes(plot: Plot, width: Width) -> None:
    drawing = laid_out(plot, width)
    assert to_svg(drawing) == to_svg(laid_out(plot, width))
    assert to_pdf(drawing) == to_pdf(laid_out(plot, width))


@every_width
def test_the_pdf_is_as_wide_as_a_column_and_carries_its_font(width: Width) -> None:
    pdf = to_pdf(laid_out(PLOTS["forest"], width))
    assert pdf.startswith(b"%PDF-1.")
    assert pdf.rstrip().endswith(b"%%EOF")
    found = re.search(rb"/MediaBox \[\s*0 0 ([\d.]+)", pdf)
    assert found
    assert float(found[1]) == pytest.approx({"wide": 510.24, "narrow": 240.94}[width], abs=0.01)
    assert b"/FontFile2" in pdf
    assert b"CreationDate" not in pdf


def test_the_text_of_the_pdf_is_text() -> None:
    pdf = to_pdf(laid_out(PLOTS["agreement"], Width.WIDE))
    streams = re.findall(rb"(?<!end)stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    page = b"".join(zlib.decompress(each) for each in streams if each[:1] == b"x")
    # Each letter stands in brackets as two bytes, with what moves it between.
    shown = re.sub(rb"\)[\s\d.-]*\(", b"", page.replace(b"\0", b""))
    assert b"judge and expert" in shown


@every_plot
@every_width
def test_no_words_cover_others_or_leave_the_sheet(plot: Plot, width: Width) -> None:
    drawing = laid_out(plot, width)
    boxes = [(each.text, _box(each)) for each in _words(drawing)]
    outside = [
        text
        for text, (left, top, right, bottom) in boxes
        if left < -0.5 or top < 0 or right > drawing.width + 0.5 or bottom > drawing.height
    ]
    covered = [
        (one, other)
        for (one, a), (other, b) in combinations(boxes, 2)
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]
    assert (outside, covered) == ([], [])


@pytest.mark.parametrize("count", [1, 60])
@every_width
def test_one_row_and_sixty_have_room(count: int, width: Width) -> None:
    points = tuple(point(f"model {number}", number, 70) for number in range(count))
    test_no_words_cover_others_or_leave_the_sheet(
        forest("Models", "Right, %", points, lines=LINES), width
    )


@every_width
def test_points_of_one_place_are_all_named(width: Width) -> None:
    priced = tuple(Priced(point=point(f"model {i}", 40, 80), cost=2.0) for i in range(30))
    plot = Costs(title="Cost", across="Cost", axis="Right, %", priced=priced)
    shown = " ".join(each.text for each in _words(laid_out(plot, width)))
    assert [each for each in priced if each.point.label not in shown] == []


def test_what_is_undefined_is_said_and_never_drawn_as_zero() -> None:
    drawing = laid_out(forest("Models", "Right, %", (POINTS[4],)), Width.WIDE)
    assert "no answers" in [each.text for each in _words(drawing)]
    assert not [piece for piece in drawing.pieces if isinstance(piece, Shape)]
    asked = replace(POINTS[0], value=None)
    drawing = laid_out(forest("Models", "Right, %", (asked,)), Width.WIDE)
    assert "undefined" in [each.text for each in _words(drawing)]
    assert not has_something(forest("Models", "Right, %", (POINTS[4], asked)))
    assert has_something(PLOTS["forest"])


def test_a_small_n_is_marked_by_form_and_word() -> None:
    drawing = laid_out(forest("Models", "Right, %", (point("tiny", 3, 6),)), Width.WIDE)
    assert [piece.is_hollow for piece in drawing.pieces if isinstance(piece, Shape)] == [True]
    assert [piece for piece in drawing.pieces if isinstance(piece, Stroke) and piece.dash]
    texts = [each.text for each in _words(drawing)]
    assert "6 *" in texts
    assert "* hollow and dashed: n below 10" in texts


def test_many_answers_to_few_problems_are_small_too() -> None:
    assert replace(point("orders", 100, 200), problems=9).is_small
    assert not replace(point("orders", 100, 200), problems=10).is_small


def test_kinds_differ_in_form_and_are_named() -> None:
    drawing = laid_out(PLOTS["forest"], Width.WIDE)
    forms = {piece.form for piece in drawing.pieces if isinstance(piece, Shape)}
    assert len(forms) == 3
    assert {"measured here", "imported", "baseline"} <= {each.text for each in _words(drawing)}


def test_dark_is_for_screens_and_every_color_has_its_own() -> None:
    root = _parsed(PLOTS["forest"])
    style = str(root.findtext(f"{SVG}style"))
    assert "@media screen and (prefers-color-scheme: dark)" in style
    used = {each.get(name) for each in root.iter() for name in ("fill", "stroke")} - {None, "none"}
    assert used <= set(LIGHT.values())
    assert len(set(LIGHT.values())) == len(set(DARK.values())) == len(LIGHT)


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_words_and_marks_stand_out_from_the_ground(colors: dict[str, str]) -> None:
    ground = _luminance(colors["ground"])
    for ink in ("text", "quiet", "accent"):
        low, high = sorted((ground, _luminance(colors[ink])))
        assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.filterwarnings("ignore:Glyph")  # of letters that no font of ours has
@settings(max_examples=25, deadline=None)
@given(label=st.text(max_size=80), value=st.floats(0, 1), n=st.integers(0, 10**7))
def test_any_label_and_number_give_a_figure(label: str, value: float, n: int) -> None:
    points = (Point(label=label, value=value, low=value / 2, high=value, n=n),)
    lines = (Line(label=label, value=value),)
    for width in Width:
        plot = forest(label, label, points, lines=lines)
        ET.fromstring(to_svg(laid_out(plot, width)))  # noqa: S314 - our own


def test_a_dollar_sign_begins_no_formula() -> None:
    text = to_svg(laid_out(PLOTS["forest"], Width.WIDE)).decode()
    assert "costs $5 or $6_a" in text


@given(text=st.text(max_size=200), width=st.floats(20, 300))
@settings(deadline=None)
def test_wrapped_lines_fit(text: str, width: float) -> None:
    lines = wrapped(text, width)
    assert 1 <= len(lines) <= 4
    assert all(width_of(line) <= width + 1e-6 for line in lines)


@given(heights=st.lists(st.floats(0, 100), max_size=10))
def test_names_are_spread_without_touching(heights: list[float]) -> None:
    moved = spread(heights, apart=9, top=0, bottom=100)
    assert all(abs(a - b) >= 9 - 1e-6 for a, b in combinations(moved, 2))


@pytest.mark.parametrize(
    ("value", "scale", "written"),
    [
        (0.509, Scale.PERCENT, "+50.9"),
        (-0.0004, Scale.POINTS, "0.0"),
        (-0.03, Scale.POINTS, "\N{MINUS SIGN}3.0"),
        (0.18, Scale.POINTS, "+18.0"),
        (0.806, Scale.KAPPA, "+0.81"),
    ],
)
def test_numbers_are_written_in_the_scales_unit(value: float, scale: Scale, written: str) -> None:
    assert number(value, scale, is_signed=True) == written
    assert number(value, scale) == written.removeprefix("+")


def test_matplotlib_is_imported_only_to_draw() -> None:
    code = "import sys, evaluation.domain.figures; print('matplotlib' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "False"
