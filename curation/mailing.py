"""Notices by e-mail: at once or once a day, never a storm, never lost.

A person has at most one e-mail under way. Its row says which notices it brings and who sends it;
it is marked as sent after the mail server took it, together with its notices. A mail server that
fails delays it. It can come twice only where the server took it and the worker could not write
that down: it died just then, or the server's answer never came. Then the same words come under
the same Message-ID, by which most mail programs show them once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.errors import MessageError
from email.policy import default
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage, mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse

from curation.models import MailChoice, Mailing, Notice, Rhythm, User

logger = structlog.get_logger(__name__)

_AT_ONCE = 50  # e-mails a sweep; the next one brings the next
_LEASE = timedelta(minutes=35)  # longer than a task may run
# Not more than three e-mails in ten minutes: what comes then comes together.
_WINDOW = timedelta(minutes=10)
_MOST_IN_WINDOW = 3
_FIRST_PAUSE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=4)
# A mail server that does not answer holds a worker up: it is left alone for a while.
_SERVER_FAILED = "mail-server-failed"
_SERVER_PAUSE_SECONDS = 300
_MOST_LISTED = 50
_signer = Signer(salt="curation.unsubscribe")


@transaction.atomic
def choose_rhythm(person: User, rhythm: Rhythm) -> None:
    """Keep how often a person wants e-mails; without any, what waits is not sent later either."""
    MailChoice.objects.update_or_create(person=person, defaults={"rhythm": rhythm})
    if rhythm is Rhythm.NONE:
        Notice.objects.to(person).awaiting_mail().update(awaits_mail=False)


def unsubscribe_link(person: User) -> str:
    """The address in each e-mail that ends them, by one click and without a login."""
    path = reverse("curation:unsubscribe", args=[_signer.sign(str(person.pk))])
    return f"{settings.SITE_URL}{path}"


def find_subscriber(token: str) -> User | None:
    """Whose link it is, if it is one of ours."""
    try:
        return User.objects.filter(pk=int(_signer.unsign(token))).first()
    except (BadSignature, ValueError):
        return None


def mail_notices(now: datetime) -> None:
    """Send what is due, as much as one sweep can."""
    waiting = Notice.objects.due_at(now).person_ids()
    if not waiting or cache.get(_SERVER_FAILED):
        return
    try:
        with mailers.default as connection:
            _mail_each(waiting, now, connection)
    except OSError as error:
        logger.warning("mail_server_failed", error=repr(error))
        cache.set(_SERVER_FAILED, True, _SERVER_PAUSE_SECONDS)


def _mail_each(waiting: Sequence[int], now: datetime, connection: BaseEmailBackend) -> None:
    left = _AT_ONCE
    for person_id in waiting:
        mailing = take_mailing(person_id, now)
        if mailing is not None:
            _send(mailing, now, connection)
            left -= 1
        if not left:
            return


def take_mailing(person_id: int, now: datetime) -> Mailing | None:
    """The e-mail to send to a person now, kept for who asked; None if there is none to send."""
    try:
        with transaction.atomic():
            return _take(person_id, now)
    except IntegrityError:  # another worker made one, or they have had today's
        return None


def _take(person_id: int, now: datetime) -> Mailing | None:
    rhythm = MailChoice.objects.rhythm_of(User.objects.get(pk=person_id))
    mailings = Mailing.objects.to(person_id)
    if mailings.sent_since(now - _WINDOW).count() >= _MOST_IN_WINDOW:
        return None
    begun = mailings.unsent().first()
    if begun is None:
        return _make(person_id, rhythm, now)
    # What one attempt said, the next repeats word for word, for it may have arrived.
    is_same = begun.rhythm == rhythm and begun.mailed_on == now.date()
    if is_same and begun.notices.awaiting_mail().exists():
        return _take_over(begun, now)
    free = mailings.unsent().free_at(now).filter(pk=begun.pk)
    is_gone, _ = free.delete()
    return _make(person_id, rhythm, now) if is_gone else None


def _take_over(begun: Mailing, now: datetime) -> Mailing | None:
    free = Mailing.objects.unsent().free_at(now).filter(pk=begun.pk)
    if not free.update(leased_until=now + _LEASE, attempts=F("attempts") + 1):
        return None
    begun.refresh_from_db()
    return begun


def _make(person_id: int, rhythm: Rhythm, now: datetime) -> Mailing | None:
    mailing = Mailing.objects.create(
        person_id=person_id,
        rhythm=rhythm,
        mailed_on=now.date(),
        attempts=1,
        leased_until=now + _LEASE,
    )
    if Notice.objects.due_at(now).to(person_id).update(mailing=mailing):
        return mailing
    mailing.delete()  # read meanwhile, or another worker sent it
    return None


def _send(mailing: Mailing, now: datetime, connection: BaseEmailBackend) -> None:
    """Raises OSError where the server is to be left alone; other people's e-mails go on."""
    notices = mailing.notices.awaiting_mail().order_by("pk")
    try:
        connection.send_messages([letter(mailing, list(notices))])
    except (OSError, ValueError, MessageError) as error:
        _postpone(mailing, now)
        logger.warning("mail_failed", mailing=str(mailing.pk), error=type(error).__name__)
        if _is_of_server(error):
            raise
    else:
        _note_sent(mailing, now)


def _is_of_server(error: Exception) -> bool:
    """Whether it concerns more than this e-mail."""
    is_refusal = isinstance(error, (SMTPRecipientsRefused, SMTPResponseException))
    return isinstance(error, OSError) and not is_refusal


def _postpone(mailing: Mailing, now: datetime) -> None:
    pause = min(_FIRST_PAUSE * 2 ** min(mailing.attempts - 1, 10), _LONGEST_PAUSE)
    Mailing.objects.unsent().filter(pk=mailing.pk).update(leased_until=now + pause)


@transaction.atomic
def _note_sent(mailing: Mailing, now: datetime) -> None:
    Mailing.objects.unsent().filter(pk=mailing.pk).update(sent_at=now)
    mailing.notices.awaiting_mail().update(awaits_mail=False)


class Letter(EmailMessage):
    """An e-mail whose headers stay on one line.

    A folded one would be encoded, and no mail program finds an address in an encoded header.
    """

    def message(self, *, policy: Any = default) -> Any:
        """As it travels, with lines as long as SMTP takes."""
        return super().message(policy=policy.clone(max_line_length=998))


def letter(mailing: Mailing, notices: Sequence[Notice]) -> Letter:
    """The e-mail that brings these notices, oldest first."""
    link = unsubscribe_link(mailing.person)
    context = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "person": mailing.person,
        "is_digest": mailing.rhythm == Rhythm.DAILY,
        "notices": notices[:_MOST_LISTED],
        "left": len(notices) - len(notices[:_MOST_LISTED]),
        "unsubscribe_link": link,
    }
    return Letter(
        subject=_subject(notices),
        body=render_to_string("curation/emails/notices.txt", context),
        to=[mailing.person.email],
        headers={
            "Message-ID": f"<{mailing.pk}@{urlsplit(settings.SITE_URL).hostname}>",
            # RFC 8058: mail programs show a button that sends a POST to the address.
            "List-Unsubscribe": f"<{link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )


def _subject(notices: Sequence[Notice]) -> str:
    if len(notices) == 1:
        return f"{settings.SITE_NAME}: {notices[0]}"
    return f"{settings.SITE_NAME}: {len(notices)} notices"
