"""How much of an endpoint each worker may use, decided from what all of them report.

Every worker tells now and then what it has under way, what came back and what it could use, and is
granted slots (requests at once) and starts (requests to begin). What is decided here is plain
arithmetic over one document; whoever keeps the document lets one report in at a time. Times are
seconds by the keeper's clock, never by a worker's.

Measured on 1,000 requests at 64 at once: lowering the limit at every 429 collapses it where a
server refuses at random (32 s in place of 6), never lowering it sends thousands of refused bodies
where there is a true cap. So it is lowered by a fifth once an episode, and only when more than a
fifth of the last second was refused, counting what is still under way as not refused.
"""

from dataclasses import asdict, dataclass, field
from math import ceil, exp, floor
from typing import Any, Self

LEASE_SECONDS = 30.0  # a worker that is silent for so long has lost what it held
DOWN_AFTER = 10  # failures in a row, of whatever requests
REFUSING_SECONDS = 60.0  # nothing but refusals for so long is no burst
_CUT = 0.8
_GROWTH = 0.5  # of a slot, for as many answers as there are slots
_SLOW_GROWTH = 0.1  # the same near where the last cut was
_NEAR = 0.9
_CUT_SHARE = 0.2
_PAUSE_SHARE = 0.5
_FEW = 5  # of so few requests no share is taken
_LONGEST_PAUSE = 600.0
_FIRST_PROBE, _LONGEST_PROBE = 5.0, 600.0
_SETTLING_SECONDS = 3.0  # in which workers report again what a lost document had held
_FIRST_TOKENS = 4000.0  # of a request, before one was counted
_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an editor allows of an endpoint. None: as much as there is."""

    at_once: int
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one worker tells: how it stands, and what happened since its last report.

    ``refused`` counts 429s to requests that began after the last cut it heard of; the older ones
    say nothing new. ``failures`` are those after the last answer, ``pause`` the longest wish of a
    refusal in seconds. ``is_brief`` says that somebody waits before a page for the few it wants.
    """

    worker: str
    is_brief: bool = False
    under_way: int = 0
    held: int = 0
    wanted: int = 0
    started: int = 0
    answered: int = 0
    refused: int = 0
    failures: int = 0
    tokens: int = 0
    pause: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a worker may do until it reports again.

    ``starts`` is None where nothing a minute is limited. ``wait`` is in seconds, above 0 where
    nothing may begin before. ``cuts`` numbers the episodes. ``is_down`` says that nothing answers;
    ``probe_in`` is then when to try again.
    """

    slots: int
    starts: int | None
    wait: float
    cuts: int
    is_down: bool
    probe_in: float


@dataclass(slots=True)
class _Worker:
    held: int
    wanted: int
    starts: int
    until: float
    is_brief: bool = False


@dataclass(slots=True, kw_only=True)
class Allowance:
    """The document: what is granted of one endpoint, and how it has been answering."""

    top: int = 0
    limit: float = 0.0
    cuts: int = 0
    cut_at: float = 0.0  # what the limit was
    at: float = 0.0
    settled_at: float = 0.0
    paused_until: float = 0.0
    answered: float = 0.0  # of the last second, as are the refused
    refused: float = 0.0
    failures: int = 0  # since the last answer
    refusing_since: float | None = None
    failed_probes: int = 0
    probe_at: float = 0.0
    requests_left: float | None = None
    tokens_left: float | None = None
    tokens_each: float = _FIRST_TOKENS
    workers: dict[str, _Worker] = field(default_factory=dict)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """From what `to_json` gave; a new one from an empty document."""
        workers = {name: _Worker(**one) for name, one in document.get("workers", {}).items()}
        return cls(**{**document, "workers": workers})

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @property
    def under_way(self) -> int:
        """How many slots are held, by all workers."""
        return sum(one.held for one in self.workers.values())

    @property
    def is_down(self) -> bool:
        """Whether nothing answers, so that one request at a time is enough to find out."""
        since = self.refusing_since
        is_refusing = since is not None and self.at - since > REFUSING_SECONDS
        return self.failures >= DOWN_AFTER or is_refusing

    def exchange(self, report: Report, limits: Limits, now: float) -> Grant:
        """Take a report in and say what its worker may do."""
        is_new = not self.at
        self._pass_time(limits, now)
        if is_new and report.held:
            # This document was lost: others hold slots too, and are about to say so.
            self.settled_at = now + _SETTLING_SECONDS
        mine = self.workers.setdefault(report.worker, _Worker(report.held, 0, 0, 0.0))
        mine.held, mine.wanted, mine.until = report.under_way, report.wanted, now + LEASE_SECONDS
        mine.starts, mine.is_brief = 0, report.is_brief
        self._learn(report, now)
        slots = self._slots(report)
        if not (report.wanted or report.under_way):
            del self.workers[report.worker]
        else:
            # After a cut more may be under way than is granted: what comes back is not replaced.
            mine.held = max(mine.held, slots)
            mine.starts = self._starts(mine, limits)
        return self._grant(slots, mine, limits)

    def _pass_time(self, limits: Limits, now: float) -> None:
        passed = max(0.0, now - self.at) if self.at else 0.0
        self.at = now
        if self.top != limits.at_once:
            self.top, self.limit = limits.at_once, float(limits.at_once)
        self.answered *= exp(-passed)
        self.refused *= exp(-passed)
        # A clock that was put back must not make a pause or a lease of an hour.
        self.paused_until = min(self.paused_until, now + _LONGEST_PAUSE)
        self.settled_at = min(self.settled_at, now + _SETTLING_SECONDS)
        self._refill(limits, passed)
        for name, one in list(self.workers.items()):
            one.until = min(one.until, now + LEASE_SECONDS)
            if one.until < now:
                self._spend(one.starts)  # it may have begun them
                del self.workers[name]

    def _refill(self, limits: Limits, passed: float) -> None:
        requests, tokens = limits.requests_per_minute, limits.tokens_per_minute
        self.requests_left = _refilled(self.requests_left, requests, passed, 1.0)
        self.tokens_left = _refilled(self.tokens_left, tokens, passed, self.tokens_each)

    def _spend(self, requests: int) -> None:
        if self.requests_left is not None:
            self.requests_left -= requests
        if self.tokens_left is not None:
            self.tokens_left -= requests * self.tokens_each

    def _learn(self, report: Report, now: float) -> None:
        if report.answered:
            self.failures, self.refusing_since = 0, None
            self.failed_probes, self.probe_at = 0, 0.0
            growth = _GROWTH if self.limit < _NEAR * self.cut_at else _SLOW_GROWTH
            self.limit = min(self.top, self.limit + growth * report.answered / self.limit)
            self.tokens_each += (report.tokens / report.answered - self.tokens_each) / 4
        elif report.refused and self.refusing_since is None:
            self.refusing_since = now
        self.failures += report.failures
        self.answered += report.answered
        self.refused += report.refused
        self._spend(report.started)
        if self.tokens_left is not None:  # `_spend` took what was expected
            self.tokens_left -= report.tokens - report.answered * self.tokens_each
        if report.refused:
            self._slow_down(report, now)
        if (report.refused or report.failures) and self.is_down and now >= self.probe_at:
            self.probe_at = now + min(_FIRST_PROBE * 2.0**self.failed_probes, _LONGEST_PROBE)
            self.failed_probes = min(self.failed_probes + 1, 10)

    def _refused_share(self) -> float:
        """How much of the last second was refused; 0 where that was too little to tell."""
        seen = self.answered + self.refused + self.under_way
        return self.refused / seen if seen >= _FEW else 0.0

    def _slow_down(self, report: Report, now: float) -> None:
        share = self._refused_share()
        if share <= _CUT_SHARE:
            return
        if share > _PAUSE_SHARE:
            pause = min(report.pause, _LONGEST_PAUSE)
            self.paused_until = max(self.paused_until, now + pause)
        self.cut_at = self.limit
        self.limit = max(1.0, self.limit * _CUT)
        self.cuts += 1
        self.answered = self.refused = 0.0

    def _slots(self, report: Report) -> int:
        """A fair part, what others leave of theirs, and never more than is free.

        Who is brief goes first: where one request is allowed, a run would keep it for hours.
        """
        others = [one for name, one in self.workers.items() if name != report.worker]
        limit = 1 if self.is_down else floor(self.limit)
        brief = 0 if report.is_brief else sum(one.wanted for one in others if one.is_brief)
        fair = max(1, limit // (1 + sum(one.wanted > 0 for one in others)))
        left = limit - sum(min(one.wanted, fair) for one in others)
        free = max(0, limit - sum(one.held for one in others))
        if self.at < self.settled_at:
            free = min(free, report.held)
        return min(report.wanted, max(fair, left), free, max(0, limit - brief))

    def _starts(self, mine: _Worker, limits: Limits) -> int:
        open_starts = sum(one.starts for one in self.workers.values())
        room = float(mine.held)
        for left, per_minute, each in (
            (self.requests_left, limits.requests_per_minute, 1.0),
            (self.tokens_left, limits.tokens_per_minute, self.tokens_each),
        ):
            if left is not None and per_minute is not None:
                # One request may need more than half a minute's allowance: it waits for so much.
                room = min(room, left / min(each, per_minute / 2) - open_starts)
        return max(0, ceil(floor(room + 1e-9) / len(self.workers)))

    def _grant(self, slots: int, mine: _Worker, limits: Limits) -> Grant:
        is_metered = not (limits.requests_per_minute is None and limits.tokens_per_minute is None)
        return Grant(
            slots=slots,
            starts=mine.starts if is_metered else None,
            wait=max(0.0, self.paused_until - self.at),
            cuts=self.cuts,
            is_down=self.is_down,
            probe_in=min(max(0.0, self.probe_at - self.at), _LONGEST_PROBE),
        )


def _refilled(
    left: float | None, per_minute: int | None, passed: float, each: float
) -> float | None:
    """A bucket so small and so slow that no minute ever sees more than is allowed in one."""
    if per_minute is None:
        return None
    burst = max(min(each, per_minute / 2), per_minute / 30)
    if left is None:
        return burst
    return min(burst, left + passed * (per_minute - burst) / _MINUTE)
