"""Pages by cursor: no row twice, none left out, at a constant number of queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from curation.models import Problem, User
from tests.curation.cast import Cast
from tests.curation.programs import Program, walk
from tests.evaluation.cast import make_endpoint, make_run
from tests.factories import make_person, make_release_of

_LISTS = (
    "/releases",
    "/releases/{release}/problems",
    "/releases/{release}/files",
    "/problems",
    "/problems/{problem}/revisions",
    "/problems/{problem}/reviews",
    "/problems/{problem}/comments",
    "/runs",
    "/runs/{run}/predictions",
    "/endpoints",
)


class TestWalking(TestCase):
    """Drafts come and go while somebody reads the list."""

    @settings(deadline=None, max_examples=25)
    @given(
        times=st.lists(st.integers(0, 5), min_size=1, max_size=12),
        limit=st.integers(1, 5),
        new=st.lists(st.tuples(st.integers(0, 12), st.integers(-3, 9)), max_size=4),
    )
    def test_what_was_there_is_met_once_whatever_comes_meanwhile(
        self, times: list[int], limit: int, new: list[tuple[int, int]]
    ) -> None:
        author = make_person(is_author=True)
        started = timezone.now() - timedelta(days=1)
        there = [_draft(author, started, second) for second in times]
        program, met = Program(author), []
        address: str | None = f"/problems?limit={limit}"
        page_number = 0
        while address:
            page = program.get(address).json()
            met += [row["id"] for row in page["results"]]
            address = page["next"]
            for _ in [one for one in new if one[0] == page_number]:
                _draft(author, started, 3)
            page_number += 1
        assert len(met) == len(set(met))
        assert set(there) <= set(met)


def _draft(author: User, started: object, second: int) -> str:
    problem = Problem.objects.create(author=author)
    at = started + timedelta(seconds=second)  # type: ignore[operator]  # a moment
    Problem.objects.filter(pk=problem.pk).update(created_at=at)
    return str(problem.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("path", _LISTS)
def test_a_list_costs_the_same_queries_with_one_row_and_with_three(path: str) -> None:
    counts = []
    for size in (1, 3):
        release = make_release_of(size)
        run = make_run(release, make_endpoint(name=f"Model {size}"))
        problem = release.items.earliest("position").problem_id
        program = Program(make_person(is_editor=True))
        address = path.format(release=release, run=run.pk, problem=problem)
        program.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert program.get(address).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 6


@pytest.mark.django_db
def test_a_page_leads_to_the_next_with_the_same_filter() -> None:
    cast = Cast()
    for _ in range(3):
        Problem.objects.create(author=cast.author)
    program = Program(cast.author)
    first = program.get("/problems?limit=2&status=draft").json()
    assert len(first["results"]) == 2
    assert "status=draft" in first["next"]
    second = program.get(first["next"]).json()
    assert (len(second["results"]), second["next"]) == (1, None)
    assert len(walk(program, "/problems?limit=1")) == 3
