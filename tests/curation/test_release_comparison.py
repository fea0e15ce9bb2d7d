"""What is different between two releases."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation import workflow
from curation.composing import Choice
from curation.models import Problem, Release, Status
from curation.releases import cut_release, suggested_version
from tests.curation.held_out import SECRET, make_kept, told
from tests.curation.releasing import yank
from tests.curation.statuses import Crew, bring_to, cut_and_publish, make_crew
from tests.factories import make_editor

pytestmark = pytest.mark.django_db

_KINDS = ("added", "changed", "left_out", "retired", "held_out")


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture
def problems(crew: Crew) -> dict[str, Problem]:
    """Two releases: what the first has alone, what the second has alone, what both have."""
    both, left_out, gone = (bring_to(Status.APPROVED, crew) for _ in range(3))
    cut_and_publish("1.0.0", by=crew.editor)
    gone.refresh_from_db()
    workflow.retire(gone, by=crew.editor, comment="Wrong side.")
    new = bring_to(Status.APPROVED, crew)
    choice = Choice(left_out=frozenset({left_out.pk}))
    cut_and_publish("1.1.0", by=crew.editor, choice=choice, held_out_percent=90)
    return {"both": both, "left_out": left_out, "retired": gone, "added": new, "held_out": new}


def _compared(client: Client, kind: str, **asked: str) -> list[Problem]:
    address = reverse("curation:release_compare")
    answer = client.get(address, {"kind": kind, **asked})
    assert answer.status_code == 200
    return [item.problem for item in answer.context["page"]]


@pytest.mark.parametrize("kind", ["added", "left_out", "retired", "held_out"])
def test_each_difference_is_listed_as_what_it_is(
    kind: str, problems: dict[str, Problem], crew: Crew, client: Client
) -> None:
    client.force_login(crew.author)
    assert _compared(client, kind) == [problems[kind]]
    assert _compared(client, kind, before="1.1.0", after="1.0.0") == [problems[kind]]
    assert _compared(client, "changed") == []


def test_a_release_does_not_differ_from_itself(
    problems: dict[str, Problem], crew: Crew, client: Client
) -> None:
    client.force_login(crew.author)
    for kind in _KINDS:
        assert _compared(client, kind, before="1.1.0", after="1.1.0") == []
    assert problems


def test_the_page_says_why_something_was_retired(
    problems: dict[str, Problem], crew: Crew, client: Client
) -> None:
    client.force_login(crew.author)
    page = client.get(reverse("curation:release_compare"), {"kind": "retired"}).content.decode()
    assert "Wrong side." in page
    assert reverse("curation:problem_overview", args=[problems["retired"].pk]) in page


@pytest.mark.parametrize("kind", ["added", "left_out", "retired", "held_out"])
def test_strangers_compare_what_is_public(
    kind: str, problems: dict[str, Problem], client: Client
) -> None:
    assert _compared(client, kind) == [problems[kind]]
    version = "1.0.0" if kind in {"left_out", "retired"} else "1.1.0"
    page = client.get(reverse("curation:release_compare"), {"kind": kind}).content.decode()
    assert reverse("curation:release_problem", args=[version, problems[kind].pk]) in page
    overview = reverse("curation:problem_overview", args=[problems[kind].pk])
    assert f'href="{overview}"' not in page


@pytest.mark.usefixtures("problems")
def test_strangers_find_the_way_to_the_difference(client: Client) -> None:
    page = client.get(reverse("curation:release_detail", args=["1.1.0"])).content.decode()
    assert f"{reverse('curation:release_compare')}?after=1.1.0" in page


@pytest.mark.usefixtures("problems")
def test_strangers_compare_nothing_that_is_for_members(client: Client) -> None:
    Release.objects.filter(version="1.1.0").update(is_public=False)
    address = reverse("curation:release_compare")
    assert "Nothing to compare yet" in client.get(address).content.decode()
    cut_and_publish("1.2.0", by=make_editor())
    for asked in ({"after": "1.1.0"}, {"before": "1.1.0"}):
        answer = client.get(address, asked)
        assert answer.status_code == 422
        assert "rows" not in answer.context


def test_strangers_are_not_told_what_is_held_out(client: Client) -> None:
    kept = make_kept()
    bring_to(Status.APPROVED, kept.crew)
    later = cut_and_publish(suggested_version(), by=kept.crew.editor)
    asked = {"before": kept.release.version, "after": later.version}
    revision = kept.problem.current_revision
    assert revision is not None
    kept.problem.refresh_from_db()
    workflow.retire(kept.problem, by=kept.crew.editor, comment=f"It was {SECRET}.")
    last = cut_and_publish(suggested_version(), by=kept.crew.editor)
    for versions in (asked, {"before": kept.release.version, "after": last.version}):
        for kind in _KINDS:
            answer = client.get(reverse("curation:release_compare"), {**versions, "kind": kind})
            assert told(answer.content.decode()) == []
            assert revision.sha256 not in answer.content.decode()
    page = client.get(reverse("curation:release_compare"), {"kind": "retired", **versions})
    assert "not said: its answer is held out" in page.content.decode()


@pytest.mark.usefixtures("problems")
def test_pictures_of_what_was_yanked_are_not_shown(client: Client) -> None:
    for is_yanked in (False, True):
        if is_yanked:
            yank(Release.objects.get(version="1.1.0"))
        page = client.get(reverse("curation:release_compare"), {"kind": "added"}).content.decode()
        assert ("<img" in page) != is_yanked


@pytest.mark.usefixtures("problems")
def test_an_unknown_release_is_refused_in_words(crew: Crew, client: Client) -> None:
    client.force_login(crew.author)
    for asked in ({"after": "9.9.9"}, {"before": "one"}, {"after": "\x00"}):
        answer = client.get(reverse("curation:release_compare"), asked)
        assert answer.status_code == 422
        assert "not one of the available choices" in answer.content.decode()


@pytest.mark.usefixtures("problems")
def test_drafts_are_compared_by_editors_alone(crew: Crew, client: Client) -> None:
    cut_release("1.2.0", notes="", by=crew.editor)
    address = reverse("curation:release_compare")
    for person, status in ((crew.author, 422), (crew.editor, 200)):
        client.force_login(person)
        assert client.get(address, {"after": "1.2.0"}).status_code == status
    answer = client.get(address, {"after": "1.2.0"})
    assert (answer.context["before"].version, answer.context["after"].version) == ("1.1.0", "1.2.0")


def test_with_one_release_there_is_nothing_to_compare(crew: Crew, client: Client) -> None:
    client.force_login(crew.author)
    address = reverse("curation:release_compare")
    assert "Nothing to compare yet" in client.get(address).content.decode()
    bring_to(Status.PUBLISHED, crew)
    assert "Nothing to compare yet" in client.get(address).content.decode()


def test_comparing_asks_the_database_as_often_for_many_problems_as_for_few(
    crew: Crew, client: Client
) -> None:
    bring_to(Status.PUBLISHED, crew)
    client.force_login(crew.author)
    counts = []
    for size in (1, 4):
        for _ in range(size):
            bring_to(Status.APPROVED, crew)
        cut_and_publish(f"2.{size}.0", by=crew.editor)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("curation:release_compare"), {"kind": "added"})
        counts.append(len(captured))
    assert counts[0] == counts[1]
