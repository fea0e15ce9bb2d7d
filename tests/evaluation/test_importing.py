"""Predictions made elsewhere become runs: SMMILE's released files, and our own."""

import json
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from curation.domain.answers import is_same_answer
from curation.domain.content import ProblemContent
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import Release, User
from evaluation.brought import NOT_IN_THE_FILES
from evaluation.domain.outcomes import Outcome
from evaluation.domain.protocol import PRESETS
from evaluation.endpoints import create_endpoint, update_endpoint
from evaluation.leaderboard import leaderboard_rows
from evaluation.models import EndpointKind, ModelEndpoint, Prediction, Run
from evaluation.planning import plan_run
from evaluation.progress import progress
from evaluation.runs import retry_failed
from tests.curation.foreign import write_smmile
from tests.curation.held_out import make_kept
from tests.evaluation.cast import facts_of, make_endpoint, measured
from tests.evaluation.domain.builders import SMMILE
from tests.factories import (
    DIAGNOSES,
    Shown,
    make_approved,
    make_editor,
    make_person,
    make_problem,
    make_release,
    make_release_of,
)

pytestmark = pytest.mark.django_db

PUBLISHED = {  # k of 111 by SMMILE's README: exact match, judge, multiple choice
    ("gpt-4o", "0-shot"): (0, 36, 55),
    ("gpt-4o", "ICL"): (10, 55, 65),
    ("llava_7b", "0-shot"): (0, 17, 45),
    ("llava_7b", "ICL"): (18, 21, 25),
    ("MedVLM-R1", "0-shot"): (4, 28, 40),
    ("MedVLM-R1", "ICL"): (17, 29, 30),
    ("majority", "ICL"): (30, 30, 27),
    ("random", "ICL"): (26, 26, 40),
}
HEADER = "problem_id,final_question,true_answer,generated_answer,full_response\n"


def make_smmile_release(problems: Iterable[ProblemContent]) -> Release:
    """The published texts under their ids, with made pictures."""
    author = make_person(is_author=True)
    reviewers = make_person(is_reviewer=True), make_person(is_reviewer=True)
    made = [
        make_approved(
            make_problem(
                author,
                examples=tuple(
                    Shown(answer=one.answer, question=one.question, picture=number)
                    for number, one in enumerate(content.examples)
                ),
                query=Shown(
                    answer=content.query.answer, question=content.query.question, picture=99
                ),
                pk=UUID(content.problem_id),
            ),
            *reviewers,
        )
        for content in problems
    ]
    return make_release(*made)


def brought(*files: Path | str, **options: Any) -> str:
    """What the command says."""
    said = StringIO()
    options = {"model": "Theirs", "protocol": "in_context_open", **options}
    if "by" not in options:
        options["by"] = make_editor().email
    call_command("import_predictions", *map(str, files), stdout=said, **options)
    return said.getvalue()


def refused(*files: Path | str, **options: Any) -> str:
    with pytest.raises(CommandError) as refusal:
        brought(*files, **options)
    assert not Run.objects.exists()
    return str(refusal.value)


def csv_file(folder: Path, rows: Iterable[str], name: str = "result_x_ICL_open.csv") -> Path:
    path = folder / name
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def ids_of(release: Release) -> list[str]:
    items = release.items.order_by("position")
    return [str(problem_id) for problem_id in items.values_list("problem_id", flat=True)]


def rows_saying(release: Release, words: str = DIAGNOSES[1]) -> list[str]:
    return [f"{name},What?,{DIAGNOSES[1]},{words}," for name in ids_of(release)]


@pytest.fixture
def release() -> Release:
    return make_release_of(3)


def test_every_released_file_gives_the_published_numbers(
    smmile: dict[str, ProblemContent],
) -> None:
    release = make_smmile_release(smmile.values())
    editor = make_editor().email
    found = {}
    for model, mode in PUBLISHED:
        folder = SMMILE / "published"
        shots = {"ICL": "in_context", "0-shot": "zero_shot"}[mode]
        ends = "" if (folder / f"result_{model}_{mode}.csv").exists() else "_open"
        stem = f"result_{model}_{mode}{ends}"
        how = {"release": release.version, "model": model, "by": editor}
        open_files = [folder / f"{stem}.csv", folder / f"{stem}_evaluationllm.json"]
        brought(*open_files, protocol=f"{shots}_open", **how)
        letters = folder / f"result_{model}_{mode}_mcqa.csv"
        brought(letters, protocol=f"{shots}_multiple_choice", **how)
        open_run, letter_run = list(Run.objects.order_by("pk"))[-2:]
        estimates = {**progress(letter_run).estimates, **progress(open_run).estimates}
        scorers = ("exact_match", "judge", "multiple_choice")
        found[model, mode] = tuple(estimates[scorer].k for scorer in scorers)
    assert found == PUBLISHED
    (row,) = [
        row
        for row in leaderboard_rows(release)
        if (row.endpoint_name, row.scorer) == ("gpt-4o", "judge")
        and row.protocol_sha256 == PRESETS["in_context_open"].sha256()
    ]
    assert (row.estimate.n, row.planned, row.failed, row.is_imported) == (108, 111, 3, True)
    assert not Prediction.objects.exclude(attempts=0, http_status=None).exists()
    in_context = Prediction.objects.of_run(open_run.pk)
    has_answer = {
        row.revision_id: any(
            is_same_answer(panel.answer, content.query.answer) for panel in content.examples
        )
        for row in in_context.select_related("revision")
        if (content := row.revision.content())
    }
    assert dict(in_context.values_list("revision_id", "is_answer_shown")) == has_answer


def test_a_run_is_read_scored_and_marked_as_imported(tmp_path: Path, release: Release) -> None:
    first, second, third = ids_of(release)
    path = csv_file(
        tmp_path,
        [
            f'{first},What?,Cardiomegaly,"<think>Hm</think> cardiomegaly.",',
            f"{second},What?,Cardiomegaly,ERROR: API Request Failed,",
            f"{third},What?,Cardiomegaly,Pneumothorax,",
        ],
    )
    said = brought(path, release=release.version)
    assert "exact match: 1 of 2, planned 3" in said
    run = Run.objects.get()
    assert (run.is_imported, run.is_settled, run.endpoint.is_imported) == (True, True, True)
    assert run.manifest["imported"]["files"][0]["name"] == path.name
    right, failed, wrong = run.predictions.all()
    assert right.completion == "<think>Hm</think> cardiomegaly."
    assert (right.parsed, failed.outcome) == ("cardiomegaly.", Outcome.ERROR)
    assert (failed.error, failed.completion) == ("ERROR: API Request Failed", "")
    assert [each.scores.count() for each in (right, failed, wrong)] == [1, 0, 1]


def test_pages_and_api_say_that_it_was_made_elsewhere(
    tmp_path: Path, release: Release, client: Client
) -> None:
    brought(csv_file(tmp_path, rows_saying(release)), release=release.version)
    run = Run.objects.get()
    client.force_login(make_editor())
    addresses = [
        reverse("evaluation:run_list"),
        reverse("evaluation:run_detail", args=[run.pk]),
        reverse("evaluation:leaderboard"),
        reverse("evaluation:endpoint_list"),
        reverse("evaluation:prediction_detail", args=[run.pk, run.predictions.earliest("pk").pk]),
    ]
    for address in addresses:
        assert "imported" in client.get(address).content.decode(), address
    page = client.get(addresses[1]).content.decode()
    assert "Ask again" not in page
    assert run.manifest["imported"]["files"][0]["sha256"] in page
    api = client.get(reverse("evaluation_api:run_detail", args=[run.pk])).json()
    assert api["is_imported"] is True
    edit = reverse("evaluation:endpoint_edit", args=[run.endpoint_id])
    assert client.get(edit).status_code == 404


def test_nobody_can_ask_under_the_name_of_an_import(tmp_path: Path, release: Release) -> None:
    brought(csv_file(tmp_path, rows_saying(release)), release=release.version)
    run = Run.objects.get()
    editor = make_editor()
    with pytest.raises(WrongMomentError, match="not in use"):
        plan_run(release, run.endpoint, PRESETS["in_context_open"], by=editor)
    with pytest.raises(WrongMomentError, match="made elsewhere"):
        retry_failed(run)
    facts = facts_of(run.endpoint, is_active=True)
    with pytest.raises(InvalidContentError, match="import_predictions"):
        update_endpoint(run.endpoint, facts, by=editor)
    with pytest.raises(InvalidContentError, match="import_predictions"):
        create_endpoint(facts, by=editor)
    with pytest.raises(IntegrityError):
        ModelEndpoint.objects.filter(kind=EndpointKind.IMPORTED).update(is_active=True)


def test_the_same_files_are_imported_once(tmp_path: Path, release: Release) -> None:
    path = csv_file(tmp_path, rows_saying(release))
    brought(path, release=release.version)
    same = path.rename(tmp_path / "result_y_ICL.csv")
    with pytest.raises(CommandError, match="imported already"):
        brought(same, release=release.version)
    assert (Run.objects.count(), Prediction.objects.count()) == (1, 3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: [*rows, rows[0]], "1 problem is in several rows"),
        (lambda rows: rows[1:], "1 problem is in the release but in no row"),
        (lambda rows: [*rows, "p1,Q,A,A,"], "1 problem is not in the release: p1."),
        (lambda _: [], "no predictions"),
    ],
    ids=["doubled", "missing", "unknown", "empty"],
)
def test_what_does_not_fit_is_told_and_nothing_is_imported(
    change: Any, words: str, tmp_path: Path, release: Release
) -> None:
    path = csv_file(tmp_path, change(rows_saying(release)))
    assert words in refused(path, release=release.version)
    assert not ModelEndpoint.objects.exists()


def test_a_part_is_imported_on_demand_and_what_is_missing_lowers_the_coverage(
    tmp_path: Path, release: Release
) -> None:
    path = csv_file(tmp_path, [*rows_saying(release)[1:], "p1,Q,A,A,"])
    said = brought(path, release=release.version, partial=True)
    assert "1 problem is not in the release, so left out: p1." in said
    assert "1 problem is in no row, so counted as failed" in said
    assert "exact match: 2 of 2, planned 3" in said
    assert Prediction.objects.earliest("pk").error == NOT_IN_THE_FILES


def test_an_answer_that_is_not_the_releases_is_remarked(tmp_path: Path, release: Release) -> None:
    rows = rows_saying(release)
    rows[0] = rows[0].replace("What?,Cardiomegaly", "What?,Pneumothorax")
    said = brought(csv_file(tmp_path, rows), release=release.version)
    assert "1 problem is of another answer in the files" in said
    assert "exact match: 3 of 3" in said


def test_a_file_that_is_none_of_ours_is_refused_by_its_name(
    tmp_path: Path, release: Release
) -> None:
    wrong = {
        "result_x_0-shot.csv": "not asked as in-context, open",
        "answers.csv": "not named like",
        "a.xlsx": "none of .csv",
        "a.jsonl": "Line 1 is no JSON object",
        "a.parquet": "no Parquet",
        "a.json": "no list of verdicts",
    }
    for name, words in wrong.items():
        said = refused(csv_file(tmp_path, [], name), release=release.version)
        assert said.startswith(name)
        assert words in said
    assert "No such file" in refused(tmp_path / "none.csv", release=release.version)
    latin = tmp_path / "result_x_ICL.csv"
    latin.write_bytes(b"\xff")
    assert "UTF-8" in refused(latin, release=release.version)


def test_names_that_are_not_here_are_answered_with_those_that_are(
    tmp_path: Path, release: Release
) -> None:
    path = csv_file(tmp_path, rows_saying(release))
    assert release.version in refused(path, release="9.9.9")
    assert "in_context_open" in refused(path, release=release.version, protocol="two_shot")
    assert "not an editor" in refused(path, release=release.version, by="who@example.org")
    assert "--by" in refused(path, release=release.version, by="")
    User.objects.exclude(email=make_editor().email).update(is_editor=False)
    assert "Theirs" in brought(path, release=release.version, by="")


def test_a_model_that_is_asked_here_keeps_its_name(tmp_path: Path, release: Release) -> None:
    endpoint = make_endpoint(name="Theirs")
    path = csv_file(tmp_path, rows_saying(release))
    assert "asked here" in refused(path, release=release.version, by=endpoint.created_by.email)


def test_a_right_letter_that_means_another_answer_is_remarked_and_one_of_none_refused(
    tmp_path: Path, release: Release
) -> None:
    header = "problem_id,final_question,true_answer,correct_option,selected_option,generated_answer"
    how = {"release": release.version, "protocol": "in_context_multiple_choice"}
    path = tmp_path / "result_x_ICL_mcqa.csv"

    def lettered(letter: str) -> Path:
        rows = [f"{name},What?,Cardiomegaly,{letter},A,<answer>C</answer>" for name in ids]
        path.write_text("\n".join([header, *rows]))
        return path

    ids = ids_of(release)
    assert "No choice has the letter 'Q'" in refused(lettered("Q"), **how)
    said = brought(lettered("A"), **how)
    assert "3 problems are given a right letter that stands for another answer" in said
    assert "3 letters that the files state are read otherwise here" in said
    assert "multiple choice: 3 of 3" in said


def test_a_strangers_file_of_a_run_withholds_what_is_held_out(
    client: Client, tmp_path: Path
) -> None:
    kept = make_kept()
    run = measured(kept.release, "right")
    client.force_login(kept.strangers["reader"])
    answer = client.get(reverse("evaluation:run_jsonl", args=[run.pk]))
    text = answer.getvalue()
    row = json.loads(text)
    told = ("answer", "completion", "parsed", "choices", "scores", "prompt_sha256")
    assert {row[name] for name in told} == {None}
    path = tmp_path / "a.jsonl"
    path.write_bytes(text)
    with pytest.raises(CommandError, match="withholds"):
        brought(path, release=kept.release.version)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"order": -1}, "order is no whole number"),
        ({"outcome": "maybe"}, "cannot be read"),
        ({"choices": {"options": ["a"]}}, "cannot be read"),
        ({"scores": [{"scorer": "judge:x", "value": "much", "explanation": ""}]}, "cannot be read"),
        ({"completion": ...}, "has no completion"),
    ],
    ids=["order", "outcome", "choices", "score", "absent"],
)
def test_a_row_that_says_nonsense_is_refused(
    change: dict[str, Any], words: str, tmp_path: Path, release: Release
) -> None:
    row = {"problem_id": ids_of(release)[0], "outcome": "ok", "completion": "a", **change}
    row = {name: value for name, value in row.items() if value is not ...}
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row))
    assert words in refused(path, release=release.version)


def test_verdicts_of_a_named_judge_stay_named_and_are_marked(
    tmp_path: Path, release: Release
) -> None:
    score = {"scorer": "judge:A model", "value": 1, "explanation": "It said 1."}
    rows = [
        {"problem_id": name, "outcome": "ok", "completion": "a", "scores": [score]}
        for name in ids_of(release)
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert "judge A model (imported): 3 of 3" in brought(path, release=release.version)


def test_smmiles_names_are_found_in_a_release_that_came_in_its_layout(
    smmile: dict[str, ProblemContent], tmp_path: Path
) -> None:
    editor = make_editor().email
    lines = (SMMILE / "problems.jsonl").read_text().splitlines()[:3]
    folder = write_smmile(tmp_path / "smmile", map(json.loads, lines))
    signed = {"name": "SMMILE", "license": "CC-BY-4.0", "attribution": "Its authors"}
    signed |= {"source": "SMMILE", "by": editor}
    how = {"publish": True, "with_errors": True, "confirm_no_patient": True, "stdout": StringIO()}
    call_command("import_release", str(folder), version="1.0.0", **how, **signed)
    path = SMMILE / "published/result_gpt-4o_ICL_open.csv"
    said = brought(path, release="1.0.0", by=editor, partial=True)
    assert "108 problems are not in the release, so left out" in said
    assert "3 predictions" in said
    assert "in no row" not in said
