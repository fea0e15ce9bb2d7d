"""Notices by e-mail: what they say, when they come, and a mail server that fails."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import Message

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from config.schedule import BEAT_SCHEDULE
from curation import tasks, workflow
from curation.mailing import (
    choose_rhythm,
    find_subscriber,
    mail_notices,
    take_mailing,
    unsubscribe_link,
)
from curation.models import (
    Claim,
    Comment,
    Mailing,
    Notice,
    NoticeKind,
    Rhythm,
    Status,
    User,
    Verdict,
)
from curation.notifications import mark_read
from tests.curation.mail_server import MailServer, running_mail_server
from tests.curation.statuses import bring_to, current, judge, make_crew
from tests.factories import make_person

_HOUR = 6
_YESTERDAY = datetime(2026, 5, 3, 15, tzinfo=UTC)
_MORNING = datetime(2026, 5, 4, _HOUR, 5, tzinfo=UTC)
_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_six(settings: Settings) -> None:
    settings.DIGEST_HOUR = _HOUR
    cache.clear()


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with running_mail_server() as server:
        settings.MAILERS = server.mailers
        yield server


def _tell(person: User, text: str = "It was done.", at: datetime = _YESTERDAY) -> Notice:
    """A notice that was told at a moment."""
    kind = NoticeKind.COMMENT
    Notice.objects.tell([person], kind=kind, about="What is it?", text=text, address="/notices/")
    notice = Notice.objects.to(person).latest("pk")
    Notice.objects.filter(pk=notice.pk).update(told_at=at)
    return notice


def _make_reader(rhythm: Rhythm | None = None) -> User:
    person = make_person()
    if rhythm:
        choose_rhythm(person, rhythm)
    return person


def _only() -> EmailMessage:
    (sent,) = mail.outbox
    return sent


def _words(message: Message) -> str:
    content = message.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


@pytest.mark.django_db
def test_a_digest_names_the_problem_what_is_wanted_and_the_words_of_the_comment() -> None:
    crew = make_crew()
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    due_at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    Notice.objects.update(told_at=_YESTERDAY, wanted_by=due_at)
    mail_notices(_MORNING)
    sent = _only()
    assert sent.to == [crew.author.email]
    assert problem.headline() in sent.body
    assert "> Say which side." in sent.body
    assert "What is wanted: Read what is asked for" in sent.body
    assert "By when: 1 June 2026, 12:00 UTC" in sent.body
    assert reverse("curation:problem_overview", args=[problem.pk]) in sent.body


@pytest.mark.django_db
def test_a_verdict_comes_in_one_mail_with_its_comments() -> None:
    crew = make_crew()
    problem, reviewer = bring_to(Status.SUBMITTED, crew), crew.reviewers[0]
    choose_rhythm(crew.author, Rhythm.IMMEDIATE)
    Comment.objects.create(revision=current(problem), text="Too dark.", written_by=reviewer)
    judge(problem, reviewer, Verdict.REQUEST_CHANGES, "Say which side.")
    mail_notices(timezone.now())
    sent = _only()
    assert sent.to == [crew.author.email]
    assert f"{reviewer.name} asked for changes." in sent.body
    assert "> Say which side.\n" in sent.body
    assert "> The whole problem: Too dark.\n" in sent.body


@pytest.mark.django_db
def test_words_of_people_are_quoted_line_by_line_and_never_escaped() -> None:
    crew = make_crew()
    problem = bring_to(Status.SUBMITTED, crew)
    workflow.reject(problem, by=crew.editor, comment="1 < 2 & so on.\nCall: http://evil.example")
    Notice.objects.update(told_at=_YESTERDAY)
    mail_notices(_MORNING)
    assert "> 1 < 2 & so on.\n> Call: http://evil.example\n" in _only().body


@pytest.mark.django_db
def test_every_mail_can_be_ended_by_one_click() -> None:
    person = _make_reader()
    _tell(person)
    mail_notices(_MORNING)
    sent = _only()
    link = unsubscribe_link(person)
    assert sent.extra_headers["List-Unsubscribe"] == f"<{link}>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in sent.body
    assert find_subscriber(link.rstrip("/").rpartition("/")[2]) == person


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "1", "1:forged", "x:y", f"{2**70}:z"])
def test_a_made_up_link_is_nobodys(token: str) -> None:
    _make_reader()
    assert find_subscriber(token) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moment", "is_sent"),
    [
        (_MORNING.replace(hour=0), False),
        (_MORNING.replace(hour=_HOUR - 1, minute=59), False),
        (_MORNING.replace(minute=0), True),
        (_MORNING.replace(hour=23, minute=29), True),
        # It might be delivered tomorrow, before tomorrow's.
        (_MORNING.replace(hour=23, minute=31), False),
    ],
)
def test_a_digest_comes_at_its_hour(moment: datetime, is_sent: bool) -> None:  # noqa: FBT001 - a table's column
    _tell(_make_reader())
    mail_notices(moment)
    assert len(mail.outbox) == is_sent


@pytest.mark.django_db
def test_a_person_gets_one_digest_a_day() -> None:
    person = _make_reader()
    _tell(person, "One.")
    _tell(person, "Two.")
    mail_notices(_MORNING)
    assert "One." in _only().body
    assert "Two." in _only().body
    _tell(person, "Three.", at=_MORNING + timedelta(minutes=1))
    _tell(person, "Written down late.")
    for hours in range(1, 17):
        mail_notices(_MORNING + timedelta(hours=hours))
    assert len(mail.outbox) == 1
    mail_notices(_MORNING + _DAY)
    assert "Three." in mail.outbox[1].body
    assert "Written down late." in mail.outbox[1].body
    assert "One." not in mail.outbox[1].body


@pytest.mark.django_db
def test_the_database_refuses_a_second_digest_of_a_day() -> None:
    person = _make_reader()
    _tell(person)
    mail_notices(_MORNING)
    with pytest.raises(IntegrityError), transaction.atomic():
        Mailing.objects.create(
            person=person, rhythm=Rhythm.DAILY, mailed_on=_MORNING.date(), leased_until=_MORNING
        )


@pytest.mark.django_db
def test_who_wants_mail_at_once_gets_it_at_once_and_together_from_the_fourth_on() -> None:
    person = _make_reader(Rhythm.IMMEDIATE)
    now = _MORNING
    for number in range(8):
        _tell(person, f"Number {number}.")
        mail_notices(now)
        now += timedelta(minutes=1)
    assert [sent.body.count("Number") for sent in mail.outbox] == [1, 1, 1]
    mail_notices(_MORNING + timedelta(minutes=10, seconds=1))
    assert mail.outbox[3].body.count("Number") == 5
    assert mail.outbox[3].subject.endswith("5 notices")


@pytest.mark.django_db
def test_who_wants_none_gets_none_later_either() -> None:
    person = _make_reader()
    _tell(person)
    choose_rhythm(person, Rhythm.NONE)
    _tell(person)
    choose_rhythm(person, Rhythm.IMMEDIATE)
    mail_notices(_MORNING)
    assert mail.outbox == []


@pytest.mark.django_db
def test_who_was_deactivated_gets_none() -> None:
    person = _make_reader()
    _tell(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    mail_notices(_MORNING)
    assert mail.outbox == []


@pytest.mark.django_db
def test_what_was_read_is_not_mailed() -> None:
    person = _make_reader()
    read, _ = _tell(person, "Read."), _tell(person, "Unread.")
    mark_read([read.pk], by=person)
    mail_notices(_MORNING)
    assert "Unread." in _only().body
    assert "Read." not in _only().body


@pytest.mark.django_db
def test_a_mail_lists_so_many_and_counts_the_rest() -> None:
    person = _make_reader()
    for number in range(53):
        _tell(person, f"Number {number}.")
    mail_notices(_MORNING)
    assert _only().body.count("Number") == 50
    assert "And 3 more:" in _only().body
    assert not Notice.objects.awaiting_mail().exists()


@pytest.mark.django_db
def test_one_sweep_sends_some_and_the_next_the_rest() -> None:
    for _ in range(60):
        _tell(_make_reader())
    mail_notices(_MORNING)
    assert len(mail.outbox) == 50
    mail_notices(_MORNING + timedelta(seconds=30))
    assert len({sent.to[0] for sent in mail.outbox}) == 60


@pytest.mark.django_db
@pytest.mark.parametrize("site", ["https://b.example", f"https://{'long.' * 20}example"])
def test_a_mail_travels_with_its_headers_and_letters(
    site: str, server: MailServer, settings: Settings
) -> None:
    settings.SITE_URL = site
    person = _make_reader()
    _tell(person, "Größe: 3 µm.")
    mail_notices(_MORNING)
    ((_, message),) = server.taken
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # A mail program reads neither an encoded nor a folded address.
    assert message["List-Unsubscribe"] == f"<{unsubscribe_link(person)}>"
    assert str(Mailing.objects.get().pk) in str(message["Message-ID"])
    assert "Größe: 3 µm." in _words(message)


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_refuses_delays_but_loses_and_doubles_nothing(
    command: str, server: MailServer
) -> None:
    server.replies = {command: "451 not now", "HELO": "451 not now"}
    person = _make_reader()
    _tell(person)
    mail_notices(_MORNING)
    assert server.taken == []
    server.replies = {}
    cache.clear()  # the pause after a failure of the whole server
    mail_notices(_MORNING + timedelta(hours=1))
    mail_notices(_MORNING + timedelta(hours=2))
    assert server.addresses() == [person.email]


@pytest.mark.django_db
def test_a_server_that_is_not_there_delays_but_loses_nothing(
    server: MailServer, settings: Settings
) -> None:
    person = _make_reader()
    _tell(person)
    there = settings.MAILERS
    with running_mail_server() as gone:
        nowhere = gone.mailers
    settings.MAILERS = nowhere
    mail_notices(_MORNING)
    settings.MAILERS = there
    mail_notices(_MORNING)
    assert server.taken == [], "it is left alone for a while"
    cache.clear()
    mail_notices(_MORNING)
    assert server.addresses() == [person.email]


@pytest.mark.django_db
def test_an_address_that_is_refused_keeps_nobody_else_waiting(server: MailServer) -> None:
    first, second = _make_reader(), _make_reader()
    _tell(first)
    _tell(second)
    server.replies = {f"RCPT {first.email}": "550 no such person"}
    mail_notices(_MORNING)
    assert server.addresses() == [second.email]
    mail_notices(_MORNING + timedelta(minutes=1))
    server.replies = {}
    mail_notices(_MORNING + timedelta(minutes=4))
    assert server.addresses() == [second.email], "its next attempt is not due yet"
    mail_notices(_MORNING + timedelta(minutes=6))
    assert server.addresses() == [second.email, first.email]


@pytest.mark.django_db
def test_what_may_have_arrived_comes_again_word_for_word_under_its_id(server: MailServer) -> None:
    person = _make_reader()
    _tell(person, "First.")
    server.hangs_up_after_data = True
    mail_notices(_MORNING)
    _tell(person, "Second.")
    server.hangs_up_after_data = False
    cache.clear()
    mail_notices(_MORNING + timedelta(minutes=10))
    (_, one), (_, again) = server.taken
    assert one["Message-ID"] == again["Message-ID"]
    assert _words(one) == _words(again)
    mail_notices(_MORNING + _DAY)
    assert "Second." in _words(server.taken[2][1])


@pytest.mark.django_db
def test_a_digest_that_failed_all_day_is_that_of_the_next_day(server: MailServer) -> None:
    person = _make_reader()
    _tell(person, "First.")
    server.replies = {"DATA": "451 not now"}
    for hours in range(18):
        mail_notices(_MORNING + timedelta(hours=hours))
    _tell(person, "Second.", at=_MORNING + timedelta(hours=1))
    server.replies = {}
    for hours in range(18, 48):
        mail_notices(_MORNING + timedelta(hours=hours))
    ((_, only),) = server.taken
    assert "First." in _words(only)
    assert "Second." in _words(only)


@pytest.mark.django_db
def test_what_a_dead_worker_held_is_sent_by_another() -> None:
    person = _make_reader()
    _tell(person)
    held = take_mailing(person.pk, _MORNING)
    mail_notices(_MORNING + timedelta(minutes=34))
    assert mail.outbox == []
    mail_notices(_MORNING + timedelta(minutes=36))
    assert held is not None
    assert str(held.pk) in _only().extra_headers["Message-ID"]


@pytest.mark.django_db
def test_what_was_read_while_a_mail_waited_does_not_hold_up_the_next() -> None:
    person = _make_reader(Rhythm.IMMEDIATE)
    read = _tell(person, "Read.")
    take_mailing(person.pk, _MORNING)
    mark_read([read.pk], by=person)
    _tell(person, "Next.")
    mail_notices(_MORNING + timedelta(minutes=36))
    assert "Next." in _only().body
    assert Mailing.objects.count() == 1


@pytest.mark.django_db
def test_who_chooses_otherwise_while_a_mail_waits_gets_it_as_chosen() -> None:
    person = _make_reader()
    _tell(person)
    take_mailing(person.pk, _MORNING)
    choose_rhythm(person, Rhythm.IMMEDIATE)
    mail_notices(_MORNING + timedelta(minutes=36))
    assert len(mail.outbox) == 1
    assert Mailing.objects.get().rhythm == Rhythm.IMMEDIATE


@pytest.mark.django_db
def test_beat_rings_for_mails_and_for_claims_that_end() -> None:
    assert {"curation.tasks.mail_notices", "curation.tasks.warn_of_claims"} <= set(BEAT_SCHEDULE)
    crew = make_crew()
    revision, now = current(bring_to(Status.SUBMITTED, crew)), timezone.now()
    reviewer = crew.reviewers[0]
    Claim.objects.create(
        revision=revision,
        slot=0,
        reviewer=reviewer,
        claimed_at=now - _DAY,
        expires_at=now + timedelta(hours=1),
    )
    choose_rhythm(reviewer, Rhythm.IMMEDIATE)
    tasks.warn_of_claims()
    tasks.mail_notices()
    assert _only().to == [reviewer.email]
    assert "release your place" in _only().body


def _at_once(act: Callable[[], object], count: int) -> None:
    barrier = threading.Barrier(count)

    def run(_: int) -> None:
        connection.ensure_connection()
        barrier.wait()
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(run, range(count)))


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("rhythm", [Rhythm.DAILY, Rhythm.IMMEDIATE])
def test_two_beats_and_two_workers_send_each_mail_once(rhythm: Rhythm, server: MailServer) -> None:
    people = [_make_reader(rhythm) for _ in range(10)]
    for person in people:
        _tell(person)
    _at_once(lambda: mail_notices(_MORNING), 4)
    assert sorted(server.addresses()) == sorted(person.email for person in people)
    assert not Notice.objects.awaiting_mail().exists()


@pytest.mark.usefixtures("committed_db")
def test_what_is_told_while_workers_send_is_neither_lost_nor_doubled(server: MailServer) -> None:
    person = _make_reader(Rhythm.IMMEDIATE)
    numbers = iter(range(40))

    def tell_and_send() -> None:
        for _ in range(5):
            _tell(person, f"Number {next(numbers)}.", at=timezone.now())
            mail_notices(_MORNING)

    _at_once(tell_and_send, 4)
    for minutes in (11, 22):
        mail_notices(_MORNING + timedelta(minutes=minutes))
    words = "".join(_words(message) for _, message in server.taken)
    for number in range(20):
        assert words.count(f"Number {number}.") == 1
    assert len(server.taken) <= 5
