"""Reports of runs: computed once per change, kept, read by pages, the API and a command."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from celery import current_app
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from curation.errors import WrongMomentError
from curation.models import Heartbeat, Release
from evaluation.domain.protocol import PRESETS
from evaluation.models import Judging, JudgingStatus, Run, RunStatus, StoredReport
from evaluation.reporting import compute_report, current_report, kept_report, stale_run_ids
from evaluation.runs import retry_failed
from evaluation.tasks import compute_report as compute_task
from evaluation.tasks import refresh_reports
from tests.curation.held_out import make_kept, told
from tests.curation.programs import Program
from tests.evaluation.cast import make_endpoint, make_run, measured
from tests.factories import make_editor, make_person, make_release_of

pytestmark = pytest.mark.django_db

ZERO_SHOT = PRESETS["zero_shot_open"]


@pytest.fixture
def release() -> Release:
    return make_release_of(4)


@pytest.fixture
def run(release: Release) -> Run:
    return measured(release, "right", "right", "wrong", "error")


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(current_app.conf, "task_always_eager", True)
    monkeypatch.setitem(current_app.conf, "task_eager_propagates", True)


def _judged(run: Run) -> Judging:
    """A judging of the run that has come to its end."""
    return Judging.objects.create(
        run=run,
        endpoint=run.endpoint,
        prompt_sha256="1" * 64,
        scorer="judge:A",
        asked_by=run.started_by,
        status=JudgingStatus.FINISHED,
        finished_at=timezone.now(),
    )


def _address(run: Run, query: str = "") -> str:
    return reverse("evaluation:run_report", args=[run.pk]) + query


def _page(client: Client, run: Run, query: str = "") -> str:
    answer = client.get(_address(run, query))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_report_is_computed_kept_and_not_computed_again(run: Run) -> None:
    assert kept_report(run).report is None
    report = compute_report(run)
    (scorer,) = report.scorers
    assert (scorer.overall.k, scorer.overall.n, report.outcomes.error) == (2, 3, 1)
    kept = kept_report(run)
    assert (kept.report, kept.is_current) == (report, True)
    computed_at = StoredReport.objects.get().computed_at
    assert current_report(run) == report
    assert StoredReport.objects.get().computed_at == computed_at


def test_a_run_at_work_has_no_report(release: Release) -> None:
    queued = make_run(release, make_endpoint())
    with pytest.raises(WrongMomentError, match="still at work"):
        compute_report(queued)
    assert stale_run_ids() == []


def test_a_retry_a_judge_and_a_new_twin_make_it_stale(release: Release, run: Run) -> None:
    compute_report(run)
    assert stale_run_ids() == []
    _judged(run)
    assert not kept_report(run).is_current
    compute_report(run)
    twin = measured(release, "wrong", "right", "wrong", "wrong", protocol=ZERO_SHOT)
    assert stale_run_ids() == [run.pk, twin.pk]
    gain = compute_report(run).scorers[0].comparison("zero_shot")
    assert gain is not None
    assert gain.run_id == twin.pk
    compute_report(twin)
    _judged(twin)
    assert stale_run_ids() == [run.pk, twin.pk]
    compute_report(run)
    compute_report(twin)
    retry_failed(run)
    run.refresh_from_db()
    assert not kept_report(run).is_current
    assert stale_run_ids() == []  # until it has come to its end again


def test_the_newest_finished_run_of_the_same_endpoint_is_the_twin(
    release: Release, run: Run
) -> None:
    rows = ("wrong", "right", "wrong", "wrong")
    measured(release, *rows, protocol=ZERO_SHOT)
    newest = measured(release, *rows, protocol=ZERO_SHOT)
    measured(release, *rows, protocol=ZERO_SHOT, name="Another model")
    measured(make_release_of(4), *rows, protocol=ZERO_SHOT)
    cancelled = measured(release, *rows, protocol=ZERO_SHOT)
    Run.objects.filter(pk=cancelled.pk).update(status=RunStatus.CANCELLED)
    gain = compute_report(run).scorers[0].comparison("zero_shot")
    assert gain is not None
    assert gain.run_id == newest.pk


def test_a_report_of_an_older_shape_is_computed_anew(run: Run) -> None:
    report = compute_report(run)
    StoredReport.objects.update(version=0, report_json={"version": 0})
    assert kept_report(run).report is None
    assert stale_run_ids() == [run.pk]
    assert current_report(run) == report


@pytest.mark.usefixtures("eager")
def test_the_sweep_computes_what_is_stale_and_nothing_else(release: Release, run: Run) -> None:
    refresh_reports.delay()
    assert kept_report(run).is_current
    computed_at = StoredReport.objects.get().computed_at
    refresh_reports.delay()
    compute_task.delay(run.pk)
    assert StoredReport.objects.get().computed_at == computed_at
    compute_task.delay(make_run(release, make_endpoint(name="B")).pk)
    compute_task.delay(10**9)
    assert StoredReport.objects.count() == 1


def test_the_page_says_that_it_is_computed_and_how_without_a_worker(
    run: Run, client: Client
) -> None:
    client.force_login(make_person())
    page = _page(client, run)
    assert "is being computed" in page
    assert "No worker is running" in page
    assert f"manage.py report {run.pk}" in page
    assert 'hx-trigger="every 2s"' in page
    Heartbeat.objects.create(name="worker", beat_at=timezone.now())
    assert "No worker is running" not in _page(client, run)
    compute_report(run)
    page = _page(client, run)
    assert "is being computed" not in page
    assert "hx-trigger" not in page
    _judged(run)
    page = _page(client, run)
    assert "A newer report is being computed" in page
    assert "Right in 2 of 3 answered" in page


def test_the_page_of_a_run_at_work_leads_to_its_progress(release: Release, client: Client) -> None:
    client.force_login(make_person())
    page = _page(client, make_run(release, make_endpoint()))
    assert "still at work" in page
    assert "hx-trigger" not in page


def test_the_page_says_what_was_measured_in_words(
    release: Release, run: Run, client: Client
) -> None:
    twin = measured(release, "wrong", "right", "wrong", "wrong", protocol=ZERO_SHOT)
    compute_report(run)
    client.force_login(make_editor())
    page = _page(client, run)
    assert "Right in 2 of 3 answered (67 %, 95 % interval 21 to 94); 1 call failed." in page
    assert "Did the examples help?" in page
    assert "It cannot be told." in page
    assert "1 gained, 0 lost" in page
    assert _address(twin) in page
    assert "small-n" in page
    compute_report(twin)
    assert "This run shows no examples" in _page(client, twin)


def test_another_scorer_is_chosen_by_its_address(run: Run, client: Client) -> None:
    for row in run.predictions.answered():
        row.scores.create(scorer="judge:A", value=1)
    compute_report(run)
    client.force_login(make_person())
    first = client.get(_address(run)).context["shown"].scorer.scorer
    chosen = client.get(_address(run, "?scorer=judge:A")).context["shown"].scorer.scorer
    nobody = client.get(_address(run, "?scorer=x")).context["shown"].scorer.scorer
    assert (first, chosen, nobody) == ("exact_match", "judge:A", "exact_match")
    assert "exact match and judge A" in _page(client, run)


def test_a_run_in_which_every_call_failed_has_a_report(release: Release, client: Client) -> None:
    run = measured(release, "error", "error", "refused", "error")
    compute_report(run)
    client.force_login(make_person())
    page = _page(client, run)
    assert "Nothing was scored" in page or "Nothing was scored:" in page
    assert "3 of 4 calls failed" in page


def test_the_run_page_has_the_report_in_short(run: Run, client: Client) -> None:
    client.force_login(make_person())
    address = reverse("evaluation:run_detail", args=[run.pk])
    assert "Right in" not in client.get(address).content.decode()
    compute_report(run)
    page = client.get(address).content.decode()
    assert "Right in 2 of 3 answered" in page
    assert _address(run) in page


def test_the_page_takes_the_same_queries_at_any_size(client: Client) -> None:
    client.force_login(make_person())
    counts = []
    for size in (2, 5):
        release = make_release_of(size)
        run = measured(release, *["right"] * size)
        measured(release, *["wrong"] * size, protocol=ZERO_SHOT)
        compute_report(run)
        with CaptureQueriesContext(connection) as queries:
            client.get(_address(run))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_strata_of_few_held_out_problems_are_shown_to_insiders_alone(client: Client) -> None:
    kept = make_kept()
    run = measured(kept.release, "right")
    compute_report(run)
    client.force_login(kept.strangers["reader"])
    page = _page(client, run)
    assert told(page) == []
    assert "Not shown to you" in page
    shown = client.get(_address(run)).context["shown"]
    assert not any(each.groups for each in shown.scorer.groupings)
    assert shown.scorer.expectations == ()
    assert run.manifest["release"]["revisions_sha256"] not in page
    client.force_login(kept.insiders["editor"])
    assert "Not shown to you" not in _page(client, run)


def test_the_api_gives_what_the_page_shows(run: Run) -> None:
    reader = Program(make_person())
    nothing = reader.get(f"/runs/{run.pk}/report").json()
    assert nothing == {
        "run_id": run.pk,
        "is_current": False,
        "computed_at": None,
        "report": None,
    }
    compute_report(run)
    said = reader.get(f"/runs/{run.pk}/report").json()
    assert said["is_current"] is True
    (scorer,) = said["report"]["scorers"]
    assert (scorer["overall"]["k"], scorer["overall"]["n"]) == (2, 3)
    assert said["report"]["outcomes"]["error"] == 1
    assert reader.get("/runs/999999/report").status_code == 404


def test_the_api_withholds_from_strangers_what_the_page_withholds() -> None:
    kept = make_kept()
    run = measured(kept.release, "right")
    compute_report(run)
    groupings = {
        who: Program(person)
        .get(f"/runs/{run.pk}/report")
        .json()["report"]["scorers"][0]["groupings"]
        for who, person in (("stranger", kept.strangers["reader"]), ("editor", kept.crew.editor))
    }
    assert all(each["is_withheld"] for each in groupings["stranger"])
    assert not any(each["is_withheld"] for each in groupings["editor"])


def _said(*runs: int, **options: object) -> str:
    said = StringIO()
    call_command("report", *map(str, runs), stdout=said, **options)
    return said.getvalue()


def test_the_command_computes_what_is_stale_and_writes_json(run: Run) -> None:
    document = json.loads(_said(run.pk))
    assert document["about"]["run_id"] == run.pk
    assert document["scorers"][0]["overall"]["k"] == 2
    assert kept_report(run).is_current


def test_the_command_writes_many_runs_as_csv_without_formulas(
    release: Release, run: Run, tmp_path: Path
) -> None:
    other = measured(release, "right", "wrong", "wrong", "wrong", name="=1+1")
    path = tmp_path / "reports.csv"
    assert "Wrote" in _said(run.pk, other.pk, format="csv", output=path)
    rows = list(csv.DictReader(StringIO(path.read_text())))
    overall = [row for row in rows if row["section"] == "overall"]
    assert [(row["endpoint"], row["k"], row["n"]) for row in overall] == [
        ("A model", "2", "3"),
        ("'=1+1", "1", "4"),
    ]
    assert {"rarity", "answer_shown", "guess"} <= {row["section"] for row in rows}


def test_the_command_writes_latex_with_names_escaped(release: Release) -> None:
    here = measured(release, "right", "right", "wrong", "error", name="A_model & 50 %")
    measured(release, "wrong", "right", "wrong", "wrong", protocol=ZERO_SHOT, name="A_model & 50 %")
    table = _said(here.pk, format="latex")
    assert r"A\_model \& 50 \% & in-context, open & exact match & 66.7 & 20.8--93.9" in table
    assert "2/3 & 3/4 & $+33.3$" in table
    assert table.count(r"\begin{tabular}") == table.count(r"\end{tabular}") == 1


def test_the_command_says_what_is_wrong(release: Release, run: Run, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no run 999999"):
        _said(999_999)
    queued = make_run(release, make_endpoint(name="B"))
    with pytest.raises(CommandError, match="still at work"):
        _said(queued.pk)
    with pytest.raises(CommandError, match="cannot be written"):
        _said(run.pk, output=tmp_path / "nowhere" / "report.json")
