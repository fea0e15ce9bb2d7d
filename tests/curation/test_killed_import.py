"""A worker that is killed while it makes drafts, as a machine would do it."""

import signal

import pytest

from curation.importing import start_importing, work_import
from curation.models import Image, Problem
from tests.curation.importers import (
    bring_checked,
    expire_lease,
    files_of,
    statuses,
    stored,
)
from tests.factories import make_person
from tests.killing import killed_in

pytestmark = pytest.mark.usefixtures("committed_db")


def test_a_worker_killed_between_problems_leaves_whole_drafts_and_another_makes_the_rest() -> None:
    author = make_person(is_author=True)
    batch = bring_checked(author, files_of("a", "b", "c"))
    start_importing(batch)
    # each problem has two
    assert killed_in("work_import", batch.pk, at=("imports", "open"), after=3) == -signal.SIGKILL
    assert (stored(batch).status, statuses(batch)) == ("importing", ["imported", "ready", "ready"])
    assert [problem.panels.count() for problem in Problem.objects.all()] == [2]
    work_import(batch)  # the lease of the dead still holds
    assert statuses(batch) == ["imported", "ready", "ready"]
    expire_lease(batch)
    work_import(batch)
    assert (stored(batch).status, statuses(batch)) == ("finished", ["imported"] * 3)
    assert [problem.panels.count() for problem in Problem.objects.all()] == [2, 2, 2]
    assert Image.objects.count() == 6
