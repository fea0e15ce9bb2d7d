"""How far runs are and what they measured so far, added up by the database."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q

from evaluation.domain.outcomes import Outcome
from evaluation.domain.scoring import is_judge, scorer_label, scorers_of
from evaluation.domain.statistics import Estimate, Proportion
from evaluation.models import Prediction, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One run's rows, counted.

    ``estimates`` are by scorer: all that apply to the protocol, and the judges that were asked.
    """

    total: int
    outcomes: Mapping[Outcome, int]
    estimates: Mapping[str, Estimate]

    @property
    def done(self) -> int:
        """How many predictions ended."""
        return sum(self.outcomes.values())

    @property
    def failed(self) -> int:
        """How many ended in a failed call."""
        return self.outcomes[Outcome.ERROR]

    @property
    def labeled_estimates(self) -> list[tuple[str, Estimate]]:
        """The estimates, each with its scorer's name in words."""
        return [(scorer_label(name), estimate) for name, estimate in self.estimates.items()]


def progress(run: Run) -> Tally:
    """How far a run is and what it has measured so far; one query."""
    return tallies([run])[run.pk]


def tallies(runs: Iterable[Run]) -> dict[int, Tally]:
    """The tally of each run by its id; one query for all of them."""
    found = {run.pk: run for run in runs}
    groups: dict[int, list[_Group]] = defaultdict(list)
    for group in _counted(list(found)):
        groups[group.run_id].append(group)
    return {run_id: _tally(run, groups[run_id]) for run_id, run in found.items()}


@dataclass(frozen=True, slots=True)
class _Group:
    """Predictions of a run that ended alike and that one scorer, or none, has judged."""

    run_id: int
    outcome: str
    scorer: str | None
    n: int
    k: int


def _counted(run_ids: list[int]) -> list[_Group]:
    """``n`` is how many there are, ``k`` how many have the full score."""
    groups = (
        Prediction.objects.filter(run__in=run_ids)
        .order_by()
        .values("run_id", "outcome", "scores__scorer")
        .annotate(n=Count("pk"), k=Count("pk", filter=Q(scores__value=1)))
        .values_list("run_id", "outcome", "scores__scorer", "n", "k")
    )
    return [_Group(*group) for group in groups]


def _tally(run: Run, groups: list[_Group]) -> Tally:
    counts = {outcome: _size(groups, outcome.value) for outcome in Outcome}
    judges = sorted({group.scorer for group in groups if group.scorer and is_judge(group.scorer)})
    return Tally(
        total=sum(counts.values()) + _size(groups, ""),
        outcomes=counts,
        estimates={
            scorer: _estimate([group for group in groups if group.scorer == scorer])
            for scorer in [*scorers_of(run.protocol.answer_form), *judges]
        },
    )


def _size(groups: list[_Group], outcome: str) -> int:
    """How many predictions ended this way; one that two scorers judged stands in two groups."""
    sizes: Counter[str | None] = Counter()
    for group in groups:
        if group.outcome == outcome:
            sizes[group.scorer] += group.n
    return sizes.pop(None, 0) + max(sizes.values(), default=0)


def _estimate(groups: list[_Group]) -> Estimate:
    k, n = sum(group.k for group in groups), sum(group.n for group in groups)
    return Proportion(k, n).estimate()
