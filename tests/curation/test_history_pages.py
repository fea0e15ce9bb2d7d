"""The editors' page of the history: found by kind, person and problem, taken along as CSV."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from curation import auditing, claiming
from curation.models import HistoryEntry, Status, User, What
from curation.people import Roles, invite
from evaluation.endpoints import EndpointFacts, create_endpoint
from evaluation.models import EndpointKind
from tests.curation.statuses import Crew, bring_to, current, make_crew
from tests.factories import make_person

pytestmark = pytest.mark.django_db

_LIST = reverse("curation:history_list")
_EXPORT = reverse("curation:history_export")


@pytest.fixture
def crew(client: Client) -> Crew:
    crew = make_crew()
    client.force_login(crew.editor)
    return crew


def _numbers(answer: Any) -> list[int]:
    return [row.entry.number for row in answer.context["rows"]]


def _sign_in_often(person: User, times: int) -> None:
    for _ in range(times):
        auditing.record_sign_in(person)


def _link(answer: Any, label: str) -> str:
    """Where a link of the pager leads; empty if there is none."""
    found = re.search(rf'href="([^"]*)">{label}</a>', answer.content.decode())
    return _LIST + found[1].replace("&amp;", "&") if found else ""


def test_pages_lead_through_all_entries_and_back(client: Client, crew: Crew) -> None:
    _sign_in_often(crew.author, 59)
    answer = client.get(_LIST)
    seen = _numbers(answer)
    assert _link(answer, "Newer") == ""
    while address := _link(answer, "Older"):
        answer = client.get(address)
        seen += _numbers(answer)
    assert seen == list(range(60, 0, -1))
    back = _numbers(answer)
    while address := _link(answer, "Newer"):
        answer = client.get(address)
        back = _numbers(answer) + back
    assert sorted(back, reverse=True) == seen
    assert client.get(_link(client.get(f"{_LIST}?before=10"), "Newest")).context["rows"]


def test_a_page_after_the_start_shows_the_oldest(client: Client, crew: Crew) -> None:
    assert _numbers(client.get(f"{_LIST}?after=0")) == [1]


def test_filters_leave_what_they_name(client: Client, crew: Crew) -> None:
    problem, other = bring_to(Status.SUBMITTED, crew), bring_to(Status.APPROVED, crew)
    everything = HistoryEntry.objects.newest_first()
    of_kind = client.get(f"{_LIST}?kind=review")
    assert {row.entry.what for row in of_kind.context["rows"]} == {What.APPROVE}
    of_problem = client.get(f"{_LIST}?problem={problem.pk}")
    assert _numbers(of_problem) == [e.number for e in everything if e.problem_id == problem.pk]
    reviewer = crew.reviewers[0]
    both = client.get(f"{_LIST}?person={reviewer.pk}&kind=review&problem={other.pk}")
    assert [(row.who, row.problem) for row in both.context["rows"]] == [(reviewer, other)]


def test_who_is_asked_to_review_what_and_until_when_is_said_in_words(
    client: Client, crew: Crew
) -> None:
    problem, (asked, declining, _) = bring_to(Status.SUBMITTED, crew), crew.reviewers
    by_when = timezone.now() + timedelta(days=3)
    claiming.assign(problem, asked, by=crew.editor, due_at=by_when)
    claiming.decline(current(problem), declining)
    declined, told = client.get(f"{_LIST}?kind=review").context["rows"]
    assert (declined.entry.words, declined.who, declined.problem) == (
        "left a problem to other reviewers",
        declining,
        problem,
    )
    assert (told.entry.words, told.who, told.whom, told.problem) == (
        "asked somebody to review a problem",
        crew.editor,
        asked,
        problem,
    )
    assert told.facts == [("wanted by", f"{by_when:%Y-%m-%d}")]
    assert f"<span>{asked}:</span>" in client.get(f"{_LIST}?person={crew.editor.pk}").text


def test_a_page_of_a_filtered_list_stays_filtered(client: Client, crew: Crew) -> None:
    _sign_in_often(crew.author, 30)
    bring_to(Status.SUBMITTED, crew)
    answer = client.get(f"{_LIST}?person={crew.author.pk}&kind=sign_in")
    rest = client.get(_link(answer, "Older"))
    assert len(rest.context["rows"]) == 5
    assert {row.who for row in rest.context["rows"]} == {crew.author}


def test_nothing_found_is_said(client: Client, crew: Crew) -> None:
    assert "No entry is like this" in client.get(f"{_LIST}?kind=import").content.decode()


@pytest.mark.parametrize(
    "asked",
    [
        "kind=gossip", "person=0", "person=x", "problem=17", "before=0", "before=x",
        "after=-1", f"before={'9' * 30}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("address", [_LIST, _EXPORT])
def test_what_is_no_filter_is_refused_in_words(
    asked: str, address: str, client: Client, crew: Crew
) -> None:
    answer = client.get(f"{address}?{asked}")
    assert answer.status_code == 422
    assert "Choose again below" in answer.content.decode()


def test_times_are_exact_and_who_did_what_is_in_words(client: Client, crew: Crew) -> None:
    bring_to(Status.RETIRED, crew)
    page = client.get(_LIST).content.decode()
    at = HistoryEntry.objects.newest_first()[0].at
    assert f"{at.day} {at:%b %Y, %H:%M:%S}</time>" in page
    assert "Retired a problem" in page
    assert "What does this image show?" in page


def test_what_is_told_of_is_named_as_readers_know_it(client: Client, crew: Crew) -> None:
    bring_to(Status.PUBLISHED, crew)
    facts = EndpointFacts(name="Random", kind=EndpointKind.RANDOM_EXAMPLE)
    endpoint = create_endpoint(facts, by=crew.editor)
    invite("new@example.org", roles=Roles(is_author=True), by=crew.editor)
    invited, added, published = client.get(_LIST).context["rows"][:3]
    assert invited.facts == [("author", "yes"), ("editor", "no"), ("reviewer", "no")]
    assert added.subject == f"Endpoint {endpoint.pk}"
    assert ("name", "Random") in added.facts
    assert ("key variable", "none") in added.facts
    assert (published.subject, published.facts) == ("Release 1.0.0", [("new problems", "1")])


def test_the_person_of_the_filter_stays_chosen(client: Client, crew: Crew) -> None:
    page = client.get(f"{_LIST}?person={crew.author.pk}").content.decode()
    chosen = re.findall(r'<option value="([0-9]*)" selected>([^<]*)</option>', page)
    assert chosen == [(str(crew.author.pk), crew.author.name)]


def test_who_fails_to_sign_in_has_done_nothing_here(client: Client, crew: Crew) -> None:
    auditing.record_failed_sign_in(None, crew.author.email)
    first = client.get(_LIST).context["rows"][0]
    assert (first.who, first.whom) == (None, crew.author)
    assert _numbers(client.get(f"{_LIST}?person={crew.author.pk}")) == [first.entry.number]


def test_the_number_of_queries_does_not_grow(client: Client, crew: Crew) -> None:
    bring_to(Status.SUBMITTED, crew)
    client.get(_LIST)
    counts = set()
    for status in (Status.RETIRED, Status.APPROVED, Status.REJECTED):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(_LIST)
        counts.add(len(queries))
        bring_to(status, make_crew())
        make_person()
    assert len(counts) == 1
    assert counts.pop() <= 10


def _table(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_export_holds_what_the_filters_leave_and_is_told(client: Client, crew: Crew) -> None:
    bring_to(Status.SUBMITTED, crew)
    table = _table(client.get(f"{_EXPORT}?kind=move"))
    entry = HistoryEntry.objects.get(what=What.SUBMIT)
    assert len(table) == 1
    assert table[0]["sha256"] == entry.sha256
    assert datetime.fromisoformat(table[0]["at"]) == entry.at.astimezone(UTC)
    told = HistoryEntry.objects.newest_first()[0]
    assert (told.what, told.person) == (What.HISTORY_EXPORTED, crew.editor)


def test_to_ask_about_the_export_takes_nothing_along(client: Client, crew: Crew) -> None:
    count = HistoryEntry.objects.count()
    client.head(_EXPORT)
    assert HistoryEntry.objects.count() == count


def test_no_cell_of_the_export_can_become_a_formula(client: Client, crew: Crew) -> None:
    evil = make_person("=cmd|'calc'!a1@example.org")
    with transaction.atomic():
        HistoryEntry.objects.record(What.SIGNED_IN, by=evil, note="=1+1")
    row = _table(client.get(f"{_EXPORT}?person={evil.pk}"))[0]
    assert row["person"].startswith("'=")
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())


def test_what_names_hold_is_shown_as_text(client: Client, crew: Crew) -> None:
    with transaction.atomic():
        HistoryEntry.objects.record(
            What.ENDPOINT_ADDED,
            by=make_person(name="<script>alert(1)</script>"),  # also among the filter's people
            name="<img src=x onerror=alert(2)>",
        )
    page = client.get(_LIST).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
