"""How long the coverage takes among 100,000 problems, 300 people and 250,000 reviews.

The page, each of its parts, and the collection that a number leads to; and the count itself, which
a task does every five minutes. `python -m tests.benchmarks.coverage 500` measures it among fewer.
"""

import logging
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse
from django.utils import timezone

from curation.coverage import count_coverage, keep_coverage
from curation.models import (
    BlindAnswer,
    Claim,
    Move,
    Problem,
    Review,
    Revision,
    Stage,
    Status,
    StatusChange,
    User,
)
from tests.benchmarks.collection import (
    MOST_MILLISECONDS,
    PEOPLE,
    PROBLEMS,
    VERDICTS,
    Collection,
    slow_end,
)
from tests.benchmarks.databases import analyze, empty_database, fill, measured, say


class _Filling(Collection):
    """Everything that is counted, the same every time."""

    def fill(self) -> User:
        """All rows; an editor."""
        fill(StatusChange, map(self._submission, self.revisions))
        fill(Review, self._reviews(self.revisions))
        fill(BlindAnswer, self._answers(self.revisions))
        fill(Claim, self._claims(self.revisions[:PEOPLE]))
        made = Problem.objects.filter(status=Status.DRAFT)
        made.update(created_at=self.now - timedelta(days=9))
        analyze()
        return User.objects.create_user("editor@example.org", name="Editor", is_editor=True)

    def _submission(self, revision: Revision) -> StatusChange:
        return StatusChange(
            problem=revision.problem,
            revision=revision,
            move=Move.SUBMIT,
            old=Status.DRAFT,
            new=Status.SUBMITTED,
            changed_by=revision.submitted_by,
        )

    def _reviews(self, revisions: list[Revision]) -> Iterator[Review]:
        for number, revision in enumerate(revisions):
            proposed = {"specialty": revision.problem.specialty_id, **self.annotations()}
            for reviewer in self.judges(revision, 2 + number % 2):
                changed = {"difficulty": self.dice.choice(("easy", "medium", "hard"))}
                yield Review(
                    revision=revision,
                    reviewer=reviewer,
                    verdict=self.dice.choice(VERDICTS),
                    comment="Because.",
                    annotations=proposed | changed,
                    seconds=self.dice.randint(60, 3600),
                )

    def _answers(self, revisions: list[Revision]) -> Iterator[BlindAnswer]:
        for revision in revisions:
            for reviewer in self.judges(revision, 2):
                for stage in Stage:
                    yield BlindAnswer(
                        revision=revision,
                        reviewer=reviewer,
                        stage=stage,
                        answer="Pneumothorax",
                        seconds=60,
                        is_right=self.dice.random() < 0.6,
                    )

    def _claims(self, revisions: list[Revision]) -> Iterator[Claim]:
        until = self.now + timedelta(days=1)
        for revision in revisions:
            (reviewer,) = self.judges(revision, 1)
            yield Claim(
                revision=revision,
                slot=0,
                reviewer=reviewer,
                claimed_at=self.now,
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
        return max(slow_end(partial(_visit, client), what, at) for what, at in _addresses().items())


if __name__ == "__main__":
    sys.exit(_measure() > MOST_MILLISECONDS)
