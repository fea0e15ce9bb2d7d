"""The data statement of a release: who made it, how it was judged, what is known to be weak.

It is counted and written when the release is cut; every default means "not known".
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementLine:
    """How far reviewers agree on one thing, over so many revisions.

    ``kappa`` and its interval lie in [-1, 1]; None where too few revisions were judged to say.
    """

    what: str
    kappa: float | None = None
    low: float | None = None
    high: float | None = None
    revisions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineLine:
    """How often people were right who answered before they saw the answer: k of n.

    ``shots`` is "0-shot" or "in-context"; ``low`` and ``high`` bound the share, in [0, 1].
    ``skipped`` who did not answer are not among the n.
    """

    shots: str
    k: int
    n: int
    skipped: int | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataStatement:
    """What dataset card and ``croissant.json`` say of the making. ``limits`` is Markdown."""

    authors_count: int | None = None
    reviewers_count: int | None = None
    agreement: tuple[AgreementLine, ...] = ()
    human_baseline: tuple[BaselineLine, ...] = ()
    median_review_seconds: float | None = None
    limits: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values, for keeping."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read plain values back. TypeError for a name that is none of the fields."""
        lines = {
            "agreement": tuple(AgreementLine(**line) for line in document.get("agreement", ())),
            "human_baseline": tuple(
                BaselineLine(**line) for line in document.get("human_baseline", ())
            ),
        }
        return cls(**{**document, **lines})
