"""The history at a million entries: the editors' page, appending, and verifying all of it."""

import logging
import random
import resource
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.urls import reverse
from django.utils import timezone

from curation.domain.chain import START
from curation.models import ChainEnd, HistoryEntry, Problem, User, What
from curation.verifying import verify_history
from tests.benchmarks.databases import analyze, empty_database, fill, measured, say, tell

ENTRIES = 1_000_000
PEOPLE = 300
PROBLEMS = 10_000
LOOKS = 200
APPENDS = 1000
MOST_MILLISECONDS = 150

# How often each happens, about.
_OFTEN = {
    What.SIGNED_IN: 40,
    What.DOWNLOADED: 30,
    What.SIGNED_OUT: 20,
    What.SIGN_IN_FAILED: 9,
    What.ROLES_CHANGED: 1,
}


def _entries(people: list[User], problems: list[Problem]) -> Iterator[HistoryEntry]:
    dice = random.Random(1)  # noqa: S311 - the same entries each time, nothing secret
    previous, now = START, timezone.now()
    drawn = dice.choices(list(_OFTEN), list(_OFTEN.values()), k=ENTRIES)
    for number, what in enumerate(drawn, start=1):
        # The first person did nearly everything; a few problems are in a few entries each.
        person = people[0] if number % 3 else dice.choice(people)
        entry = HistoryEntry(
            number=number,
            at=now - timedelta(seconds=ENTRIES - number),
            person=person,
            kind=what.kind,
            what=what,
            subject_type="user",
            subject_id=str(person.pk),
            problem=dice.choice(problems) if number % 10 == 0 else None,
            details={"version": "1.0.0", "path": "data/test-00000.parquet"},
            previous_sha256=previous,
        )
        previous = entry.sha256 = entry.link().sha256()
        yield entry


def _fill() -> tuple[list[User], list[Problem]]:
    people = [
        User.objects.create_user(f"{number}@example.org", name=f"Person {number}", is_editor=True)
        for number in range(PEOPLE)
    ]
    problems = [Problem(author=people[number % PEOPLE]) for number in range(PROBLEMS)]
    fill(Problem, problems)
    fill(HistoryEntry, _entries(people, problems))
    last = HistoryEntry.objects.newest_first()[0]
    ChainEnd.objects.update(number=last.number, sha256=last.sha256)
    analyze()
    return people, problems


def _filters(people: list[User], problems: list[Problem]) -> dict[str, str]:
    """What an editor may ask for, the worst combinations included."""
    rare, busy = people[-1].pk, people[0].pk
    return {
        "newest": "",
        "in the middle": f"before={ENTRIES // 2}",
        "the oldest": "after=0",
        "a rare kind": "kind=person",
        "a kind that never happened": "kind=import",
        "a busy person": f"person={busy}",
        "a busy person, a kind never theirs": f"person={busy}&kind=import",
        "a rare person, oldest of a kind": f"person={rare}&kind=person&after=0",
        "a problem": f"problem={problems[0].pk}",
        "a problem and a kind": f"problem={problems[0].pk}&kind=file",
    }


def _look(client: Client, query: str) -> None:
    answer = client.get(f"{reverse('curation:history_list')}?{query}")
    if answer.status_code != 200:
        raise RuntimeError(f"The page answered {answer.status_code}.")


def _append(person: User) -> None:
    with transaction.atomic():
        HistoryEntry.objects.record(What.SIGNED_IN, by=person, subject=person)


def _begin(_: int) -> None:
    """What a transaction alone takes that writes one row."""
    with transaction.atomic():
        User.objects.filter(hints_seen=-1).update(hints_seen=0)


def _verify() -> None:
    start = time.process_time()
    end = verify_history()
    seconds = time.process_time() - start
    say(f"  verifying {end.number:,} entries: {seconds:.0f} s of CPU")
    say(f"  the process at its largest, filling included: {_peak() / 1024:.0f} MB")


def _peak() -> int:
    """Kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _measure() -> float:
    logging.disable(logging.WARNING)
    with empty_database() as vendor:
        people, problems = _fill()
        setup_test_environment()
        client = Client()
        client.force_login(people[1])
        say(f"{vendor}, {ENTRIES:,} entries, {PEOPLE} people:")
        slowest, counts = 0.0, set()
        for what, query in _filters(people, problems).items():
            _look(client, query)
            with CaptureQueriesContext(connection) as queries:
                _look(client, query)
            counts.add(len(queries))
            taken = measured(partial(_look, client), [query] * LOOKS)
            slowest = max(slowest, tell(f"  {what}", taken))
        say(f"  queries: {sorted(counts)}")
        tell("  appending, transaction included", measured(_append, [people[0]] * APPENDS))
        tell("  the transaction alone", measured(_begin, range(APPENDS)))
        _verify()
        return slowest


if __name__ == "__main__":
    sys.exit(_measure() > MOST_MILLISECONDS)
