"""Cutting a release: all that is approved and still stands, under a version that grows."""

import sqlite3
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation import workflow
from curation.errors import InvalidContentError, WrongMomentError
from curation.exporting import export_release
from curation.models import HistoryEntry, Problem, Release, Status, What
from curation.releases import cut_release, suggested_version
from curation.verifying import verify_history
from tests.curation.invariants import broken_invariants
from tests.curation.statuses import (
    Crew,
    bring_to,
    current,
    cut_and_publish,
    cut_ready,
    make_crew,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Crew:
    return make_crew()


def _cut(crew: Crew, version: str = "1.0.0") -> Release:
    return cut_release(version, notes="", by=crew.editor)


def _publish(crew: Crew, version: str = "1.0.0") -> Release:
    return cut_and_publish(version, by=crew.editor)


def _new_release(crew: Crew) -> Release:
    bring_to(Status.APPROVED, crew)
    return _publish(crew)


def test_a_release_lists_what_is_approved_and_what_is_still_published(crew: Crew) -> None:
    made = {status: bring_to(status, crew) for status in Status}
    approved, published = made[Status.APPROVED], made[Status.PUBLISHED]
    release = _cut(crew, "2.0.0")
    listed = {item.problem: item.revision for item in release.items.all()}
    # Making the retired problem published the approved one, which was there before.
    assert listed == {problem: current(problem) for problem in (approved, published)}
    assert broken_invariants() == {}


def test_a_release_publishes_what_was_approved_and_says_so(crew: Crew) -> None:
    problems = [bring_to(Status.APPROVED, crew) for _ in range(2)]
    release = _publish(crew)
    assert [item.problem for item in release.items.all()] == problems
    for problem in problems:
        change = problem.status_changes.latest("pk")
        said = (change.old, change.new, change.changed_by, change.comment)
        assert said == (Status.APPROVED, Status.PUBLISHED, crew.editor, "Release 1.0.0")


def test_many_problems_are_cut_and_published_in_as_many_queries_as_few(crew: Crew) -> None:
    _new_release(crew)
    asked = []
    for count, version in ((2, "1.1.0"), (4, "1.2.0")):
        new = [bring_to(Status.APPROVED, crew) for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            _publish(crew, version)
        asked.append(len(captured))
        told = HistoryEntry.objects.filter(what=What.PUBLISH, problem__in=new)
        assert [entry.problem_id for entry in told.in_order()] == [problem.pk for problem in new]
    assert asked[0] == asked[1]
    assert verify_history().number == HistoryEntry.objects.count()


@pytest.mark.skipif(not settings.IS_SQLITE, reason="PostgreSQL takes any number of parameters.")
def test_a_release_may_list_more_than_a_statement_takes_parameters(crew: Crew) -> None:
    problems = [bring_to(Status.APPROVED, crew) for _ in range(14)]
    # As few as the row of a release has columns: it takes 32,766 unless told otherwise.
    most = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 26)
    try:
        release = _publish(crew)
    finally:
        connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, most)
    assert [item.problem for item in release.items.all()] == problems


def test_if_one_of_many_was_moved_meanwhile_none_is_published(crew: Crew) -> None:
    problems = [bring_to(Status.APPROVED, crew) for _ in range(2)]
    release = cut_ready("1.0.0", by=crew.editor)
    Release.objects.filter(pk=release.pk).update(
        stage=Release.Stage.PUBLISHED, published_at=release.cut_at, published_by=crew.editor
    )
    workflow.withdraw(Problem.objects.get(pk=problems[1].pk), by=crew.author)
    with pytest.raises(WrongMomentError, match="moved this problem"):
        workflow.publish(problems, by=crew.editor, comment="Release 1.0.0")
    for problem, status in zip(problems, (Status.APPROVED, Status.WITHDRAWN), strict=True):
        problem.refresh_from_db()
        assert problem.status == status


def test_the_next_release_has_the_old_problems_as_they_were_and_the_new_ones(crew: Crew) -> None:
    first = _new_release(crew)
    new = bring_to(Status.APPROVED, crew)
    second = _publish(crew, "1.1.0")
    (old,) = first.revisions.all()
    assert list(second.items.values_list("revision", flat=True)) == [old.pk, current(new).pk]
    assert old.problem.status_changes.filter(move="publish").count() == 1


def test_what_is_retired_stays_in_its_release_and_out_of_the_next(crew: Crew) -> None:
    first = _new_release(crew)
    problem = Problem.objects.get()
    workflow.retire(problem, by=crew.editor, comment="Wrong side.")
    bring_to(Status.APPROVED, crew)
    second = _cut(crew, "1.1.0")
    assert first.items.filter(problem=problem).exists()
    assert not second.items.filter(problem=problem).exists()


@pytest.mark.parametrize("version", ["1.2.0", "1.1.9", "0.9.9", "0.0.0"])
def test_a_version_comes_after_the_latest(version: str, crew: Crew) -> None:
    bring_to(Status.APPROVED, crew)
    _publish(crew, "1.2.0")
    with pytest.raises(InvalidContentError, match=r"after 1\.2\.0"):
        _cut(crew, version)
    assert Release.objects.count() == 1


@pytest.mark.parametrize("version", ["1.10.0", "1.9.10", "2.0.0"])
def test_versions_are_compared_as_numbers(version: str, crew: Crew) -> None:
    bring_to(Status.APPROVED, crew)
    _publish(crew, "1.9.2")
    assert _cut(crew, version).version == version


@pytest.mark.parametrize("version", ["1.0", "1.0.0.0", "../1.0.0", "one", "1.0.0\n", "01.0.0", ""])
def test_what_is_no_version_is_refused_in_plain_words(version: str, crew: Crew) -> None:
    bring_to(Status.APPROVED, crew)
    with pytest.raises(InvalidContentError, match=r"looks like 1\.0\.0"):
        _cut(crew, version)


def test_the_next_minor_version_is_suggested(crew: Crew) -> None:
    assert suggested_version() == "1.0.0"
    bring_to(Status.APPROVED, crew)
    for version in ("1.9.3", "1.10.0"):
        _publish(crew, version)
    assert suggested_version() == "1.11.0"


def test_nothing_approved_is_no_release(crew: Crew, client: Client) -> None:
    bring_to(Status.SUBMITTED, crew)
    with pytest.raises(WrongMomentError, match="Nothing is approved"):
        _cut(crew)
    client.force_login(crew.editor)
    answer = client.post(reverse("curation:release_create"), {"version": "1.0.0"})
    assert answer.status_code == 409
    assert "Nothing is approved yet" in answer.content.decode()
    assert not Release.objects.exists()


def test_the_next_release_says_what_was_retired_since_the_last_and_why(crew: Crew) -> None:
    gone, stays = (bring_to(Status.APPROVED, crew) for _ in range(2))
    first = _publish(crew)
    assert "retired" not in first.card
    gone.refresh_from_db()
    workflow.retire(gone, by=crew.editor, comment="Wrong side.")
    retired_at = gone.status_changes.latest("pk").changed_at
    second = _publish(crew, "1.1.0")
    assert [item.problem for item in second.items.all()] == [stays]
    said = {
        "problem_id": str(gone.pk),
        "retired_on": retired_at.date().isoformat(),
        "reason": "Wrong side.",
    }
    assert (second.card["last_version"], second.card["retired"]) == ("1.0.0", [said])
    assert "retired" not in _cut(crew, "1.2.0").card


def test_the_card_of_a_release_lists_what_was_retired(crew: Crew, tmp_path: Path) -> None:
    gone, _ = (bring_to(Status.APPROVED, crew) for _ in range(2))
    _publish(crew)
    gone.refresh_from_db()
    workflow.retire(gone, by=crew.editor, comment="Wrong side.")
    export_release(_cut(crew, "1.1.0"), tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert f"/releases/1.0.0/problems/{gone.pk}/" in card
    assert "| Wrong side. |" in card
    assert "Release 1.0.0 had these problems" in card
