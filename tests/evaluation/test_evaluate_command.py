"""`manage.py evaluate`: a run from the command line, with and without a worker."""

from io import StringIO
from typing import Any

import pytest
from celery import current_app
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from curation.models import Heartbeat
from evaluation.living import RUNNER
from evaluation.management.watching import bar
from evaluation.models import EndpointKind, Run, RunStatus
from evaluation.progress import progress
from tests.evaluation.cast import make_endpoint, make_run, work_off
from tests.evaluation.serving import MostAlike, failing
from tests.factories import make_editor, make_release_of

pytestmark = pytest.mark.usefixtures("committed_db")


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def evaluate(out: StringIO | None = None, **options: Any) -> str:
    """What the command says."""
    out = out or StringIO()
    call_command("evaluate", stdout=out, **options)
    return out.getvalue()


def start(address: str = "", count: int = 3, **options: Any) -> str:
    """Start a run of a release of so many problems."""
    kind = {} if address else {"kind": EndpointKind.MAJORITY_EXAMPLE}
    endpoint = make_endpoint(address, name="Asked", **kind)
    return evaluate(
        **{
            "release": make_release_of(count).version,
            "endpoint": endpoint.name,
            "protocol": "in_context_open",
            "by": endpoint.created_by.email,
            **options,
        }
    )


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is alive and does at once what it is rung for."""
    monkeypatch.setitem(current_app.conf, "task_always_eager", True)
    Heartbeat.objects.create(name=RUNNER, beat_at=timezone.now())


def test_without_a_worker_it_waits_by_working() -> None:
    said = start(wait=True)
    run = Run.objects.get()
    assert run.status == RunStatus.FINISHED
    assert "exact match: 0 of 3 right, 0.0%" in said
    assert f"Run {run.pk} finished: 3 of 3 asked, 0 failed." in said
    assert "\r" not in said


@pytest.mark.usefixtures("worker")
def test_a_worker_that_is_alive_is_rung_for() -> None:
    said = start()
    assert Run.objects.get().status == RunStatus.FINISHED
    assert "queued; 0 of 3 asked" in said
    assert "No worker" not in said


def test_without_waiting_and_workers_it_says_what_to_do() -> None:
    said = start()
    run = Run.objects.get()
    assert run.status == RunStatus.QUEUED
    assert f"manage.py evaluate --status {run.pk} --wait" in said
    terminal = Terminal()
    evaluate(terminal, status=run.pk, wait=True)
    assert f"\r[{'#' * 30}] 3 of 3 asked, 0 failed" in terminal.getvalue()


def test_failed_calls_are_an_exit_status_and_are_asked_again(most_alike: MostAlike) -> None:
    most_alike.behave = failing(400, times=1)
    with pytest.raises(CommandError, match="1 calls failed") as ending:
        start(most_alike.base_url, wait=True)
    assert ending.value.returncode == 3
    run = Run.objects.get()
    assert "finished: 3 of 3 asked, 0 failed" in evaluate(retry=run.pk, wait=True)
    with pytest.raises(CommandError, match="Nothing failed"):
        evaluate(retry=run.pk)


def test_a_run_that_stops_before_its_end_is_another(most_alike: MostAlike) -> None:
    most_alike.behave = failing(401, times=100)
    with pytest.raises(CommandError, match="stopped before its end") as ending:
        start(most_alike.base_url, count=6, wait=True)
    assert ending.value.returncode == 4


def test_a_run_is_cancelled_and_listed() -> None:
    assert "No run yet." in evaluate(status=0)
    run = make_run(make_release_of(1), make_endpoint(kind=EndpointKind.MAJORITY_EXAMPLE))
    assert "cancelled; 0 of 1 asked" in evaluate(cancel=run.pk)
    assert f"{run.pk}\tcancelled\t0 of 1 asked, 0 failed\t" in evaluate(status=0)
    with pytest.raises(CommandError, match="has ended already"):
        evaluate(cancel=run.pk)


def test_what_is_missing_or_unknown_is_said_by_name() -> None:
    editor = make_editor().email
    release = make_release_of(1)
    make_endpoint(kind=EndpointKind.MAJORITY_EXAMPLE, name="Here")
    given: dict[str, Any] = {
        "release": release.version,
        "endpoint": "Here",
        "protocol": "in_context_open",
    }
    wrong: dict[str, tuple[str, str]] = {
        "release": ("7.7.7", release.version),
        "endpoint": ("There", "Here"),
        "protocol": ("four_shot", "in_context_open"),
    }
    for name, (value, known) in wrong.items():
        with pytest.raises(CommandError, match=known):
            evaluate(**{**given, name: value, "by": editor})
        with pytest.raises(CommandError, match=f"also give --{name}"):
            evaluate(**{**given, name: "", "by": editor})
    with pytest.raises(CommandError, match="no run 99"):
        evaluate(status=99)
    with pytest.raises(CommandError, match="with examples"):
        evaluate(**{**given, "protocol": "zero_shot_open", "by": editor})
    assert not Run.objects.exists()


def test_a_bar_says_how_long_it_still_takes() -> None:
    run = make_run(make_release_of(2), make_endpoint(kind=EndpointKind.MAJORITY_EXAMPLE))
    before = bar(progress(run), 0.5)
    assert before.startswith(f"[{'.' * 30}] 0 of 2 asked, 0 failed, 0.5/s, about 4 s left")
    after = bar(progress(work_off(run)), 0.5)
    assert after.strip() == f"[{'#' * 30}] 2 of 2 asked, 0 failed"
