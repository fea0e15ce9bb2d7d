from dataclasses import replace

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from evaluation.domain.protocol import PRESETS
from evaluation.domain.statistics import Proportion, wilson_interval
from evaluation.leaderboard import leaderboard_rows
from evaluation.models import Run
from tests.evaluation.cast import make_endpoint, make_run, measured
from tests.factories import make_release_of

pytestmark = pytest.mark.django_db


def test_a_number_stands_with_k_n_interval_and_coverage() -> None:
    release = make_release_of(5)
    measured(release, "right", "wrong", "unparsable", "refused", "error")
    (row,) = leaderboard_rows(release)
    assert (row.estimate.k, row.estimate.n, row.planned, row.failed) == (1, 3, 5, 1)
    assert (row.estimate.low, row.estimate.high) == wilson_interval(1, 3)
    assert row.coverage_percent == 60
    assert (row.model, row.scorer_label) == ("most-alike-example", "exact match")


def test_the_best_stands_first_and_nothing_scored_last() -> None:
    release = make_release_of(2)
    measured(release, "wrong", "right", name="Half")
    measured(release, "error", "refused", name="None")
    measured(release, "right", "right", name="All")
    rows = leaderboard_rows(release)
    assert [row.endpoint_name for row in rows] == ["All", "Half", "None"]
    assert rows[-1].estimate.value is None


def test_the_newest_run_of_an_endpoint_counts() -> None:
    release = make_release_of(1)
    first = measured(release, "right")
    second = make_run(release, first.endpoint)
    second.predictions.update(status="done", outcome="error", finished_at=timezone.now())
    Run.objects.filter(pk=second.pk).update(status="finished", finished_at=timezone.now())
    assert [row.run_id for row in leaderboard_rows(release)] == [second.pk]


def test_what_is_not_finished_or_of_another_release_is_not_shown() -> None:
    release = make_release_of(1)
    make_run(release, make_endpoint())
    measured(make_release_of(1), "right", name="Elsewhere")
    assert leaderboard_rows(release) == []


def test_runs_are_counted_with_the_same_queries_at_any_number(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    release = make_release_of(1)
    measured(release, "right", name="One")
    for names in ([], ["Two", "Three"]):
        for name in names:
            measured(release, "wrong", name=name)
        with django_assert_num_queries(2):
            leaderboard_rows(release)


def test_protocols_that_differ_in_their_seed_alone_are_told_apart() -> None:
    release = make_release_of(1)
    for seed in (1, 2):
        measured(release, "right", protocol=replace(PRESETS["in_context_open"], seed=seed))
    rows = leaderboard_rows(release)
    assert [row.protocol_label for row in rows] == [
        "in-context, open, seed 1",
        "in-context, open, seed 2",
    ]
    assert len({row.protocol_sha256 for row in rows}) == 2


def test_a_coverage_of_100_percent_means_that_nothing_is_missing() -> None:
    release = make_release_of(3)
    measured(release, "right", "right", "right")
    (row,) = leaderboard_rows(release)
    assert row.coverage_percent == 100
    nearly = replace(row, estimate=Proportion(1, 999).estimate(), planned=1000)
    assert nearly.coverage_percent == 99
