"""How long the coverage takes among 100,000 problems, 300 people and 250,000 reviews.

The page, each of its parts, and the collection that a number leads to; and the count itself, which
a task does every five minutes. `python -m tests.benchmarks.coverage 500` measures it among fewer.
"""

import logging
import random
import sys
from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.urls import reverse
from django.utils import timezone

from curation.coverage import count_coverage, keep_coverage
from curation.models import (
    ANNOTATION_CHOICES,
    BlindAnswer,
    Claim,
    Move,
    Problem,
    Review,
    Revision,
    Specialty,
    Stage,
    Status,
    StatusChange,
    User,
    Verdict,
)
from tests.benchmarks.databases import analyze, empty_database, fill, measured, say, tell

PROBLEMS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
PEOPLE = min(300, PROBLEMS // 10)
VISITS = 60
MOST_MILLISECONDS = 150
_VERDICTS = [Verdict.APPROVE] * 8 + [Verdict.REQUEST_CHANGES, Verdict.REJECT]
# As long as that of a problem with four panels.
_CONTENT = "x" * 3000


class _Filling:
    """Everything that is counted, the same every time."""

    def __init__(self) -> None:
        self._dice = random.Random(7)  # noqa: S311 - a seed, not a secret
        self._now = timezone.now()
        self._specialties = list(Specialty.objects.values_list("slug", flat=True))

    def fill(self) -> User:
        """All rows; an editor."""
        self.people = [self._person(number) for number in range(PEOPLE)]
        problems = [self._problem(number) for number in range(PROBLEMS)]
        fill(Problem, problems)
        revisions = [self._revision(problem) for problem in problems]
        fill(Revision, revisions)
        fill(StatusChange, map(self._submission, revisions))
        fill(Review, self._reviews(revisions))
        fill(BlindAnswer, self._answers(revisions))
        fill(Claim, self._claims(revisions[:PEOPLE]))
        made = Problem.objects.filter(status=Status.DRAFT)
        made.update(created_at=self._now - timedelta(days=9))
        analyze()
        return User.objects.create_user("editor@example.org", name="Editor", is_editor=True)

    def _person(self, number: int) -> User:
        return User.objects.create_user(
            f"{number}@example.org", name=f"Person {number}", is_author=True, is_reviewer=True
        )

    def _annotations(self) -> dict[str, str]:
        return {
            name: self._dice.choice(choices.values) for name, choices in ANNOTATION_CHOICES.items()
        }

    def _problem(self, number: int) -> Problem:
        return Problem(
            author=self.people[number % PEOPLE],
            specialty_id=self._dice.choice(self._specialties),
            **self._annotations(),
        )

    def _revision(self, problem: Problem) -> Revision:
        return Revision(
            problem=problem,
            number=1,
            content_json=_CONTENT,
            sha256=f"{problem.pk.int:064x}",
            required_approvals=2,
            submitted_by=problem.author,
        )

    def _submission(self, revision: Revision) -> StatusChange:
        return StatusChange(
            problem=revision.problem,
            revision=revision,
            move=Move.SUBMIT,
            old=Status.DRAFT,
            new=Status.SUBMITTED,
            changed_by=revision.submitted_by,
        )

    def _judges(self, revision: Revision, count: int) -> list[User]:
        others = [person for person in self.people if person != revision.submitted_by]
        return self._dice.sample(others, count)

    def _reviews(self, revisions: list[Revision]) -> Iterator[Review]:
        for number, revision in enumerate(revisions):
            proposed = {"specialty": revision.problem.specialty_id, **self._annotations()}
            for reviewer in self._judges(revision, 2 + number % 2):
                changed = {"difficulty": self._dice.choice(("easy", "medium", "hard"))}
                yield Review(
                    revision=revision,
                    reviewer=reviewer,
                    verdict=self._dice.choice(_VERDICTS),
                    comment="Because.",
                    annotations=proposed | changed,
                    seconds=self._dice.randint(60, 3600),
                )

    def _answers(self, revisions: list[Revision]) -> Iterator[BlindAnswer]:
        for revision in revisions:
            for reviewer in self._judges(revision, 2):
                for stage in Stage:
                    yield BlindAnswer(
                        revision=revision,
                        reviewer=reviewer,
                        stage=stage,
                        answer="Pneumothorax",
                        seconds=60,
                        is_right=self._dice.random() < 0.6,
                    )

    def _claims(self, revisions: list[Revision]) -> Iterator[Claim]:
        until = self._now + timedelta(days=1)
        for revision in revisions:
            (reviewer,) = self._judges(revision, 1)
            yield Claim(
                revision=revision,
                slot=0,
                reviewer=reviewer,
                claimed_at=self._now,
                expires_at=until,
            )


def _addresses() -> dict[str, str]:
    page, collection = reverse("curation:coverage"), reverse("curation:collection")
    author = User.objects.earliest("pk").pk
    return {
        "problems": page,
        "problems of one status": f"{page}?status=draft",
        "authors": f"{page}?show=authors&sort=published&page=7",
        "reviewers": f"{page}?show=reviewers&sort=agreement&page=7",
        "agreement": f"{page}?show=agreement",
        "collection of a cell": (
            f"{collection}?specialty=radiology&image_type=ct&difficulty=hard&status=draft"
        ),
        "collection of a specialty": f"{collection}?specialty=radiology",
        "collection of an image type": f"{collection}?image_type=ct",
        "collection of an author": f"{collection}?author={author}",
        "collection": collection,
    }


def _visit(client: Client, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}.")


def _measure() -> float:
    logging.disable(logging.INFO)
    with empty_database() as vendor:
        editor = _Filling().fill()
        setup_test_environment()
        client = Client()
        client.force_login(editor)
        say(f"{vendor}, {PROBLEMS:,} problems, {Review.objects.count():,} reviews:")
        (counted,) = measured(count_coverage, [timezone.now()])
        say(f"  the count: {counted.wall / 1000:.2f} s, CPU {counted.cpu / 1000:.2f} s")
        keep_coverage(timezone.now())
        return max(_slow(client, what, at) for what, at in _addresses().items())


def _slow(client: Client, what: str, address: str) -> float:
    with CaptureQueriesContext(connection) as captured:
        _visit(client, address)
    queries = len(captured)  # later requests empty what was captured
    visits = measured(lambda _: _visit(client, address), range(VISITS))
    return tell(f"  {what}, {queries} queries", visits)


if __name__ == "__main__":
    sys.exit(_measure() > MOST_MILLISECONDS)
