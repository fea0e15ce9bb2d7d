"""Notices: what somebody concerned hears, in the application and by e-mail."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When

from curation.models.blind_answer import AnswerSeen, BlindAnswer, Stage
from curation.models.mailing import MailChoice, Mailing, Rhythm
from curation.models.problem import Problem
from curation.models.review import Review

if TYPE_CHECKING:
    from curation.models.user import User

_LONGEST_ABOUT = 200
# As long as a task may run: a digest that was begun is not finished on the day after.
_BEFORE_MIDNIGHT = timedelta(minutes=30)


class NoticeKind(models.TextChoices):
    """What happened."""

    RETURNED = "returned", "Changes requested"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"
    TO_REVIEW = "to_review", "To review"
    CAME_BACK = "came_back", "Came back"
    SETTLED = "settled", "No longer to review"
    CLAIM_ENDS = "claim_ends", "Claim ends soon"
    DISPUTE = "dispute", "Reviewers disagree"
    COMMENT = "comment", "Comment"
    REPLY = "reply", "Reply"
    RELEASE_READY = "release_ready", "Release ready"
    RUN_ENDED = "run_ended", "Run ended"


_WANTED = {
    NoticeKind.RETURNED: "Read what is asked for, mend it and submit it again.",
    NoticeKind.TO_REVIEW: "Review it.",
    NoticeKind.CAME_BACK: "Review what changed.",
    NoticeKind.CLAIM_ENDS: "Give your verdict, or release your place to others.",
    NoticeKind.DISPUTE: "Decide, and say why.",
    NoticeKind.COMMENT: "Answer it, or mend what it is about.",
    NoticeKind.REPLY: "Read it; answer if something is still open.",
}


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Which notices? And telling: one for each person concerned."""

    def tell(
        self,
        people: Iterable["User"],
        *,
        kind: NoticeKind,
        text: str,
        address: str,
        about: str = "",
        problem: Problem | None = None,
        quote: str = "",
        wanted_by: datetime | None = None,
        once: str = "",
    ) -> None:
        """Let each of these people hear of something; a transaction of its caller holds it.

        `address` is a path of ours, `quote` what somebody wrote about the problem, `about` what
        it is called (a problem's question if not given). Whoever may still answer the problem
        blind is not told the quote, and whoever is told it cannot answer it blind later. What
        bears the same `once` is told a person once.
        """
        hearing = {person.pk: person for person in people if person.is_active}
        if not hearing:
            return
        refusing = MailChoice.objects.refusing(hearing)
        blind = _blind(problem, hearing.values()) if problem and quote else set()
        about = about or (problem.headline() if problem else "")
        notices = [
            Notice(
                person=person,
                kind=kind,
                problem=problem,
                about=_one_line(about),
                text=text,
                quote="" if pk in blind else quote.strip(),
                address=address,
                wanted_by=wanted_by,
                once=once,
                awaits_mail=pk not in refusing,
            )
            for pk, person in hearing.items()
        ]
        self.bulk_create(notices, ignore_conflicts=bool(once))
        if problem and quote:
            for pk in hearing.keys() - blind:
                AnswerSeen.objects.note(problem, hearing[pk])

    def to(self, person: "User | int") -> Self:
        """Those that one person hears."""
        return self.filter(person=person)

    def unread(self) -> Self:
        """Those that nobody marked as read."""
        return self.filter(read_at=None)

    def unread_first(self) -> Self:
        """Unread before read, the newest of each first."""
        is_read = Case(When(read_at=None, then=Value(0)), default=Value(1))
        return self.order_by(is_read, "-pk")

    def awaiting_mail(self) -> Self:
        """Unread ones that their person wants by e-mail and that no e-mail brought yet."""
        return self.filter(awaits_mail=True)

    def due_at(self, moment: datetime) -> Self:
        """Those awaiting mail whose time came, of people who may log in.

        The daily ones: told before today's hour, once it came. What comes after waits a day.
        """
        choice = "person__mail_choice__rhythm"
        due = Q(**{choice: Rhythm.IMMEDIATE})
        hour = datetime.combine(moment.date(), time(settings.DIGEST_HOUR), tzinfo=moment.tzinfo)
        if hour <= moment and (moment + _BEFORE_MIDNIGHT).date() == moment.date():
            is_daily = Q(person__mail_choice=None) | Q(**{choice: Rhythm.DAILY})
            due |= is_daily & Q(told_at__lt=hour)
        return self.awaiting_mail().filter(due, person__is_active=True)

    def person_ids(self) -> list[int]:
        """The people who hear these, who waits longest first."""
        first = self.order_by().values("person").annotate(first=models.Min("pk"))
        return list(first.order_by("first").values_list("person", flat=True))


def _blind(problem: Problem, people: Iterable["User"]) -> set[int]:
    """Who of these reviewers may still answer it without knowing what others say of it."""
    reviewers = {person.pk for person in people if person.is_reviewer}
    reviewers.discard(problem.author_id)
    if not reviewers:
        return set()
    saw = AnswerSeen.objects.filter(problem=problem).values_list("person", flat=True)
    judged = Review.objects.filter(revision__problem=problem).order_by()
    answered = BlindAnswer.objects.filter(revision__problem=problem, stage=Stage.IN_CONTEXT)
    knowing = (judged, answered.order_by())
    return reviewers.difference(saw, *(rows.values_list("reviewer", flat=True) for rows in knowing))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_ABOUT else f"{line[: _LONGEST_ABOUT - 1]}…"


class Notice(models.Model):
    """One thing that one person hears. It is read in the application, or comes by e-mail."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    kind = models.CharField(max_length=20, choices=NoticeKind)
    problem = models.ForeignKey(
        Problem, on_delete=models.CASCADE, null=True, blank=True, related_name="notices"
    )
    about = models.CharField(max_length=_LONGEST_ABOUT, blank=True)
    text = models.TextField()
    quote = models.TextField(blank=True)
    address = models.CharField(max_length=300)
    wanted_by = models.DateTimeField(null=True, blank=True)
    # What happened, where it may be noticed more often than it happens.
    once = models.CharField(max_length=100, blank=True)
    told_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    # Until it was sent, read, or its person chose to get no e-mails.
    awaits_mail = models.BooleanField()
    mailing = models.ForeignKey(
        Mailing, on_delete=models.SET_NULL, null=True, blank=True, related_name="notices"
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("person", "once"), condition=~Q(once=""), name="notice_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=NoticeKind.values), name="notice_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(read_at=None) | Q(awaits_mail=False), name="notice_read_is_not_mailed"
            ),
        ]
        indexes = [
            # unread: the count in every page's header
            models.Index(fields=("person",), condition=Q(read_at=None), name="notice_unread"),
            # due_at: the sweep
            models.Index(fields=("person",), condition=Q(awaits_mail=True), name="notice_unmailed"),
            # unread_first: the list
            models.Index(fields=("person", "-id"), name="notice_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about}"

    @property
    def wanted(self) -> str:
        """What its person is asked to do; nothing where it is only to be known."""
        return _WANTED.get(NoticeKind(self.kind), "")
