"""What of a report becomes a figure, and the paragraph for a paper, on numbers made by hand."""

from dataclasses import replace

from evaluation.domain.exhibits import exhibits_of
from evaluation.domain.figures import Curve, Dots, Gains, Mark
from evaluation.domain.methods import methods_paragraph
from evaluation.domain.protocol import PRESETS
from evaluation.domain.reporting import RunReport
from tests.evaluation.domain.reporting.columns import NAN, problems, report, rows, scored, twin


def _asked(found: RunReport, **facts: object) -> RunReport:
    """The report with a protocol that a run can have."""
    protocol = PRESETS["in_context_open"].to_json()
    return replace(found, about=replace(found.about, protocol=protocol, **facts))  # type: ignore[arg-type]  # facts of the report


def _full() -> RunReport:
    answers = scored({"exact_match": [1, 1, 0, NAN], "judge:A": [1, 0, 0, NAN]})
    columns = rows(answers, outcome=[0, 0, 0, 3], shown=[3, 3, 2, 3], matching=[3, 1, 0, 2])
    there = twin(scored({"exact_match": [0, 1, 0, 1], "judge:A": [0, 1, 1, 1]}))
    return _asked(
        report(columns, problems(4, rarity=[0, 0, 1, 1], guess=[0.5, 0.25, 0.25, 0.0]), there)
    )


def test_a_full_report_gives_every_figure() -> None:
    found = _full()
    shown = exhibits_of(found, found.scorers[0])
    assert list(shown) == [
        "overall",
        "gain",
        "strata",
        "positions_from_end",
        "positions_from_start",
        "agreement",
    ]
    overall, gain = shown["overall"].plot, shown["gain"].plot
    assert isinstance(overall, Dots)
    assert [(point.value, point.n) for point in overall.points] == [(2 / 3, 3), (1 / 3, 3)]
    assert [line.label for line in overall.lines] == ["a guess"]
    assert isinstance(gain, Gains)
    assert (gain.gains[0].before, gain.gains[0].after, gain.gains[0].n) == (1 / 3, 2 / 3, 3)
    positions = shown["positions_from_end"].plot
    assert isinstance(positions, Curve)
    assert positions.positions == ("1", "3")


def test_nothing_measured_gives_no_figure() -> None:
    found = report(rows(scored({"exact_match": [NAN, NAN]}), outcome=[3, 1]), problems(2))
    assert exhibits_of(found, found.scorers[0]) == {}


def test_where_a_number_comes_from_is_marked() -> None:
    found = _full()
    for facts, mark in (
        ({"is_baseline": True}, Mark.BASELINE),
        ({"is_imported": True}, Mark.IMPORTED),
    ):
        shown = exhibits_of(_asked(found, **facts), found.scorers[0])["overall"].plot
        assert isinstance(shown, Dots)
        assert {point.mark for point in shown.points} == {mark}


def test_the_paragraph_states_what_a_paper_must() -> None:
    found = _full()
    text = methods_paragraph(found)
    sha = "5" * 64
    for stated in (
        "A_model & more (m-1) was measured on 4 problems of release 1.0.0 ",
        f"(SHA-256 of its revisions {sha}).",
        "All examples of a problem are shown before its query.",
        "at temperature 0 with at most 512 tokens",
        "from seed 0",
        "Of 4 planned predictions, 3 gave an answer that could be read",
        "and 1 failed as calls. Only what was answered is scored.",
        "2 of 3 answers were right (66.7 %; 95 % interval 20.8 to 93.9).",
        "Wilson score intervals",
        f"({found.resamples:,} resamples, seed {found.seed})",
        "(paired over 3 items)",
    ):
        assert stated in text
    assert "  " not in text


def test_the_paragraph_says_where_predictions_were_made_elsewhere_and_what_is_hidden() -> None:
    text = methods_paragraph(_asked(_full(), is_imported=True, revisions_sha256=""))
    assert "were made elsewhere and imported." in text
    assert "SHA-256" not in text
    assert "temperature" not in text
    assert methods_paragraph(_asked(_full(), is_baseline=True)).startswith("The baseline A_model")


def test_the_paragraph_takes_problems_and_not_answers_as_independent() -> None:
    answers = scored({"exact_match": [1, 0, 1, 0]}, problem=[0, 0, 1, 1], order=[0, 1, 0, 1])
    text = methods_paragraph(_asked(report(rows(answers), problems(2))))
    assert "answers to one problem are not independent" in text
    nothing = report(rows(scored({"exact_match": [NAN]}), outcome=[3]), problems(1))
    assert "By exact match nothing was scored." in methods_paragraph(_asked(nothing))
