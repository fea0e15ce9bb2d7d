"""The finished runs of one release, side by side."""

from collections.abc import Iterator
from dataclasses import dataclass

from curation.models import Release
from evaluation.domain.protocol import labels_by_hash
from evaluation.domain.scoring import scorer_label
from evaluation.domain.statistics import Estimate
from evaluation.models import Run
from evaluation.progress import Tally, tallies


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderboardRow:
    """One number of one run, with what it stands on.

    ``protocol_label`` tells the protocol from every other of the same leaderboard.
    """

    run_id: int
    endpoint_name: str
    is_baseline: bool
    is_imported: bool
    tags: list[str]
    model: str
    protocol_sha256: str
    protocol_label: str
    scorer: str
    estimate: Estimate
    planned: int
    failed: int

    @property
    def scorer_label(self) -> str:
        """The scorer's name in words."""
        return scorer_label(self.scorer)

    @property
    def coverage_percent(self) -> int:
        """How many of a hundred planned predictions were answered and scored.

        Rounded down: 100 only where nothing is missing.
        """
        return 100 * self.estimate.n // self.planned if self.planned else 0


def leaderboard_rows(release: Release) -> list[LeaderboardRow]:
    """The newest finished run of each endpoint and protocol; two queries at any size.

    Protocols stand together, the highest value first.
    """
    newest: dict[tuple[int, str], Run] = {}
    for run in Run.objects.finished().with_parts().filter(release=release):
        newest.setdefault((run.endpoint_id, run.protocol_sha256), run)
    tally_of = tallies(newest.values())
    labels = labels_by_hash(run.protocol for run in newest.values())
    rows = [
        row
        for run in newest.values()
        for row in _rows(run, tally_of[run.pk], labels[run.protocol.sha256()])
    ]
    return sorted(rows, key=_rank)


def _rows(run: Run, tally: Tally, protocol_label: str) -> Iterator[LeaderboardRow]:
    for scorer, estimate in tally.estimates.items():
        yield LeaderboardRow(
            run_id=run.pk,
            endpoint_name=run.endpoint.name,
            is_baseline=run.endpoint.is_baseline,
            is_imported=run.is_imported,
            tags=run.endpoint.tags,
            model=run.endpoint.model,
            protocol_sha256=run.protocol_sha256,
            protocol_label=protocol_label,
            scorer=scorer,
            estimate=estimate,
            planned=tally.total,
            failed=tally.failed,
        )


def _rank(row: LeaderboardRow) -> tuple[str, str, float, str]:
    value = -1.0 if row.estimate.value is None else row.estimate.value
    return row.protocol_label, row.scorer, -value, row.endpoint_name
