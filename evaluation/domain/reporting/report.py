"""What a report of a run says, as values that are kept as JSON.

Of every number its interval, how many answers (``n``) of how many problems it stands on, and how it
was found. What is undefined is None. Shares and their bounds are in [0, 1], differences in [-1, 1].
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from evaluation.domain.reporting.documents import read

VERSION = 1
"""Raised when what is computed, or its shape, changes: older reports are computed anew."""

SMALL = 10
"""With fewer answers or problems than this a number is marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A share, a mean or a difference with its interval.

    ``k`` of ``n`` answers have the full score; None of a difference, and where scores lie between
    0 and 1. ``held_out`` of the ``problems`` have an answer that is in no file.
    """

    value: float | None
    low: float
    high: float
    confidence: float
    k: int | None
    n: int
    problems: int
    held_out: int
    method: str
    standard_error: float | None = None

    @property
    def is_small(self) -> bool:
        """Whether too little stands behind it to lean on."""
        return min(self.n, self.problems) < SMALL

    @property
    def is_clustered(self) -> bool:
        """Whether problems, not answers, were taken as independent."""
        return self.n != self.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One stratum. ``name`` is the word that rows keep, ``label`` the one for pages."""

    name: str
    label: str
    measured: Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Answers in groups. Those that are withheld from a reader have none left."""

    name: str
    label: str
    groups: tuple[Group, ...]
    is_withheld: bool = False

    @property
    def is_compared(self) -> bool:
        """Whether there are two groups or more to compare."""
        return len(self.groups) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a way of answering without understanding would score on average: nothing is drawn.

    ``n`` are the answers beside it, of so many ``problems``, where this way is possible.
    """

    name: str
    label: str
    value: float | None
    n: int
    problems: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """Items right here alone (``gained``), there alone (``lost``), in both, in neither."""

    gained: int
    lost: int
    both: int
    neither: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """This run beside one that differs in one thing, over the items that both answered.

    ``difference`` is here minus there; ``flips`` are None where scores are no yes or no. ``test``
    names where the p-value is from: McNemar's exact test where every problem was asked once, else
    Student's t of the clustered standard error. ``smallest_difference`` is what a comparison of so
    many items that differ as often would probably find.
    """

    name: str
    label: str
    run_id: int
    protocol_label: str
    here: float | None
    there: float | None
    difference: Measured
    flips: Flips | None
    p_value: float
    test: str
    smallest_difference: float | None
    only_here: int
    only_there: int
    is_by_problem: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSpread:
    """What the order of the examples did to problems that were asked in several.

    ``always`` of the ``problems`` were right in every order, ``never`` in none; ``deviation`` is
    the mean over problems of the standard deviation over a problem's orders.
    """

    problems: int
    always: int
    sometimes: int
    never: int
    deviation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerReport:
    """All that one scorer says. ``by_problem`` weighs problems alike, ``overall`` answers.

    ``smallest_difference`` is the one that a comparison over these problems would probably find.
    """

    scorer: str
    label: str
    overall: Measured
    by_problem: Measured | None
    groupings: tuple[Grouping, ...]
    positions_from_end: Grouping | None
    positions_from_start: Grouping | None
    when_copied: Grouping | None
    comparisons: tuple[Comparison, ...]
    order_spread: OrderSpread | None
    expectations: tuple[Expectation, ...]
    smallest_difference: float | None

    @property
    def strata_count(self) -> int:
        """How many groups are set side by side; their intervals are not adjusted for it."""
        return sum(len(each.groups) for each in self.groupings if each.is_compared)

    def comparison(self, name: str) -> Comparison | None:
        """The comparison of this name, if there is such a run."""
        return next((each for each in self.comparisons if each.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorersAgreement:
    """How far two scorers say the same of the same answers; kappa None where it is undefined."""

    first: str
    second: str
    first_label: str
    second_label: str
    share: float | None
    share_low: float
    share_high: float
    kappa: float | None
    kappa_low: float
    kappa_high: float
    n: int
    problems: int
    first_only: int
    second_only: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Copying:
    """How often an answer is that of a shown example: of any, of the last."""

    any: Measured
    last: Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """How the planned predictions ended; ``pending`` did not."""

    planned: int
    problems: int
    held_out: int
    ok: int
    refused: int
    unparsable: int
    error: int
    pending: int

    @property
    def answered(self) -> int:
        """Those that are scored."""
        return self.ok + self.unparsable


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureKind:
    """Calls that failed alike: what is kept of the reason, and how many."""

    words: str
    http_status: int | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Milliseconds of calls that say them, tokens, and their price where the endpoint has one."""

    latency_p50: float | None
    latency_p95: float | None
    latency_n: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    tokens_n: int
    price: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Which run this is; enough to state it in a paper."""

    run_id: int
    release: str
    revisions_sha256: str
    endpoint: str
    model: str
    protocol_label: str
    protocol_sha256: str
    protocol: Mapping[str, Any]
    is_imported: bool
    is_baseline: bool
    finished_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """Everything that is known of a run.

    ``seed`` and ``resamples`` are those of the bootstrap, ``group_resamples`` of that of a group.
    """

    version: int
    about: About
    outcomes: Outcomes
    failures: tuple[FailureKind, ...]
    scorers: tuple[ScorerReport, ...]
    agreements: tuple[ScorersAgreement, ...]
    copying: Copying | None
    resources: Resources
    seed: int
    resamples: int
    group_resamples: int
    confidence: float

    def to_json(self) -> dict[str, Any]:
        """Plain values; what :meth:`from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """Read :meth:`to_json` back; ValueError for another version or shape."""
        if not isinstance(document, Mapping) or document.get("version") != VERSION:
            raise ValueError(f"This report is not of version {VERSION}; compute it anew.")
        return read(cls, document)

    def scorer(self, name: str) -> ScorerReport | None:
        """What the scorer of this name says, if it said something."""
        return next((each for each in self.scorers if each.scorer == name), None)
