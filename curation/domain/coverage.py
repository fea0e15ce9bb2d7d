"""What a count of the collection found: how much of what there is, and how its people do."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median
from typing import Any, Self

from curation.domain.agreement import Agreement
from curation.domain.proportions import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How many problems have these annotations and this status; empty is not chosen yet."""

    specialty: str
    image_type: str
    difficulty: str
    status: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """The middle of ``n`` times in seconds; None where there are none."""

    median: float | None
    n: int

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self:
        """The middle of these."""
        times = list(seconds)
        return cls(median=median(times) if times else None, n=len(times))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorProgress:
    """What one author wrote. ``time`` is from starting a problem to submitting it first."""

    person_id: int
    name: str
    is_active: bool
    by_status: Mapping[str, int]
    time: Time
    last_active_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerProgress:
    """What one reviewer judged, and how often others who judged the same revision said the same.

    ``kappa`` is Cohen's, the others taken as one second rater.
    """

    person_id: int
    name: str
    is_active: bool
    claims: int
    verdicts: Mapping[str, int]
    time: Time
    last_active_at: datetime | None
    same: Estimate
    kappa: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """How far reviewers agree on one thing: the share of pairs, and Fleiss' kappa."""

    percent: Agreement
    kappa: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What people answered blind at one stage: how often right, and how many did not answer."""

    right: Estimate
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One count of everything. ``agreement`` is by "verdict" and the names of annotations,
    ``baseline`` by stage.
    """

    counted_at: datetime
    cells: tuple[Cell, ...]
    authors: tuple[AuthorProgress, ...]
    reviewers: tuple[ReviewerProgress, ...]
    author_time: Time
    reviewer_time: Time
    agreement: Mapping[str, Agreed]
    baseline: Mapping[str, Baseline]

    def to_json(self) -> str:
        """The text that `from_json` reads."""
        return json.dumps(asdict(self), default=datetime.isoformat)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read it back. ValueError, KeyError or TypeError for anything else."""
        found = json.loads(text)
        return cls(
            counted_at=datetime.fromisoformat(found["counted_at"]),
            cells=tuple(Cell(**cell) for cell in found["cells"]),
            authors=tuple(AuthorProgress(**_person(row)) for row in found["authors"]),
            reviewers=tuple(_reviewer(row) for row in found["reviewers"]),
            author_time=Time(**found["author_time"]),
            reviewer_time=Time(**found["reviewer_time"]),
            agreement={name: _agreed(pair) for name, pair in found["agreement"].items()},
            baseline={
                stage: Baseline(right=Estimate(**row["right"]), skipped=row["skipped"])
                for stage, row in found["baseline"].items()
            },
        )


def _person(row: dict[str, Any]) -> dict[str, Any]:
    last = row["last_active_at"]
    return row | {
        "time": Time(**row["time"]),
        "last_active_at": None if last is None else datetime.fromisoformat(last),
    }


def _reviewer(row: dict[str, Any]) -> ReviewerProgress:
    agreed = {"same": Estimate(**row["same"]), "kappa": Agreement(**row["kappa"])}
    return ReviewerProgress(**_person(row) | agreed)


def _agreed(row: dict[str, Any]) -> Agreed:
    return Agreed(percent=Agreement(**row["percent"]), kappa=Agreement(**row["kappa"]))
