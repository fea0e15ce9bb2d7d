"""How long the numbers of 1,000,000 scores take, and how much memory: headline and all strata.

Five scorers, right or wrong or graded, of 200,000 predictions of 1,000 problems. Six annotations
and three more groupings are measured for each scorer, and the columns are compared in pairs. Exits
with 1 over 10 s or 1 GB. `python -m tests.benchmarks.statistics 10000` takes so many problems.
"""

import itertools
import resource
import sys
import time
from collections.abc import Callable

import numpy as np

from evaluation.domain.statistics import (
    Weighting,
    clustered_difference,
    clustered_mean,
    clustered_p_value,
    mcnemar,
    minimum_detectable_difference,
    observed_discordance,
    rank_ranges,
)
from evaluation.domain.statistics.problem_sums import Labels, Numbers
from tests.benchmarks.databases import say

SCORES = 1_000_000
SCORERS = 5
PROBLEMS = 1000
GROUPS = (2, 3, 3, 3, 4, 4, 5, 8, 13)
MOST_SECONDS = 10
MOST_MEGABYTES = 1000


def _scores(dice: np.random.Generator, problems: int) -> tuple[list[Numbers], Labels]:
    problem = np.sort(dice.integers(0, problems, SCORES // SCORERS))
    chances = dice.beta(1, 1, problems)[problem]
    right = [(dice.random(len(problem)) < chances).astype(float) for _ in range(SCORERS - 1)]
    return [*right, dice.random(len(problem)) * chances], problem


def _headline(columns: list[Numbers], problem: Labels) -> None:
    for values in columns:
        for weighting in Weighting:
            clustered_mean(values, problem, seed=0, weighting=weighting)


def _strata(columns: list[Numbers], problem: Labels) -> None:
    dice = np.random.default_rng(1)
    for count in GROUPS:
        group = dice.integers(0, count, problem.max() + 1)[problem]
        for values in columns:
            for one in range(count):
                clustered_mean(values[group == one], problem[group == one], seed=0)


def _pairs(columns: list[Numbers], problem: Labels) -> None:
    for first, second in itertools.pairwise(columns):
        differences = second - first
        clustered_difference(differences, problem, seed=0)
        clustered_p_value(differences, problem)
        mcnemar(first > 0.5, second > 0.5)
        found = observed_discordance(differences, problem)
        if found is not None:
            minimum_detectable_difference(len(differences), found)
    rank_ranges(np.array(columns), problem)


def _single(dice: np.random.Generator) -> None:
    """All scores as one column, of few and of very many problems."""
    for problems in (86, 10_000, SCORES):
        problem = dice.integers(0, problems, SCORES)
        chances = dice.beta(1, 1, problems)[problem]
        right = (dice.random(SCORES) < chances).astype(float)
        for kind, values in {"right or wrong": right, "graded": right * chances}.items():
            _timed(f"one column of {problems:,} problems, {kind}", _headline, [values], problem)


def _timed(what: str, act: Callable[..., None], *values: object) -> float:
    started, busy = time.perf_counter(), time.process_time()
    act(*values)
    spent = time.perf_counter() - started
    say(f"  {what}: {spent:.2f} s, CPU {time.process_time() - busy:.2f} s")
    return spent


def _measure(problems: int) -> bool:
    dice = np.random.default_rng(0)
    columns, problem = _scores(dice, problems)
    strata = sum(GROUPS) * SCORERS
    say(f"{SCORES:,} scores of {SCORERS} scorers, {problems:,} problems:")
    seconds = _timed(f"headlines, {2 * SCORERS} intervals", _headline, columns, problem)
    seconds += _timed(f"strata, {strata} intervals", _strata, columns, problem)
    seconds += _timed("pairs of columns", _pairs, columns, problem)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"  together {seconds:.2f} s, at most {megabytes:.0f} MB with the scores themselves")
    _single(dice)
    return seconds > MOST_SECONDS or megabytes > MOST_MEGABYTES


if __name__ == "__main__":
    sys.exit(_measure(int(sys.argv[1]) if len(sys.argv) > 1 else PROBLEMS))
