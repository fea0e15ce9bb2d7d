"""100,000 problems by 300 people, each submitted, to which a benchmark adds what its pages show.

`python -m tests.benchmarks.<name> 500` measures among fewer.
"""

import random
import sys
from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from curation.models import ANNOTATION_CHOICES, Problem, Revision, Specialty, User, Verdict
from tests.benchmarks.databases import fill, measured, tell

PROBLEMS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
PEOPLE = min(300, PROBLEMS // 10)
VISITS = 60
MOST_MILLISECONDS = 150
VERDICTS = [Verdict.APPROVE] * 8 + [Verdict.REQUEST_CHANGES, Verdict.REJECT]
# As long as that of a problem with four panels.
_CONTENT = "x" * 3000


class Collection:
    """People, problems and their first revisions, the same every time."""

    def __init__(self) -> None:
        self.dice = random.Random(7)  # noqa: S311 - a seed, not a secret
        self.now = timezone.now()
        self._specialties = list(Specialty.objects.values_list("slug", flat=True))
        self.people = [self._person(number) for number in range(PEOPLE)]
        self.problems = [self._problem(number) for number in range(PROBLEMS)]
        fill(Problem, self.problems)
        self.revisions = [self.revision(problem) for problem in self.problems]
        fill(Revision, self.revisions)

    def _person(self, number: int) -> User:
        return User.objects.create_user(
            f"{number}@example.org", name=f"Person {number}", is_author=True, is_reviewer=True
        )

    def annotations(self) -> dict[str, str]:
        """Those that are lists of the product, by chance."""
        return {
            name: self.dice.choice(choices.values) for name, choices in ANNOTATION_CHOICES.items()
        }

    def _problem(self, number: int) -> Problem:
        return Problem(
            author=self.people[number % PEOPLE],
            specialty_id=self.dice.choice(self._specialties),
            **self.annotations(),
        )

    def revision(self, problem: Problem, number: int = 1) -> Revision:
        """What its author submitted; not written yet."""
        return Revision(
            problem=problem,
            number=number,
            content_json=_CONTENT,
            sha256=f"{problem.pk.int ^ number:064x}",
            required_approvals=2,
            submitted_by=problem.author,
        )

    def judges(self, revision: Revision, count: int) -> list[User]:
        """So many others than its author."""
        others = [person for person in self.people if person != revision.submitted_by]
        return self.dice.sample(others, count)


def slow_end(visit: Callable[[str], None], what: str, address: str) -> float:
    """Say what visits cost; answers the slow end in milliseconds."""
    with CaptureQueriesContext(connection) as captured:
        visit(address)
    queries = len(captured)  # later requests empty what was captured
    return tell(f"  {what}, {queries} queries", measured(lambda _: visit(address), range(VISITS)))
