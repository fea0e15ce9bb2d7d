"""Reviews added up: who said what of the same revisions, how long it took."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from curation.domain.agreement import (
    Agreement,
    Paired,
    Rated,
    cohens_kappa,
    comparable,
    fleiss_kappa,
    percent_agreement,
)
from curation.domain.coverage import Agreed, Time
from curation.domain.proportions import Estimate, Proportion, clustered_estimate

VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class Judged:
    """One review. ``ratings`` are its verdict and the annotations chosen, by name."""

    problem: object
    revision: int
    reviewer: int
    ratings: Mapping[str, str]
    seconds: int | None
    submitted_at: datetime


@dataclass(slots=True)
class Judging:
    """Many reviews, kept only as the numbers of agreement need them: memory does not grow."""

    names: tuple[str, ...]
    rated: dict[str, Counter[Rated]] = field(default_factory=lambda: defaultdict(Counter))
    paired: dict[int, Counter[Paired]] = field(default_factory=lambda: defaultdict(Counter))
    verdicts: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    seconds: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    last_at: dict[int, datetime] = field(default_factory=dict)

    def add(self, reviews: Iterable[Judged]) -> None:
        """Take in reviews that stand together by problem and, within one, by revision."""
        for _, of_problem in groupby(reviews, key=lambda review: review.problem):
            revisions = [
                list(group) for _, group in groupby(of_problem, key=lambda review: review.revision)
            ]
            self._compare(revisions)
            for review in (review for group in revisions for review in group):
                self._count(review)

    def agreed(self, *, seed: int) -> dict[str, Agreed]:
        """How far reviewers agree on each of the names."""
        return {
            name: Agreed(
                percent=percent_agreement(self.rated[name]),
                kappa=fleiss_kappa(self.rated[name], seed=seed),
            )
            for name in self.names
        }

    def of_reviewer(self, person: int, *, seed: int) -> tuple[Estimate, Agreement]:
        """How often others gave the same verdict on a revision, and Cohen's kappa with them."""
        pairs = self.paired[person]
        same: Counter[Proportion] = Counter()
        for problem, times in pairs.items():
            same[Proportion(sum(own == other for own, other in problem), len(problem))] += times
        return clustered_estimate(same), cohens_kappa(pairs, seed=seed)

    def time(self) -> Time:
        """The middle of all reviews that were timed."""
        return Time.of(one for several in self.seconds.values() for one in several)

    def _compare(self, revisions: list[list[Judged]]) -> None:
        for name in self.names:
            given = ([r.ratings[name] for r in group if r.ratings.get(name)] for group in revisions)
            self._keep(self.rated[name], comparable(given))
        pairs: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for group in revisions:
            for one in group:
                others = (other for other in group if other.reviewer != one.reviewer)
                pairs[one.reviewer] += [(_verdict(one), _verdict(other)) for other in others]
        for person, found in pairs.items():
            self._keep(self.paired[person], tuple(sorted(found)))

    @staticmethod
    def _keep[P: (Rated, Paired)](counter: Counter[P], problem: P) -> None:
        if problem:
            counter[problem] += 1

    def _count(self, review: Judged) -> None:
        self.verdicts[review.reviewer][_verdict(review)] += 1
        if review.seconds is not None:
            self.seconds[review.reviewer].append(review.seconds)
        last = self.last_at.get(review.reviewer, review.submitted_at)
        self.last_at[review.reviewer] = max(last, review.submitted_at)


def _verdict(review: Judged) -> str:
    return review.ratings[VERDICT]
