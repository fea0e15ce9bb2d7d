"""A draft that was never submitted can be thrown away; nothing else can."""

import pytest
from django.test import Client
from django.urls import reverse

from curation import arranging, workflow
from curation.discarding import discard
from curation.errors import WrongMomentError
from curation.models import DraftRevision, HistoryEntry, Image, Problem, User, What
from curation.verifying import verify_history
from tests.factories import make_person, make_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(client: Client) -> User:
    person = make_person(is_author=True)
    client.force_login(person)
    return person


def _address(problem: Problem) -> str:
    return reverse("curation:problem_discard", args=[problem.pk])


def test_the_page_says_what_is_lost_and_the_button_throws_it_away(
    client: Client, author: User
) -> None:
    problem, other = make_problem(author), make_problem(author)
    arranging.remove_panel(problem.panels.in_order()[0])
    images = set(Image.objects.values_list("pk", flat=True))
    overview = client.get(reverse("curation:problem_overview", args=[problem.pk]))
    assert _address(problem) in overview.content.decode()
    page = client.get(_address(problem)).content.decode()
    assert "these panels with their questions and answers" in page
    assert Problem.objects.filter(pk=problem.pk).exists()
    answer = client.post(_address(problem), follow=True)
    assert "The draft is thrown away." in answer.content.decode()
    assert list(Problem.objects.all()) == [other]
    assert set(Image.objects.values_list("pk", flat=True)) == images
    entry = HistoryEntry.objects.of_problem(problem.pk).get()
    assert (entry.what, entry.person, entry.details) == (What.DISCARD, author, {"panels": 3})
    verify_history()
    assert client.post(_address(problem)).status_code == 404


def test_the_history_page_shows_a_draft_that_is_gone(client: Client, author: User) -> None:
    discard(make_problem(author), by=author)
    client.force_login(make_person(is_editor=True))
    page = client.get(reverse("curation:history_list")).content.decode()
    assert "Threw away a draft that was never submitted" in page


def test_what_was_submitted_once_stays(client: Client, author: User) -> None:
    problem = make_problem(author)
    workflow.submit(problem, by=author, version=problem.version)
    assert client.post(_address(problem)).status_code == 409
    workflow.withdraw(problem, by=author)
    workflow.reopen(problem, by=author)
    assert client.get(_address(problem)).status_code == 409
    assert client.post(_address(problem)).status_code == 409
    overview = client.get(reverse("curation:problem_overview", args=[problem.pk]))
    assert _address(problem) not in overview.content.decode()
    assert Problem.objects.filter(pk=problem.pk).exists()


def test_what_was_tried_goes_too_and_the_page_says_so(client: Client, author: User) -> None:
    problem = make_problem(author)
    DraftRevision.objects.frozen(problem, by=author)
    assert "A model was asked about it." in client.get(_address(problem)).content.decode()
    assert client.post(_address(problem)).status_code == 302
    assert not DraftRevision.objects.exists()
    entry = HistoryEntry.objects.of_problem(problem.pk).get()
    assert entry.details == {"panels": 4, "wordings_tried": 1}
    verify_history()


def test_a_draft_is_thrown_away_once(author: User) -> None:
    problem = make_problem(author)
    again = Problem.objects.get(pk=problem.pk)
    discard(problem, by=author)
    with pytest.raises(WrongMomentError, match="already"):
        discard(again, by=author)


def test_only_its_author_may(client: Client) -> None:
    problem = make_problem()
    client.force_login(make_person(is_author=True))
    assert client.post(_address(problem)).status_code == 404
    client.force_login(make_person(is_author=True, is_editor=True))
    assert client.post(_address(problem)).status_code == 403
