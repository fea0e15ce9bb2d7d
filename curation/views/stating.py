"""Whether to trust a release: what its card says of its making, for the top of its page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curation.domain.bundle.statement import AgreementLine, BaselineLine, DataStatement
from curation.models import Release


@dataclass(frozen=True, slots=True)
class ShownBaseline:
    """How often people were right, with its share."""

    line: BaselineLine

    @property
    def share(self) -> float | None:
        """Of the answers that were right, in [0, 1]."""
        return self.line.k / self.line.n if self.line.n else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """As it was at the cut; only what was retired since is counted now."""

    card: Mapping[str, Any]
    statement: DataStatement
    held_out_count: int
    retired_since: int

    @property
    def agreement(self) -> Sequence[AgreementLine]:
        """On what enough was judged to say something."""
        return [line for line in self.statement.agreement if line.kappa is not None]

    @property
    def baseline(self) -> Iterator[ShownBaseline]:
        """How well people did who had not seen the answer."""
        return (ShownBaseline(line) for line in self.statement.human_baseline if line.n)


def stated_of(release: Release) -> Stated:
    """In one query, whatever its size."""
    counts = release.items.counted()
    return Stated(
        card=release.card,
        statement=DataStatement.from_json(release.card.get("statement", {})),
        held_out_count=counts["held_out"],
        retired_since=counts["retired"],
    )
