import pytest
from pytest_django import DjangoAssertNumQueries

from evaluation.domain.outcomes import Outcome
from evaluation.models import Score
from evaluation.progress import progress, tallies
from tests.evaluation.cast import measured
from tests.factories import make_release_of

pytestmark = pytest.mark.django_db


def test_every_outcome_is_counted() -> None:
    run = measured(make_release_of(5), "right", "wrong", "unparsable", "refused", "error")
    assert progress(run).outcomes == {
        Outcome.OK: 2,
        Outcome.UNPARSABLE: 1,
        Outcome.REFUSED: 1,
        Outcome.ERROR: 1,
    }


def test_progress_counts_what_is_done_so_far() -> None:
    run = measured(make_release_of(4), "right", "error", "pending", "pending")
    tally = progress(run)
    assert (tally.done, tally.total, tally.failed) == (2, 4, 1)
    assert tally.estimates["exact_match"].n == 1


def test_a_second_scorer_counts_no_prediction_twice() -> None:
    run = measured(make_release_of(2), "right", "error")
    Score.objects.create(prediction=run.predictions.get(outcome="ok"), scorer="another", value=0.5)
    tally = progress(run)
    assert (tally.total, tally.done) == (2, 2)
    assert (tally.estimates["exact_match"].k, tally.estimates["exact_match"].n) == (1, 1)


def test_runs_are_counted_with_one_query_at_any_number(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    release = make_release_of(1)
    runs = [measured(release, "right", name="One")]
    for names in ([], ["Two", "Three"]):
        runs += [measured(release, "wrong", name=name) for name in names]
        with django_assert_num_queries(1):
            tallies(runs)
