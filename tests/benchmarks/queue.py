"""How long the queue takes among 100,000 problems, 300 people and 250,000 reviews.

Four of ten problems wait for reviewers. Its page under every filter, the button that takes the
next one, and the overview on which an editor asks somebody. `python -m tests.benchmarks.queue 500`
measures it among fewer.
"""

import logging
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import count

from django.db import connection
from django.db.models import OuterRef, Subquery
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.urls import reverse
from django.utils import timezone

from curation.domain.content import PanelRole
from curation.models import (
    ANNOTATION_CHOICES,
    AnswerSeen,
    Assignment,
    Claim,
    Comment,
    Panel,
    Problem,
    Review,
    Revision,
    Specialty,
    Status,
    User,
    Verdict,
)
from tests.benchmarks.databases import analyze, empty_database, fill, measured, say, tell

PROBLEMS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
PEOPLE = min(300, PROBLEMS // 10)
VISITS = 60
MOST_MILLISECONDS = 150
_WAITING_OF_TEN = 4
_VERDICTS = [Verdict.APPROVE] * 8 + [Verdict.REQUEST_CHANGES, Verdict.REJECT]
# As long as that of a problem with four panels.
_CONTENT = "x" * 3000


class _Filling:
    """What the queue looks at, the same every time."""

    def __init__(self) -> None:
        self._dice = random.Random(7)  # noqa: S311 - a seed, not a secret
        self._now = timezone.now()
        self._specialties = list(Specialty.objects.values_list("slug", flat=True))

    def fill(self) -> None:
        """All rows."""
        self.people = [self._person(number) for number in range(PEOPLE)]
        problems = [self._problem(number) for number in range(PROBLEMS)]
        fill(Problem, problems)
        fill(Panel, (panel for problem in problems for panel in self._panels(problem)))
        first = [self._revision(problem, 1) for problem in problems]
        fill(Revision, first)
        waiting = [one for n, one in enumerate(first) if n % 10 < _WAITING_OF_TEN]
        # One of five was returned and came back; one of ten others has its first approval.
        back = [self._revision(one.problem, 2) for one in waiting[::5]]
        fill(Revision, back)
        decided = (one for n, one in enumerate(first) if n % 10 >= _WAITING_OF_TEN)
        fill(Review, (review for one in decided for review in self._reviews(one, 4)))
        fill(Review, (review for one in waiting[::5] for review in self._reviews(one, 2)))
        fill(Review, (review for one in waiting[1::10] for review in self._reviews(one, 1)))
        # Reviewers disagree on one of a hundred: three verdicts, and no editor looked yet.
        fill(Review, (review for one in waiting[2::100] for review in self._disputes(one)))
        self._waiting = [one.problem for one in waiting]
        self._submit(self._waiting)
        self._busy([one for n, one in enumerate(waiting) if n % 5])
        analyze()

    def _person(self, number: int) -> User:
        return User.objects.create_user(
            f"{number}@example.org", name=f"Person {number}", is_author=True, is_reviewer=True
        )

    def _problem(self, number: int) -> Problem:
        annotations = {
            name: self._dice.choice(choices.values) for name, choices in ANNOTATION_CHOICES.items()
        }
        return Problem(
            author=self.people[number % PEOPLE],
            specialty_id=self._dice.choice(self._specialties),
            **annotations,
        )

    def _panels(self, problem: Problem) -> Iterator[Panel]:
        for position, role in enumerate((PanelRole.EXAMPLE, PanelRole.QUERY)):
            yield Panel(
                problem=problem, role=role, position=position, question="What is it?", answer="A"
            )

    def _revision(self, problem: Problem, number: int) -> Revision:
        return Revision(
            problem=problem,
            number=number,
            content_json=_CONTENT,
            sha256=f"{problem.pk.int ^ number:064x}",
            required_approvals=2,
            submitted_by=problem.author,
        )

    def _judges(self, revision: Revision, number: int) -> list[User]:
        others = [person for person in self.people if person != revision.submitted_by]
        return self._dice.sample(others, number)

    def _reviews(self, revision: Revision, number: int) -> Iterator[Review]:
        for reviewer in self._judges(revision, number):
            yield self._review(revision, reviewer, self._dice.choice(_VERDICTS))

    def _disputes(self, revision: Revision) -> Iterator[Review]:
        verdicts = (Verdict.REJECT, Verdict.APPROVE, Verdict.APPROVE)
        for reviewer, verdict in zip(self._judges(revision, 3), verdicts, strict=True):
            yield self._review(revision, reviewer, verdict)

    def _review(self, revision: Revision, reviewer: User, verdict: Verdict) -> Review:
        return Review(revision=revision, reviewer=reviewer, verdict=verdict, comment="Because.")

    def _submit(self, problems: Iterable[Problem]) -> None:
        """Put them before the reviewers with their newest revision."""
        newest = Revision.objects.filter(problem=OuterRef("pk")).order_by("-number")
        keys = [problem.pk for problem in problems]
        for start in range(0, len(keys), 2000):
            some = Problem.objects.filter(pk__in=keys[start : start + 2000])
            some.update(status=Status.SUBMITTED, current_revision=Subquery(newest.values("pk")[:1]))

    def _busy(self, revisions: list[Revision]) -> None:
        """Each holds two places at what is oldest, is asked for ten and has seen ten answers."""
        fill(Claim, self._claims(revisions[:PEOPLE]))
        fill(Assignment, self._assignments())
        fill(AnswerSeen, self._seen())
        fill(Comment, self._comments(revisions[::7]))

    def _claims(self, revisions: list[Revision]) -> Iterator[Claim]:
        until = self._now + timedelta(days=1)
        for revision in revisions:
            for slot, reviewer in enumerate(self._judges(revision, 2)):
                yield Claim(
                    revision=revision,
                    slot=slot,
                    reviewer=reviewer,
                    claimed_at=self._now,
                    expires_at=until,
                )

    def _of_others(self, person: User) -> list[Problem]:
        return self._dice.sample([one for one in self._waiting if one.author != person], 10)

    def _assignments(self) -> Iterator[Assignment]:
        editor = self.people[0]
        for person in self.people:
            for problem in self._of_others(person):
                yield Assignment(problem=problem, reviewer=person, assigned_by=editor)

    def _seen(self) -> Iterator[AnswerSeen]:
        for person in self.people:
            for problem in self._of_others(person):
                yield AnswerSeen(problem=problem, person=person)

    def _comments(self, revisions: list[Revision]) -> Iterator[Comment]:
        for revision in revisions:
            (writer,) = self._judges(revision, 1)
            yield Comment(revision=revision, text="Which side?", written_by=writer, is_sent=True)


def _pages() -> dict[str, str]:
    queue = reverse("curation:review_queue")
    return {
        "queue": queue,
        "its last page": f"{queue}?page=999999",
        "of a specialty": f"{queue}?specialty=radiology",
        "mine": f"{queue}?show=mine",
        "asked of me": f"{queue}?show=assigned",
        "home": reverse("curation:home"),
    }


def _visitor() -> Callable[[str], None]:
    """Asks as somebody else each time, as three hundred people do."""
    clients = []
    for person in User.objects.order_by("pk")[:20]:
        clients.append(Client())
        clients[-1].force_login(person)
    turns = count()

    def visit(address: str) -> None:
        answer = clients[next(turns) % len(clients)].get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}.")

    return visit


def _taker() -> Callable[[object], None]:
    """Presses the button, one person after the other."""
    client, people = Client(), User.objects.order_by("-pk").iterator()

    def take(_: object) -> None:
        client.force_login(next(people))
        answer = client.post(reverse("curation:review_next"))
        if "/reviews/" not in answer["Location"] or answer["Location"].endswith("/reviews/"):
            raise RuntimeError("There was nothing to take.")

    return take


def _measure() -> float:
    logging.disable(logging.INFO)
    with empty_database() as vendor:
        _Filling().fill()
        setup_test_environment()
        waiting = Problem.objects.in_status(Status.SUBMITTED).count()
        reviews = Review.objects.count()
        say(f"{vendor}, {PROBLEMS:,} problems, {waiting:,} waiting, {reviews:,} reviews:")
        visit = _visitor()
        slowest = [_slow(visit, what, at) for what, at in _pages().items()]
        taken = measured(_taker(), range(min(VISITS, PEOPLE)))
        slowest.append(tell("  take the next one, signing in included", taken))
        return max(slowest)


def _slow(visit: Callable[[str], None], what: str, address: str) -> float:
    with CaptureQueriesContext(connection) as captured:
        visit(address)
    queries = len(captured)  # later requests empty what was captured
    return tell(f"  {what}, {queries} queries", measured(lambda _: visit(address), range(VISITS)))


if __name__ == "__main__":
    sys.exit(_measure() > MOST_MILLISECONDS)
