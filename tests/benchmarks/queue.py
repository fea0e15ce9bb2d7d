"""How long the queue takes among 100,000 problems, 300 people and 250,000 reviews.

Four of ten problems wait for reviewers. Its page under every filter, the button that takes the
next one, and the overview on which an editor asks somebody. `python -m tests.benchmarks.queue 500`
measures it among fewer.
"""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import count

from django.db.models import OuterRef, Subquery
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse

from curation.domain.content import PanelRole
from curation.models import (
    AnswerSeen,
    Assignment,
    Claim,
    Comment,
    Panel,
    Problem,
    Review,
    Revision,
    Status,
    User,
    Verdict,
)
from tests.benchmarks.collection import (
    MOST_MILLISECONDS,
    PEOPLE,
    PROBLEMS,
    VERDICTS,
    VISITS,
    Collection,
    slow_end,
)
from tests.benchmarks.databases import analyze, empty_database, fill, measured, say, tell

_WAITING_OF_TEN = 4


class _Filling(Collection):
    """What the queue looks at, the same every time."""

    def fill(self) -> None:
        """All rows."""
        fill(Panel, (panel for problem in self.problems for panel in self._panels(problem)))
        waiting = [one for n, one in enumerate(self.revisions) if n % 10 < _WAITING_OF_TEN]
        # One of five was returned and came back; one of ten others has its first approval.
        back = [self.revision(one.problem, 2) for one in waiting[::5]]
        fill(Revision, back)
        decided = (one for n, one in enumerate(self.revisions) if n % 10 >= _WAITING_OF_TEN)
        fill(Review, (review for one in decided for review in self._reviews(one, 4)))
        fill(Review, (review for one in waiting[::5] for review in self._reviews(one, 2)))
        fill(Review, (review for one in waiting[1::10] for review in self._reviews(one, 1)))
        # Reviewers disagree on one of a hundred: three verdicts, and no editor looked yet.
        fill(Review, (review for one in waiting[2::100] for review in self._disputes(one)))
        self._waiting = [one.problem for one in waiting]
        self._submit(self._waiting)
        self._busy([one for n, one in enumerate(waiting) if n % 5])
        analyze()

    def _panels(self, problem: Problem) -> Iterator[Panel]:
        for position, role in enumerate((PanelRole.EXAMPLE, PanelRole.QUERY)):
            yield Panel(
                problem=problem, role=role, position=position, question="What is it?", answer="A"
            )

    def _reviews(self, revision: Revision, number: int) -> Iterator[Review]:
        for reviewer in self.judges(revision, number):
            yield self._review(revision, reviewer, self.dice.choice(VERDICTS))

    def _disputes(self, revision: Revision) -> Iterator[Review]:
        verdicts = (Verdict.REJECT, Verdict.APPROVE, Verdict.APPROVE)
        for reviewer, verdict in zip(self.judges(revision, 3), verdicts, strict=True):
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
        until = self.now + timedelta(days=1)
        for revision in revisions:
            for slot, reviewer in enumerate(self.judges(revision, 2)):
                yield Claim(
                    revision=revision,
                    slot=slot,
                    reviewer=reviewer,
                    claimed_at=self.now,
                    expires_at=until,
                )

    def _of_others(self, person: User) -> list[Problem]:
        return self.dice.sample([one for one in self._waiting if one.author != person], 10)

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
            (writer,) = self.judges(revision, 1)
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
        slowest = [slow_end(visit, what, at) for what, at in _pages().items()]
        taken = measured(_taker(), range(min(VISITS, PEOPLE)))
        slowest.append(tell("  take the next one, signing in included", taken))
        return max(slowest)


if __name__ == "__main__":
    sys.exit(_measure() > MOST_MILLISECONDS)
