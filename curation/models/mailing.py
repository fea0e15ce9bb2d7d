"""E-mails about notices: how often a person wants one, and each that was sent or is being sent."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from curation.models.user import User


class Rhythm(models.TextChoices):
    """How often a person wants an e-mail about what concerns them."""

    IMMEDIATE = "immediate", "As it happens"
    DAILY = "daily", "Once a day"
    NONE = "none", "No e-mails"


class MailChoiceQuerySet(models.QuerySet["MailChoice"]):
    """Which choices?"""

    def rhythm_of(self, person: "User") -> Rhythm:
        """What a person chose; once a day until they do."""
        choice = self.filter(person=person).first()
        return Rhythm(choice.rhythm) if choice else Rhythm.DAILY

    def refusing(self, people: Iterable[int]) -> set[int]:
        """Those of these people who want no e-mails."""
        none = self.filter(rhythm=Rhythm.NONE, person__in=list(people))
        return set(none.values_list("person_id", flat=True))


class MailChoice(models.Model):
    """What a person chose. Whoever did not choose has no row and gets one e-mail a day."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="mail_choice",
    )
    rhythm = models.CharField(max_length=10, choices=Rhythm)

    objects = MailChoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rhythm__in=Rhythm.values), name="mail_choice_rhythm_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_rhythm_display()}"


class MailingQuerySet(models.QuerySet["Mailing"]):
    """Which e-mails?"""

    def to(self, person_id: int) -> Self:
        """Those to one person."""
        return self.filter(person=person_id)

    def unsent(self) -> Self:
        """Those that no mail server took yet; at most one a person."""
        return self.filter(sent_at=None)

    def free_at(self, moment: datetime) -> Self:
        """Those that no worker is sending and whose next attempt is due."""
        return self.filter(leased_until__lte=moment)

    def sent_since(self, moment: datetime) -> Self:
        """Those that went out after a moment."""
        return self.filter(sent_at__gt=moment)

    def digests_of(self, day: date) -> Self:
        """The daily ones of a day, sent or not."""
        return self.filter(rhythm=Rhythm.DAILY, mailed_on=day)


class Mailing(models.Model):
    """One e-mail with the notices it brings: the claim of who sends it, then the record of it.

    Its id is the e-mail's Message-ID: should a worker die between the mail server's "taken" and
    our writing it down, the same words go out again under the same id.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mailings"
    )
    rhythm = models.CharField(max_length=10, choices=Rhythm)
    mailed_on = models.DateField()  # the day in UTC on which it may go out
    attempts = models.PositiveSmallIntegerField(default=0)
    # While one sends it, and after a failure until the next attempt.
    leased_until = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = MailingQuerySet.as_manager()

    class Meta:
        ordering = ("-leased_until",)
        constraints = [
            models.UniqueConstraint(
                fields=("person",), condition=Q(sent_at=None), name="mailing_one_at_a_time"
            ),
            models.UniqueConstraint(
                fields=("person", "mailed_on"),
                condition=Q(rhythm=Rhythm.DAILY),
                name="mailing_one_digest_a_day",
            ),
            models.CheckConstraint(
                condition=Q(rhythm__in=[Rhythm.IMMEDIATE, Rhythm.DAILY]),
                name="mailing_rhythm_is_known",
            ),
        ]
        indexes = [
            # sent_since: not too many at once to one person
            models.Index(fields=("person", "sent_at"), name="mailing_by_person"),
        ]

    def __str__(self) -> str:
        return f"e-mail to {self.person}, {self.mailed_on}"
