"""Agreement against the examples of the papers and textbooks it is taken from, and its laws."""

import random
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.domain.agreement import (
    Agreement,
    Paired,
    Rated,
    cohens_kappa,
    comparable,
    fleiss_kappa,
    krippendorff_alpha,
    percent_agreement,
)

# Fleiss (1971), table 1: 30 patients, 6 psychiatrists each; how many chose depression, personality
# disorder, schizophrenia, neurosis, other.
FLEISS_1971 = """
    00060 03003 01401 00006 03030 20400 00402 20310 20040 00006
    10050 11040 03300 10050 02031 00501 30012 51000 02040 10203
    00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""

# Fleiss, Levin & Paik, "Statistical methods for rates and proportions" (3rd edition, 2003), table
# 18.1: 100 subjects, two raters; psychotic, neurotic, organic.
FLEISS_LEVIN_PAIK_2003 = ((75, 1, 4), (5, 4, 1), (0, 0, 10))

# Krippendorff, "Computing Krippendorff's alpha-reliability" (2011), part C: 4 observers, 12 units,
# missing ratings as dots.
KRIPPENDORFF_2011 = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def _of_counts(table: str) -> Counter[Rated]:
    rows = [[int(digit) for digit in row] for row in table.split()]
    return Counter(
        (tuple(name for name, count in zip("dpsno", row, strict=True) for _ in range(count)),)
        for row in rows
    )


def _of_table(table: tuple[tuple[int, ...], ...]) -> Counter[Paired]:
    names = "pno"
    return Counter(
        {
            ((names[row], names[column]),): count
            for row, counts in enumerate(table)
            for column, count in enumerate(counts)
            if count
        }
    )


PSYCHIATRISTS = _of_counts(FLEISS_1971)
TWO_RATERS = _of_table(FLEISS_LEVIN_PAIK_2003)

ratings = st.lists(st.sampled_from("abc"), max_size=5).map(tuple)
problems = st.lists(st.lists(ratings, max_size=3).map(tuple), max_size=12)
paired = st.lists(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=3).map(tuple),
    max_size=12,
)
MEASURES = (percent_agreement, fleiss_kappa, krippendorff_alpha)
each_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda one: one.__name__)

type Measure = Callable[[Counter[Rated]], Agreement]


def test_fleiss_kappa_of_fleiss_1971_is_as_he_printed_it() -> None:
    kappa = fleiss_kappa(PSYCHIATRISTS)
    assert kappa.value == pytest.approx(0.430, abs=5e-4)
    assert (kappa.problems, kappa.items, kappa.ratings) == (30, 30, 180)
    assert percent_agreement(PSYCHIATRISTS).value == pytest.approx(0.5556, abs=5e-5)


def test_cohens_kappa_of_fleiss_levin_and_paik_is_as_they_printed_it() -> None:
    kappa = cohens_kappa(TWO_RATERS)
    assert kappa.value == pytest.approx(0.68, abs=5e-3)
    assert (kappa.problems, kappa.items, kappa.ratings) == (100, 100, 200)


def test_krippendorffs_alpha_of_krippendorff_2011_is_as_he_printed_it() -> None:
    units = zip(*KRIPPENDORFF_2011, strict=True)
    rated: Counter[Rated] = Counter(
        (tuple(rating for rating in unit if rating != "."),) for unit in units
    )
    alpha = krippendorff_alpha(rated)
    assert alpha.value == pytest.approx(0.743, abs=5e-4)
    assert (alpha.problems, alpha.items, alpha.ratings) == (11, 11, 40)
    assert alpha.low < 0.743 < alpha.high


def test_of_many_items_with_as_many_ratings_each_alpha_is_fleiss_kappa() -> None:
    guesses: Counter[Rated] = Counter((row,) for row in _guesses((0.6, 0.3, 0.1), 5000, seed=3))
    alpha, kappa = krippendorff_alpha(guesses), fleiss_kappa(guesses)
    assert alpha.value == pytest.approx(kappa.value, abs=1e-4)


def test_the_interval_is_about_that_of_their_standard_error() -> None:
    kappa = cohens_kappa(TWO_RATERS)  # their standard error is 0.087
    assert kappa.low == pytest.approx(0.676 - 1.96 * 0.087, abs=0.06)
    assert kappa.high == pytest.approx(0.676 + 1.96 * 0.087, abs=0.06)


@settings(deadline=None)
@given(st.lists(st.lists(ratings, max_size=3), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_raters_items_and_problems_is_nothing(
    rated: list[list[tuple[str, ...]]], dice: random.Random
) -> None:
    other = [
        [tuple(dice.sample(item, len(item))) for item in dice.sample(problem, len(problem))]
        for problem in dice.sample(rated, len(rated))
    ]
    for measure in MEASURES:
        assert measure(_tally(rated)) == measure(_tally(other))


def _tally(rated: list[list[tuple[str, ...]]]) -> Counter[Rated]:
    return Counter(tuple(problem) for problem in rated)


@settings(deadline=None)
@given(paired)
def test_cohens_kappa_is_the_same_whoever_is_called_the_first(problems: list[Paired]) -> None:
    turned = Counter(tuple((other, one) for one, other in pairs) for pairs in problems)
    one, other = cohens_kappa(Counter(problems)), cohens_kappa(turned)
    assert one.value == pytest.approx(other.value)
    assert one.items == other.items


@settings(deadline=None)
@given(problems)
def test_values_lie_where_they_may_and_within_their_intervals(rated: list[Rated]) -> None:
    for measure, least in zip(MEASURES, (0.0, -1.0, -1.0), strict=True):
        found = measure(Counter(rated))
        assert least <= found.low <= found.high <= 1.0
        if found.value is not None:
            assert least - 1e-9 <= found.value <= 1 + 1e-9


@settings(deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=30), st.integers(2, 5))
def test_perfect_agreement_is_one_and_no_certainty(names: list[str], raters: int) -> None:
    rated: Counter[Rated] = Counter(((name,) * raters,) for name in names)
    percent, kappa = percent_agreement(rated), fleiss_kappa(rated)
    pairs = cohens_kappa(Counter(((name, name),) for name in names))
    assert percent.value == 1
    assert 0 < percent.low < 1
    if len(set(names)) == 1:
        assert (kappa.value, kappa.low, kappa.high) == (None, -1, 1)
        assert pairs.value is None
    else:
        assert (kappa.value, pairs.value) == pytest.approx((1, 1))
        assert kappa.low < 1
        assert kappa.high == 1


SHARES = [(0.5, 0.5), (0.8, 0.2), (0.6, 0.3, 0.1)]


def _guesses(shares: tuple[float, ...], count: int, seed: int) -> list[tuple[str, ...]]:
    dice = np.random.default_rng(seed)
    rows = dice.choice(len(shares), size=(count, 3), p=shares)
    return [tuple("abc"[place] for place in row) for row in rows]


@pytest.mark.parametrize("shares", SHARES)
def test_raters_who_guess_agree_as_much_as_chance(shares: tuple[float, ...]) -> None:
    guesses = _guesses(shares, 4000, seed=11)
    many = fleiss_kappa(Counter((row,) for row in guesses))
    two = cohens_kappa(Counter(((row[0], row[1]),) for row in guesses))
    assert many.value == pytest.approx(0, abs=0.04)
    assert two.value == pytest.approx(0, abs=0.04)


@pytest.mark.parametrize("shares", [*SHARES, (0.9, 0.07, 0.03)])
@pytest.mark.parametrize("raters", [2, 3])
def test_of_a_hundred_intervals_about_ninety_five_hold_the_truth(
    shares: tuple[float, ...], raters: int
) -> None:
    samples = [_guesses(shares, 60, seed) for seed in range(100)]
    found = [fleiss_kappa(Counter((row[:raters],) for row in rows)) for rows in samples]
    held = sum(kappa.low <= 0 <= kappa.high for kappa in found if kappa.value is not None)
    assert held >= 90


@each_measure
@pytest.mark.parametrize("rated", [[], [()], [(("a",), ("b",))], [((),)]])
def test_what_one_rater_says_is_no_agreement(measure: Measure, rated: list[Rated]) -> None:
    found = measure(Counter(rated))
    assert found.value is None
    assert found.high == 1
    assert (found.problems, found.items, found.ratings) == (0, 0, 0)


def test_an_item_with_missing_ratings_counts_with_those_it_has() -> None:
    rated: Counter[Rated] = Counter([(("a", "a"), ("b",)), (("a", "b", "b"),)])
    percent = percent_agreement(rated)
    assert percent.value == pytest.approx((1 + 1 / 3) / 2)
    assert (percent.problems, percent.items, percent.ratings) == (2, 2, 5)


def test_each_item_weighs_the_same_whatever_its_ratings() -> None:
    rated: Counter[Rated] = Counter([(("a", "a"),), (("a", "b", "b", "b"),)])
    observed, share = (1 + 1 / 2) / 2, (1 + 1 / 4) / 2
    expected = share**2 + (1 - share) ** 2
    assert fleiss_kappa(rated).value == pytest.approx((observed - expected) / (1 - expected))


def test_a_rater_who_always_says_the_same_tells_nothing() -> None:
    kappa = cohens_kappa(Counter({(("a", "a"),): 8, (("a", "b"),): 2}))
    assert (kappa.value, kappa.low, kappa.high) == (None, -1, 1)
    assert kappa.items == 10


def test_items_of_one_problem_are_not_as_good_as_many_problems() -> None:
    agreed, not_agreed = ("a", "a"), ("a", "b")
    apart = percent_agreement(Counter({(agreed,): 40, (not_agreed,): 40}))
    together = percent_agreement(Counter({(agreed,) * 4: 10, (not_agreed,) * 4: 10}))
    assert apart.value == together.value == 0.5
    assert together.high - together.low > 1.5 * (apart.high - apart.low)


@each_measure
def test_one_problem_alone_leaves_all_doubt_that_one_trial_leaves(measure: Measure) -> None:
    found = measure(Counter([(("a", "a"), ("b", "b"), ("a", "b"))]))
    assert found.value is not None
    assert found.high - found.low > 0.7


def test_the_same_seed_gives_the_same_interval_and_another_one_nearly() -> None:
    one, again = (fleiss_kappa(PSYCHIATRISTS, seed=1) for _ in range(2))
    other = fleiss_kappa(PSYCHIATRISTS, seed=2)
    assert one == again
    assert one.low != other.low
    assert one.low == pytest.approx(other.low, abs=0.03)


def test_more_confidence_is_a_wider_interval() -> None:
    narrow, wide = (fleiss_kappa(PSYCHIATRISTS, confidence=level) for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_what_cannot_be_compared_is_left_out_and_the_rest_is_in_one_order() -> None:
    assert comparable([("b", "a"), ("c",), (), ("a", "a")]) == (("a", "a"), ("a", "b"))
