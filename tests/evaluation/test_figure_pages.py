"""Figures of a run's report as files, and as a part of its page."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation.models import Release
from evaluation.domain.protocol import PRESETS
from evaluation.models import Judging, JudgingStatus, Run
from evaluation.reporting import compute_report
from tests.curation.held_out import make_kept
from tests.evaluation.cast import make_endpoint, make_run, measured
from tests.factories import make_person, make_release_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def release() -> Release:
    return make_release_of(4)


@pytest.fixture
def run(release: Release) -> Run:
    """A finished run with its report, and with one without examples beside it."""
    measured(release, "wrong", "right", "wrong", "wrong", protocol=PRESETS["zero_shot_open"])
    run = measured(release, "right", "right", "wrong", "error")
    compute_report(run)
    return run


@pytest.fixture
def client(client: Client) -> Client:
    client.force_login(make_person())
    return client


def _file(client: Client, run: Run, name: str, ending: str, **asked: str) -> Any:
    view = "run_figure" if ending in {"svg", "pdf"} else "run_table"
    headers = {"If-None-Match": asked.pop("etag")} if "etag" in asked else {}
    address = reverse(f"evaluation:{view}", args=[run.pk, name, ending])
    return client.get(address, asked, headers=headers)


def test_the_page_shows_figures_with_their_data_and_files(client: Client, run: Run) -> None:
    answer = client.get(reverse("evaluation:run_report", args=[run.pk]))
    page = answer.content.decode()
    figures = answer.context["figures"]
    assert {"overall", "gain", "positions_from_end"} <= set(figures)
    for shown in figures.values():
        for _, address in shown.files:
            assert client.get(address).status_code == 200
        assert client.get(shown.narrow).status_code == 200
    assert page.count('class="figure-exhibit"') == len(figures)
    assert "was measured on 4 problems of release" in page


@pytest.mark.parametrize(
    ("ending", "media_type", "start"),
    [
        ("svg", "image/svg+xml", b"<?xml"),
        ("pdf", "application/pdf", b"%PDF"),
        ("csv", "text/csv; charset=utf-8", b"label,value,low,high,n"),
        ("parquet", "application/vnd.apache.parquet", b"PAR1"),
        ("tex", "text/plain; charset=utf-8", b"% \\usepackage{booktabs}"),
        ("md", "text/markdown; charset=utf-8", b"**How often right: A model"),
    ],
)
def test_each_file_is_of_its_kind_and_may_run_nothing(
    client: Client, run: Run, ending: str, media_type: str, start: bytes
) -> None:
    answer = _file(client, run, "overall", ending)
    assert answer.status_code == 200
    assert answer["Content-Type"] == media_type
    assert answer.content.startswith(start)
    assert f'filename="run-{run.pk}-overall.{ending}"' in answer["Content-Disposition"]
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_figure_for_phones_is_as_wide_as_a_column(client: Client, run: Run) -> None:
    widths = {}
    for width in ("wide", "narrow", "nonsense"):
        svg = _file(client, run, "overall", "svg", width=width).content
        found = re.search(rb'width="([\d.]+)pt"', svg)
        assert found
        widths[width] = float(found[1])
    assert widths["wide"] == widths["nonsense"] > widths["narrow"]


def test_what_did_not_change_is_not_sent_again_until_the_report_changes(
    client: Client, run: Run
) -> None:
    first = _file(client, run, "overall", "svg")
    assert first["Cache-Control"] == "private, no-cache"
    again = _file(client, run, "overall", "svg", etag=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    Judging.objects.create(
        run=run,
        endpoint=run.endpoint,
        prompt_sha256="1" * 64,
        scorer="judge:A",
        asked_by=run.started_by,
        status=JudgingStatus.FINISHED,
        finished_at=timezone.now(),
    )
    compute_report(run)
    assert _file(client, run, "overall", "svg", etag=first["ETag"]).status_code == 200
    narrow = _file(client, run, "overall", "svg", etag=first["ETag"], width="narrow")
    assert narrow.status_code == 200


def test_there_is_no_file_of_what_is_not_there(client: Client, release: Release, run: Run) -> None:
    assert _file(client, run, "nonsense", "svg").status_code == 404
    assert _file(client, run, "agreement", "svg").status_code == 404
    queued = make_run(release, make_endpoint(name="B"))
    assert _file(client, queued, "overall", "csv").status_code == 404
    for view, ending in (("run_figure", "csv"), ("run_table", "svg")):
        address = reverse(f"evaluation:{view}", args=[run.pk, "overall", ending])
        assert client.get(address).status_code == 404
    nowhere = reverse("evaluation:run_figure", args=[999_999, "overall", "svg"])
    assert client.get(nowhere).status_code == 404


def test_files_withhold_what_the_page_withholds(client: Client) -> None:
    kept = make_kept()
    run = measured(kept.release, "right")
    compute_report(run)
    client.force_login(kept.strangers["reader"])
    assert _file(client, run, "strata", "csv").status_code == 404
    theirs = _file(client, run, "overall", "csv")
    client.force_login(kept.insiders["editor"])
    whole = _file(client, run, "overall", "csv", etag=theirs["ETag"])
    assert whole.status_code == 200
    assert b"line" in whole.content
    assert b"line" not in theirs.content
