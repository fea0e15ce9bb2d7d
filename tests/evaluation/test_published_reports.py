"""The reports of SMMILE's published predictions say what its authors' files say."""

from collections.abc import Mapping

import pytest
from django.core.management import call_command

from curation.domain.content import ProblemContent
from evaluation.domain.reporting import RunReport
from evaluation.models import Run
from evaluation.reporting import compute_report
from tests.evaluation.domain.builders import SMMILE
from tests.evaluation.test_importing import PUBLISHED, make_smmile_release
from tests.factories import make_editor

pytestmark = pytest.mark.django_db

_FAILED = {("gpt-4o", "ICL"): 3}  # calls of open form, which the authors count as wrong

type Reports = Mapping[tuple[str, str, str], RunReport]
"""By model, mode and answer form."""


@pytest.fixture
def reports(smmile: dict[str, ProblemContent]) -> Reports:
    release = make_smmile_release(smmile.values())
    how = {"release": release.version, "by": make_editor().email}
    folder = SMMILE / "published"
    found = {}
    for model, mode in PUBLISHED:
        shots = {"ICL": "in_context", "0-shot": "zero_shot"}[mode]
        ends = "" if (folder / f"result_{model}_{mode}.csv").exists() else "_open"
        stem = f"result_{model}_{mode}{ends}"
        files = {
            "open": [f"{stem}.csv", f"{stem}_evaluationllm.json"],
            "multiple_choice": [f"result_{model}_{mode}_mcqa.csv"],
        }
        for form, names in files.items():
            paths = [str(folder / name) for name in names]
            protocol = f"{shots}_{form}"
            call_command("import_predictions", *paths, model=model, protocol=protocol, **how)
            found[model, mode, form] = Run.objects.latest("pk")
    return {name: compute_report(run) for name, run in found.items()}


def test_every_published_number_stands_in_a_report(reports: Reports) -> None:
    found = {}
    for model, mode in PUBLISHED:
        by_scorer = {
            scorer.scorer: scorer.overall
            for form in ("open", "multiple_choice")
            for scorer in reports[model, mode, form].scorers
        }
        names = ("exact_match", "judge", "multiple_choice")
        found[model, mode] = tuple(by_scorer[name].k for name in names)
        answered = 111 - _FAILED.get((model, mode), 0)
        assert [by_scorer[name].n for name in names[:2]] == [answered] * 2, (model, mode)
        assert reports[model, mode, "open"].outcomes.planned == 111
    assert found == PUBLISHED
    _check_copies(reports)
    _check_where_the_answer_stands(reports)
    _check_the_gain(reports)
    _check_guesses(reports)


def _check_copies(reports: Reports) -> None:
    """Of any example's answer and of the last one's, of 111 as the authors count."""
    published = {"gpt-4o": (8.1, 3.6), "llava_7b": (73.0, 55.9)}
    for model, percents in published.items():
        copying = reports[model, "ICL", "open"].copying
        assert copying is not None
        counts = (copying.any.k or 0, copying.last.k or 0)
        assert tuple(round(100 * k / 111, 1) for k in counts) == percents


def _check_where_the_answer_stands(reports: Reports) -> None:
    judge = reports["llava_7b", "ICL", "open"].scorer("judge")
    assert judge is not None
    (grouping,) = [each for each in judge.groupings if each.name == "matching_place"]
    by_name = {group.name: group.measured for group in grouping.groups}
    last = by_name["last"]
    others = [by_name["first"], by_name["between"]]
    assert last.value == pytest.approx(0.696, abs=0.0005)
    share = sum(each.k or 0 for each in others) / sum(each.n for each in others)
    assert share == pytest.approx(0.075, abs=0.0005)


def _check_the_gain(reports: Reports) -> None:
    """24 gained and, without the three failed calls, four of the five lost."""
    judge = reports["gpt-4o", "ICL", "open"].scorer("judge")
    assert judge is not None
    gain = judge.comparison("zero_shot")
    assert gain is not None
    assert gain.flips is not None
    assert (gain.flips.gained, gain.flips.lost) == (24, 4)
    assert (gain.difference.n, gain.only_there) == (108, 3)
    assert reports["gpt-4o", "0-shot", "open"].copying is None


def _check_guesses(reports: Reports) -> None:
    """By the letters of the published files, which follow first appearance."""
    expected = {}
    for form in ("open", "multiple_choice"):
        (scorer, *_) = reports["llava_7b", "ICL", form].scorers
        for each in scorer.expectations:
            assert each.n == 111
            expected[form, each.name] = 100 * (each.value or 0)
    rounded = {name: round(value, 2) for name, value in expected.items()}
    assert rounded["open", "random_example"] == 26.01
    assert rounded["multiple_choice", "highest_letter"] == 61.26
    assert rounded["open", "last_answer"] == round(100 * 23 / 111, 2)
    assert rounded["multiple_choice", "unshown"] == round(100 * 35 / 111, 2)
    assert ("open", "uniform_choice") not in expected
