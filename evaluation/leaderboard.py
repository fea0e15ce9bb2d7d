"""What runs measured, added up by the database."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from curation.models import Release
from evaluation.asking import SCORERS_OF
from evaluation.domain.outcomes import Outcome
from evaluation.domain.statistics import Estimate, Proportion
from evaluation.models import Prediction, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One run's rows, counted. ``estimates`` are by scorer, all that apply to the protocol."""

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
    def share_done(self) -> float:
        """In [0, 1]; 0 for a run without rows."""
        return self.done / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderboardRow:
    """One number of one run, with what it stands on."""

    run_id: int
    endpoint_name: str
    is_baseline: bool
    model: str
    protocol_label: str
    scorer: str
    estimate: Estimate
    planned: int
    excluded: int
    outcomes: Mapping[Outcome, int]
    finished_at: datetime | None

    @property
    def coverage(self) -> float:
        """Share in [0, 1] of the planned predictions that were answered and scored."""
        return self.estimate.n / self.planned if self.planned else 0.0


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


def leaderboard(release: Release) -> list[LeaderboardRow]:
    """The newest finished run of each endpoint and protocol; two queries at any size.

    Protocols stand together, the highest value first.
    """
    newest: dict[tuple[int, str], Run] = {}
    for run in Run.objects.finished().with_parts().filter(release=release):
        newest.setdefault((run.endpoint_id, run.protocol_sha256), run)
    tally_of = tallies(newest.values())
    rows = [row for run in newest.values() for row in _rows(run, tally_of[run.pk])]
    return sorted(rows, key=_rank)


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
    return Tally(
        total=sum(counts.values()) + _size(groups, ""),
        outcomes=counts,
        estimates={
            scorer: _estimate([group for group in groups if group.scorer == scorer])
            for scorer in SCORERS_OF[run.protocol.answer_form]
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


def _rows(run: Run, tally: Tally) -> Iterable[LeaderboardRow]:
    for scorer, estimate in tally.estimates.items():
        yield LeaderboardRow(
            run_id=run.pk,
            endpoint_name=run.endpoint.name,
            is_baseline=run.endpoint.is_baseline,
            model=run.endpoint.model,
            protocol_label=run.protocol.label,
            scorer=scorer,
            estimate=estimate,
            planned=tally.total,
            excluded=run.excluded_count,
            outcomes=tally.outcomes,
            finished_at=run.finished_at,
        )


def _rank(row: LeaderboardRow) -> tuple[str, str, float, str]:
    value = -1.0 if row.estimate.value is None else row.estimate.value
    return row.protocol_label, row.scorer, -value, row.endpoint_name
