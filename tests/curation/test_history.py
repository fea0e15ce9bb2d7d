"""The history: appended with what it tells of, or not at all, and of whatever must be told."""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from curation import auditing, claiming, exporting, importing, instructing, people, releases
from curation.errors import WrongMomentError
from curation.models import (
    ChainEnd,
    FailedSignIns,
    HistoryEntry,
    HistoryKind,
    Import,
    ImportRow,
    Move,
    Problem,
    Release,
    Status,
    StatusChange,
    User,
    Verdict,
    What,
)
from curation.people import Roles
from curation.tasks import write_release
from curation.verifying import verify_history
from evaluation.endpoints import EndpointFacts, create_endpoint, update_endpoint
from evaluation.models import EndpointKind
from tests.curation.cast import Cast
from tests.curation.importers import bring_checked, files_of
from tests.curation.statuses import bring_to, current, judge, make_crew
from tests.factories import make_editor, make_person

_PASSWORD = "seven quiet lungs"


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    cache.clear()


def _whats() -> list[str]:
    return list(HistoryEntry.objects.in_order().values_list("what", flat=True))


def _last() -> HistoryEntry:
    return HistoryEntry.objects.newest_first()[0]


def _member() -> User:
    person = make_person("member@example.org", is_author=True)
    person.set_password(_PASSWORD)
    person.save()
    return person


@pytest.mark.parametrize("move", Move)
def test_every_move_has_its_words(move: Move) -> None:
    assert What(f"move.{move}").kind is HistoryKind.MOVE


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_its_words(verdict: Verdict) -> None:
    assert What(f"review.{verdict}").kind is HistoryKind.REVIEW


@pytest.mark.parametrize("what", What)
def test_all_that_is_told_of_is_of_a_kind_and_fits_its_column(what: What) -> None:
    assert what.kind in HistoryKind
    assert len(what) <= (HistoryEntry._meta.get_field("what").max_length or 0)


@pytest.mark.django_db
def test_a_published_problem_has_told_its_whole_way() -> None:
    crew = make_crew()
    problem = bring_to(Status.RETIRED, crew)
    assert list(HistoryEntry.objects.of_problem(problem.pk).in_order().values_list("what")) == [
        ("move.submit",),
        ("review.approve",),
        ("review.approve",),
        ("move.approve",),
        ("move.publish",),
        ("move.retire",),
    ]
    retired = _last()
    assert retired.person == crew.editor
    assert (retired.details["from"], retired.details["to"]) == ("published", "retired")
    assert [entry.number for entry in HistoryEntry.objects.in_order()] == list(
        range(1, HistoryEntry.objects.count() + 1)
    )


@pytest.mark.django_db
def test_a_problem_s_status_says_what_its_last_move_was_told_to_be() -> None:
    crew = make_crew()
    for status in Status:
        problem = bring_to(status, crew)
        moves = HistoryEntry.objects.of_problem(problem.pk).of_kind(HistoryKind.MOVE)
        last = moves.newest_first().first()
        assert (last.details["to"] if last else Status.DRAFT) == problem.status
    assert verify_history().number == HistoryEntry.objects.count()


@pytest.mark.usefixtures("committed_db")
def test_what_is_taken_back_is_not_told() -> None:
    crew = make_crew()
    problem = bring_to(Status.SUBMITTED, crew)
    before = str(ChainEnd.objects.get())
    with pytest.raises(RuntimeError, match="power"), transaction.atomic():
        judge(problem, crew.reviewers[0], Verdict.APPROVE)
        raise RuntimeError("no power")
    assert str(ChainEnd.objects.get()) == before
    assert verify_history().number == 1


@pytest.mark.usefixtures("committed_db")
def test_what_cannot_be_told_is_not_done() -> None:
    crew = make_crew()
    problem = bring_to(Status.SUBMITTED, crew)
    with connection.cursor() as cursor:  # no move can be entered after this one
        cursor.execute("ALTER TABLE curation_chainend RENAME TO gone")
    try:
        with pytest.raises(Exception, match="curation_chainend"):
            judge(problem, crew.reviewers[0], Verdict.REQUEST_CHANGES, "Which side?")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE gone RENAME TO curation_chainend")
    assert Problem.objects.get().status == Status.SUBMITTED
    assert StatusChange.objects.count() == 1
    assert not problem.status_changes.get().problem.current_revision.reviews.exists()  # type: ignore[union-attr]  # it was submitted


@pytest.mark.usefixtures("committed_db")
def test_nothing_is_told_outside_of_a_transaction() -> None:
    with pytest.raises(transaction.TransactionManagementError, match="inside the transaction"):
        HistoryEntry.objects.record(What.SIGNED_IN, by=None)
    assert not HistoryEntry.objects.exists()


@pytest.mark.usefixtures("committed_db")
def test_many_who_append_at_once_make_one_chain_without_gaps() -> None:
    at_once, each = 8, 25
    people = [make_person() for _ in range(at_once)]
    barrier = threading.Barrier(at_once)

    def append(person: User) -> None:
        connection.ensure_connection()
        barrier.wait()
        try:
            for _ in range(each):
                auditing.record_sign_in(person)
        finally:
            connection.close()

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(append, people))
    assert verify_history().number == at_once * each
    counts = Counter(HistoryEntry.objects.values_list("person", flat=True))
    assert counts == {person.pk: each for person in people}


@pytest.mark.django_db
def test_an_entry_costs_three_queries(django_assert_num_queries: Any) -> None:
    person = make_person()
    with django_assert_num_queries(3):
        HistoryEntry.objects.record(What.SIGNED_IN, by=person, subject=person)


@pytest.mark.django_db
def test_signing_in_and_out_is_told(client: Client) -> None:
    person = _member()
    client.post("/accounts/login/", {"login": person.email, "password": _PASSWORD})
    client.post("/accounts/logout/")
    assert _whats() == [What.SIGNED_IN, What.SIGNED_OUT]
    assert {entry.person for entry in HistoryEntry.objects.all()} == {person}


@pytest.mark.django_db
def test_a_stranger_s_sign_out_is_nothing_to_tell(client: Client) -> None:
    client.logout()
    assert _whats() == []


def _guess(email: str, address: str = "198.51.100.2", times: int = 1) -> None:
    for _ in range(times):
        request = RequestFactory().post("/accounts/login/", REMOTE_ADDR=address)
        assert authenticate(request, email=email, password="eight quiet lungs") is None


@pytest.mark.django_db
def test_failures_are_counted_and_told_whenever_their_number_doubles() -> None:
    person = _member()
    _guess(person.email, times=9)
    told = HistoryEntry.objects.in_order()
    assert [entry.details["times_today"] for entry in told] == [1, 2, 4, 8]
    assert {entry.person for entry in told} == {person}
    assert FailedSignIns.objects.get().count == 9


@pytest.mark.django_db
def test_failures_are_counted_for_each_account_and_each_place() -> None:
    person = _member()
    _guess(person.email, "198.51.100.2", times=2)
    _guess(person.email, "198.51.100.3")
    _guess("nobody@example.org", "198.51.100.2")
    first, _, elsewhere, unknown = HistoryEntry.objects.in_order()
    assert unknown.person is None
    assert first.details["client"] == unknown.details["client"] != elsewhere.details["client"]
    assert FailedSignIns.objects.count() == 3


@pytest.mark.django_db
def test_a_failed_sign_in_keeps_neither_what_was_typed_nor_from_where() -> None:
    _guess("my password in the wrong field", "198.51.100.77")
    kept = json.dumps(
        [*HistoryEntry.objects.values(), *FailedSignIns.objects.values()], default=str
    )
    assert "wrong field" not in kept
    assert "198.51.100" not in kept
    assert "quiet lungs" not in kept


@pytest.mark.django_db
def test_a_failure_without_a_request_is_told_too() -> None:
    assert authenticate(email="nobody@example.org", password="x") is None
    assert _last().what == What.SIGN_IN_FAILED


@pytest.mark.django_db
def test_the_counts_of_earlier_days_are_forgotten() -> None:
    _guess("nobody@example.org")
    FailedSignIns.objects.update(on="2020-01-01")
    _guess("nobody@example.org")
    assert FailedSignIns.objects.get().count == 1


@pytest.mark.django_db
def test_inviting_and_joining_is_told_with_the_roles_and_without_the_link() -> None:
    editor = make_editor()
    invitation, token = people.invite(
        "new@example.org", roles=Roles(is_author=True, is_reviewer=True), by=editor
    )
    invited = _last()
    assert (invited.what, invited.person) == (What.INVITED, editor)
    assert invited.details == {"is_author": True, "is_reviewer": True, "is_editor": False}
    joined = people.accept_invitation(invitation, name="New", password=_PASSWORD)
    assert _whats()[1:] == [What.ADDED, What.JOINED]
    assert _last().person == joined
    kept = json.dumps(list(HistoryEntry.objects.values()), default=str)
    assert not any(secret in kept for secret in (token, invitation.token_sha256, "new@example.org"))


@pytest.mark.django_db
def test_an_edition_of_the_instructions_is_told() -> None:
    editor = make_editor()
    edition = instructing.Edition(text="Write well.")
    instructing.edit_instructions(edition, started_from=None, by=editor)
    assert (_last().what, _last().person) == (What.INSTRUCTIONS_EDITED, editor)


_MODEL: dict[str, Any] = {
    "name": "A model",
    "kind": EndpointKind.OPENAI_COMPATIBLE,
    "base_url": "https://models.example.org/v1",
    "model": "m",
    "key_variable": "MODEL_KEY_A",
}


@pytest.mark.django_db
def test_where_a_key_goes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_KEY_A", "sk-the-key-itself")
    editor, other = make_editor(), make_editor()
    endpoint = create_endpoint(EndpointFacts(**_MODEL), by=editor)
    assert (_last().what, _last().person) == (What.ENDPOINT_ADDED, editor)
    moved = EndpointFacts(**_MODEL | {"base_url": "https://b.example.org/v1"})
    update_endpoint(endpoint, moved, by=other)
    changed = _last()
    assert (changed.what, changed.person) == (What.ENDPOINT_CHANGED, other)
    assert changed.details["address"] == "https://b.example.org/v1"
    assert changed.details["key_variable"] == ""
    assert "sk-the-key" not in json.dumps(list(HistoryEntry.objects.values()), default=str)


@pytest.mark.django_db
def test_a_new_limit_of_an_endpoint_is_nothing_to_tell() -> None:
    editor = make_editor()
    endpoint = create_endpoint(EndpointFacts(**_MODEL), by=editor)
    update_endpoint(endpoint, EndpointFacts(**_MODEL | {"max_concurrency": 2}), by=editor)
    assert _whats() == [What.ENDPOINT_ADDED]


@pytest.mark.django_db
def test_a_release_tells_of_its_cut_its_files_and_who_took_them(client: Client) -> None:
    crew = make_crew()
    bring_to(Status.APPROVED, crew)
    release = releases.cut_release("1.0.0", notes="", by=crew.editor)
    cut = _last()
    assert (cut.what, cut.person, cut.details["problems"]) == (What.RELEASE_CUT, crew.editor, 1)
    write_release(release.pk)
    assert _last().what == What.RELEASE_WRITTEN
    assert _last().details == {"version": release.version, "files": release.files.count()}
    releases.publish_release(release, by=crew.editor)
    assert (_last().what, _last().person) == (What.RELEASE_PUBLISHED, crew.editor)
    client.force_login(crew.author)
    address = reverse("curation:release_file", args=[release.version, "manifest.json"])
    list(client.head(address))  # read to its end, for closing it ends the test's transaction
    assert _last().what == What.SIGNED_IN
    assert b"".join(client.get(address))
    assert (_last().what, _last().person) == (What.DOWNLOADED, crew.author)
    assert _last().details == {"version": release.version, "path": "manifest.json"}


@pytest.mark.django_db
def test_who_is_asked_to_review_and_who_would_rather_not_is_told() -> None:
    crew = make_crew()
    problem = bring_to(Status.SUBMITTED, crew)
    asked, declining, _ = crew.reviewers
    before = len(_whats())
    by_when = timezone.now() + timedelta(days=3)
    for due_at in (None, None, by_when):
        assignment = claiming.assign(problem, asked, by=crew.editor, due_at=due_at)
    for _ in range(2):
        claiming.decline(current(problem), declining)
        claiming.unassign(assignment, by=crew.editor)
    told = list(HistoryEntry.objects.in_order())[before:]
    assert [(one.what, one.person, one.subject_id) for one in told] == [
        (What.ASKED, crew.editor, str(asked.pk)),
        (What.ASKED, crew.editor, str(asked.pk)),
        (What.DECLINED, declining, str(current(problem).pk)),
        (What.ASKED_NO_MORE, crew.editor, str(asked.pk)),
    ]
    assert {one.problem_id for one in told} == {problem.pk}
    assert [one.details.get("wanted_by") for one in told[:2]] == [None, f"{by_when:%Y-%m-%d}"]
    assert {one.kind for one in told} == {HistoryKind.REVIEW}
    assert verify_history().number == len(_whats())


@pytest.mark.django_db
def test_a_failed_release_and_its_second_try_are_told() -> None:
    crew = make_crew()
    bring_to(Status.APPROVED, crew)
    release = releases.cut_release("1.0.0", notes="", by=crew.editor)
    Release.objects.update(attempts=3)
    exporting.write_release(release)
    assert _last().what == What.RELEASE_FAILED
    exporting.retry_release(release, by=crew.editor)
    assert (_last().what, _last().person) == (What.RELEASE_RETRIED, crew.editor)
    with pytest.raises(WrongMomentError):
        exporting.retry_release(release, by=crew.editor)
    assert _whats().count(What.RELEASE_RETRIED) == 1


@pytest.mark.django_db
def test_an_export_at_the_machine_itself_is_told(tmp_path: Any) -> None:
    bring_to(Status.PUBLISHED, make_crew())
    call_command("export_release", Release.objects.get().version, to=tmp_path / "new")
    assert (_last().what, _last().person) == (What.EXPORTED, None)


@pytest.mark.django_db
def test_an_import_tells_of_its_start_and_its_end() -> None:
    author = make_person(is_author=True)
    batch: Import = bring_checked(author, files_of("a"))
    importing.start_importing(batch)
    importing.work_import(batch)
    assert _whats() == [What.IMPORT_STARTED, What.IMPORT_FINISHED]
    assert batch.rows.in_status(ImportRow.Status.IMPORTED).count() == 1
    assert (_last().details, _last().person) == ({"problems": 1}, author)


@pytest.mark.django_db
def test_a_cancelled_import_is_told() -> None:
    batch = bring_checked(make_person(is_author=True), files_of("a"))
    importing.cancel_import(batch)
    assert _whats() == [What.IMPORT_CANCELLED]


@pytest.mark.django_db
def test_no_entry_holds_an_answer_or_a_comment() -> None:
    crew = make_crew()
    problem = bring_to(Status.SUBMITTED, crew)
    answers = set(problem.panels.values_list("answer", flat=True))
    judge(problem, crew.reviewers[0], Verdict.REQUEST_CHANGES, "Dr. Zyx never saw this canary.")
    kept = json.dumps(list(HistoryEntry.objects.values()), default=str)
    assert answers
    assert not any(answer in kept for answer in answers)
    assert "canary" not in kept


@pytest.mark.django_db
def test_a_problem_that_is_gone_does_not_hinder_the_page(client: Client) -> None:
    cast = Cast()
    with transaction.atomic():
        HistoryEntry.objects.record(
            What.SUBMIT, by=cast.author, problem_id=cast.draft.pk, to="submitted"
        )
    cast.draft.delete()
    client.force_login(cast.editor)
    with CaptureQueriesContext(connection):
        assert client.get(reverse("curation:history_list")).status_code == 200
