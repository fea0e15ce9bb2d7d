import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from curation.models import Release
from evaluation.domain.outcomes import Outcome
from evaluation.domain.statistics import wilson_interval
from evaluation.leaderboard import leaderboard, progress, tallies
from evaluation.models import Run, RunStatus, Score
from tests.evaluation.cast import make_endpoint, make_run
from tests.factories import make_release_of

pytestmark = pytest.mark.django_db


def measured(release: Release, *outcomes: str, name: str = "A model") -> Run:
    """A finished run whose rows ended so: "right" and "wrong" are ok and scored."""
    run = make_run(release, make_endpoint(name=name))
    now = timezone.now()
    for row, said in zip(run.predictions.all(), outcomes, strict=True):
        if said == "pending":
            continue
        row.status, row.finished_at = row.Status.DONE, now
        row.outcome = "ok" if said in {"right", "wrong"} else said
        row.save()
        if said in {"right", "wrong", "unparsable"}:
            Score.objects.create(prediction=row, scorer="exact_match", value=said == "right")
    Run.objects.filter(pk=run.pk).update(status=RunStatus.FINISHED, finished_at=now)
    run.refresh_from_db()
    return run


def test_a_number_stands_with_k_n_interval_and_coverage() -> None:
    release = make_release_of(5)
    measured(release, "right", "wrong", "unparsable", "refused", "error")
    (row,) = leaderboard(release)
    assert (row.estimate.k, row.estimate.n, row.planned) == (1, 3, 5)
    assert (row.estimate.low, row.estimate.high) == wilson_interval(1, 3)
    assert row.coverage == 3 / 5
    assert row.outcomes == {
        Outcome.OK: 2,
        Outcome.UNPARSABLE: 1,
        Outcome.REFUSED: 1,
        Outcome.ERROR: 1,
    }


def test_the_best_stands_first_and_nothing_scored_last() -> None:
    release = make_release_of(2)
    measured(release, "wrong", "right", name="Half")
    measured(release, "error", "refused", name="None")
    measured(release, "right", "right", name="All")
    rows = leaderboard(release)
    assert [row.endpoint_name for row in rows] == ["All", "Half", "None"]
    assert rows[-1].estimate.value is None


def test_the_newest_run_of_an_endpoint_counts() -> None:
    release = make_release_of(1)
    first = measured(release, "right")
    second = make_run(release, first.endpoint)
    second.predictions.update(status="done", outcome="error", finished_at=timezone.now())
    Run.objects.filter(pk=second.pk).update(status="finished", finished_at=timezone.now())
    assert [row.run_id for row in leaderboard(release)] == [second.pk]


def test_what_is_not_finished_or_of_another_release_is_not_shown() -> None:
    release = make_release_of(1)
    make_run(release, make_endpoint())
    measured(make_release_of(1), "right", name="Elsewhere")
    assert leaderboard(release) == []


def test_progress_counts_what_is_done_so_far() -> None:
    run = measured(make_release_of(4), "right", "error", "pending", "pending")
    tally = progress(run)
    assert (tally.done, tally.total, tally.failed, tally.share_done) == (2, 4, 1, 0.5)
    assert tally.estimates["exact_match"].n == 1


def test_a_second_scorer_counts_no_prediction_twice() -> None:
    run = measured(make_release_of(2), "right", "error")
    Score.objects.create(prediction=run.predictions.get(outcome="ok"), scorer="another", value=0.5)
    tally = progress(run)
    assert (tally.total, tally.done) == (2, 2)
    assert (tally.estimates["exact_match"].k, tally.estimates["exact_match"].n) == (1, 1)


def test_runs_are_counted_with_the_same_queries_at_any_number(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    release = make_release_of(1)
    runs = [measured(release, "right", name="One")]
    for names in ([], ["Two", "Three"]):
        runs += [measured(release, "wrong", name=name) for name in names]
        with django_assert_num_queries(2):
            leaderboard(release)
        with django_assert_num_queries(1):
            tallies(runs)
