"""Notices on pages: the bell, the list, preferences, the link that ends e-mails."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.mailing import unsubscribe_link
from curation.models import MailChoice, Notice, NoticeKind, Rhythm, User
from tests.factories import make_person

pytestmark = pytest.mark.django_db

_LIST = "/notices/"


@pytest.fixture
def person(client: Client) -> User:
    """Somebody who is logged in."""
    person = make_person()
    client.force_login(person)
    return person


def _tell(person: User, **said: str) -> Notice:
    told = {"about": "What is it?", "text": "It was done.", "address": "/releases/"} | said
    Notice.objects.tell([person], kind=NoticeKind.RETURNED, **told)  # type: ignore[arg-type]  # all of them are texts
    return Notice.objects.to(person).latest("pk")


def _page(client: Client, address: str = _LIST) -> str:
    return client.get(address).content.decode()


def test_every_page_counts_what_is_unread(client: Client, person: User) -> None:
    home = reverse("curation:home")
    assert "unread" not in _page(client, home)
    for _ in range(3):
        _tell(person)
    assert '<span class="count">3</span>' in _page(client, home)
    for _ in range(100):
        _tell(person)
    assert '<span class="count">99+</span>' in _page(client, home)


def test_a_stranger_s_page_has_no_bell(client: Client) -> None:
    assert 'id="bell"' not in _page(client, reverse("account_login"))


def test_the_list_shows_what_is_wanted_and_what_was_said_escaped(
    client: Client, person: User
) -> None:
    _tell(person, quote="<b>Which side?</b>")
    page = _page(client)
    assert "&lt;b&gt;Which side?&lt;/b&gt;" in page
    assert "mend it and submit it again" in page
    assert "What is it?" in page


def test_opening_a_notice_marks_it_as_read_and_leads_there(client: Client, person: User) -> None:
    notice = _tell(person)
    answer = client.post(f"{_LIST}{notice.pk}/read/", {"go": "yes"})
    assert answer["Location"] == "/releases/"
    assert not Notice.objects.to(person).unread().exists()
    assert '<a href="/releases/">What is it?</a>' in _page(client)


def test_looking_at_the_list_marks_nothing(client: Client, person: User) -> None:
    _tell(person)
    _page(client)
    assert Notice.objects.to(person).unread().exists()


def test_another_person_s_notice_is_not_found(client: Client, person: User) -> None:
    notice = _tell(make_person())
    assert client.post(f"{_LIST}{notice.pk}/read/").status_code == 404
    assert "What is it?" not in _page(client)
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_that_the_page_showed_is_marked_but_nothing_newer(client: Client, person: User) -> None:
    shown = _tell(person)
    newer = _tell(person)
    answer = client.post(reverse("curation:notices_read"), {"until": shown.pk})
    assert answer["Location"] == _LIST
    assert list(Notice.objects.to(person).unread()) == [newer]


@pytest.mark.parametrize("until", ["", "x", "-1", "9" * 30])
def test_marking_all_needs_to_know_what_the_page_showed(
    until: str, client: Client, person: User
) -> None:
    _tell(person)
    answer = client.post(reverse("curation:notices_read"), {"until": until})
    assert answer.status_code == 400
    assert Notice.objects.to(person).unread().exists()


def test_htmx_gets_the_list_and_the_bell(client: Client, person: User) -> None:
    first, _ = _tell(person), _tell(person)
    answer = client.post(f"{_LIST}{first.pk}/read/", headers={"hx-request": "true"})
    page = answer.content.decode()
    assert "<html" not in page
    assert 'hx-swap-oob="true"' in page
    assert '<span class="count">1</span>' in page


def test_a_long_list_asks_the_database_as_often_as_a_short_one(
    client: Client, person: User
) -> None:
    counts = []
    for number in (2, 60):
        for _ in range(number):
            _tell(person)
        with CaptureQueriesContext(connection) as asked:
            _page(client)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert "1 to 25 of 62 notices" in _page(client)
    assert "51 to 62 of 62 notices" in _page(client, f"{_LIST}?page=3")


@pytest.mark.parametrize("rhythm", list(Rhythm))
def test_a_person_chooses_how_often_mails_come(
    rhythm: Rhythm, client: Client, person: User
) -> None:
    address = reverse("curation:notice_preferences")
    assert 'value="daily" id="id_rhythm_1" checked' in _page(client, address).replace(
        "required ", ""
    )
    answer = client.post(address, {"rhythm": rhythm})
    assert answer["Location"] == address
    assert MailChoice.objects.rhythm_of(person) is rhythm


def test_an_unknown_rhythm_is_refused(client: Client, person: User) -> None:
    answer = client.post(reverse("curation:notice_preferences"), {"rhythm": "hourly"})
    assert answer.status_code == 422
    assert not MailChoice.objects.exists()


def _link(person: User) -> str:
    return unsubscribe_link(person).removeprefix("http://127.0.0.1:8000")


def test_one_click_ends_the_mails_without_a_login_or_a_token() -> None:
    person = make_person()
    mail_program = Client(enforce_csrf_checks=True)
    answer = mail_program.post(_link(person), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert MailChoice.objects.rhythm_of(person) is Rhythm.NONE
    assert mail_program.post(_link(person)).status_code == 200


def test_following_the_link_alone_ends_nothing(client: Client) -> None:
    person = make_person()
    page = _page(client, _link(person))
    assert "End the e-mails" in page
    assert person.email not in page
    assert MailChoice.objects.rhythm_of(person) is Rhythm.DAILY


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_made_up_link_ends_nothing(method: str, client: Client) -> None:
    person = make_person()
    address = reverse("curation:unsubscribe", args=[f"{person.pk}:forged"])
    answer = getattr(client, method)(address)
    assert answer.status_code == 404
    assert "ends nothing" in answer.content.decode()
    assert not MailChoice.objects.exists()
