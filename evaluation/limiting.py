"""One allowance per endpoint, shared by every worker on every machine.

The arithmetic is `domain/allowance.py`; here its document is kept, in Redis where there is one,
else in the database, by the clock of whoever keeps it. A worker holds a part of the endpoint and
reports a few times a second, so that a request costs no round trip of its own.
"""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import redis
import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections, transaction

from evaluation.clients.contract import Completion, Failure
from evaluation.domain.allowance import LEASE_SECONDS, Allowance, Grant, Limits, Report
from evaluation.models import EndpointAllowance, ModelEndpoint

REPORT_SECONDS = 0.5
SOON_SECONDS = 0.05
_KEPT_SECONDS = 24 * 3600
_MARGIN_SECONDS = 10.0  # a worker stops before its lease does
_COOL_FIRST_SECONDS = 0.2  # as long as an answer takes, before one came
_TOO_MANY_REQUESTS = 429

# Gives the document with the time, or replaces it if it is still the one that was read.
_READ = "return {redis.call('TIME'), redis.call('GET', KEYS[1]) or ''}"
_REPLACE = (
    "if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end "
    "redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) return 1"
)

type Exchange = Callable[[Report], Awaitable[Grant]]
"""Hands a report in for a grant; an error of the keeper where it is away."""

logger = structlog.get_logger(__name__)


class KeeperBusyError(Exception):
    """Others changed the document again and again meanwhile; the next report will do."""


_AWAY = (redis.RedisError, DatabaseError, InterfaceError, KeeperBusyError, OSError)


def limits_of(endpoint: ModelEndpoint) -> Limits:
    """What an editor allows of it."""
    return Limits(
        at_once=endpoint.max_concurrency,
        requests_per_minute=endpoint.requests_per_minute,
        tokens_per_minute=endpoint.tokens_per_minute,
    )


def exchange_in_database(endpoint_id: int, report: Report, limits: Limits) -> Grant:
    """One report for one grant, kept in the endpoint's row."""
    with transaction.atomic():
        kept, now = EndpointAllowance.objects.locked_with_now(endpoint_id)
        allowance = Allowance.from_json(kept.document)
        grant = allowance.exchange(report, limits, now.timestamp())
        kept.document = allowance.to_json()
        kept.save(update_fields=["document"])
    return grant


def exchange_in_redis(client: Any, key: str, report: Report, limits: Limits) -> Grant:
    """The same, kept in Redis; KeeperBusyError where others are always faster."""
    for _ in range(20):
        (seconds, micros), before = client.eval(_READ, 1, key)
        allowance = Allowance.from_json(json.loads(before or "{}"))
        grant = allowance.exchange(report, limits, int(seconds) + int(micros) / 1e6)
        after = json.dumps(allowance.to_json())
        if client.eval(_REPLACE, 1, key, before, after, _KEPT_SECONDS):
            return grant
    raise KeeperBusyError


@cache
def _client(address: str) -> redis.Redis:
    return redis.Redis.from_url(address, socket_timeout=2, socket_connect_timeout=2)


def exchange_of(endpoint: ModelEndpoint) -> Exchange:
    """Where the allowance of an endpoint is kept."""
    limits, endpoint_id = limits_of(endpoint), endpoint.pk
    if not settings.REDIS_URL:
        return lambda report: sync_to_async(exchange_in_database)(endpoint_id, report, limits)
    client = _client(settings.REDIS_URL)
    key = _key(endpoint)
    # In a thread: the loop must go on where Redis hangs.
    return lambda report: asyncio.to_thread(exchange_in_redis, client, key, report, limits)


def kept_allowance(endpoint: ModelEndpoint) -> Allowance | None:
    """How an endpoint's document stands, as it was last written; None where there is none."""
    if not settings.REDIS_URL:
        kept = EndpointAllowance.objects.filter(endpoint=endpoint).first()
        return Allowance.from_json(kept.document) if kept and kept.document else None
    try:
        document: Any = _client(settings.REDIS_URL).get(_key(endpoint))
    except redis.RedisError:
        return None
    return Allowance.from_json(json.loads(document)) if document else None


def _key(endpoint: ModelEndpoint) -> str:
    # With its birth: another database may have an endpoint of this number.
    return f"icl-bench:allowance:{endpoint.pk}:{endpoint.created_at.timestamp()}"


@dataclass(slots=True)
class Slot:
    """The right to one request under way; ``cuts`` is the episode it began in."""

    cuts: int


class Slots:
    """One worker's part of an endpoint."""

    def __init__(self, exchange: Exchange, *, is_brief: bool) -> None:
        self._exchange = exchange
        self._news = Report(worker=str(uuid.uuid4()), is_brief=is_brief)
        self._grant: Grant | None = None
        self._valid_until = self._paused_until = 0.0
        self._starts: int | None = 0
        self._changed, self._is_urgent = asyncio.Event(), asyncio.Event()
        self._seconds_each = _COOL_FIRST_SECONDS
        self._seconds_starved = 0.0
        self._is_closed = False
        self._told: int | None = None  # how many were under way, while a report is on its way
        self.under_way = 0
        self.wanted = 0
        self.down_for: float | None = None

    @property
    def granted(self) -> int:
        """How many requests this worker may have under way."""
        return self._grant.slots if self._grant else 0

    @property
    def is_starved(self) -> bool:
        """Whether others hold everything, so that this worker is of no use."""
        return self._seconds_starved > 5 * REPORT_SECONDS and not self.under_way

    def want(self, count: int) -> None:
        """Say how many requests could be under way; more are asked for at once."""
        if count > self.wanted and self.granted <= self.wanted:
            self._is_urgent.set()
        self.wanted = count

    async def take(self) -> Slot | None:
        """A slot as soon as there is one; None once these are closed."""
        while not (self._is_closed or self._has_room()):
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), self._until_pause_ends())
        if self._is_closed or self._grant is None:
            return None
        self.under_way += 1
        self._news = replace(self._news, started=self._news.started + 1)
        if self._starts is not None:
            self._starts -= 1
        return Slot(self._grant.cuts)

    def close(self) -> None:
        """Give no more slots."""
        self._is_closed = True
        self._changed.set()

    async def give_back(self, slot: Slot, reply: Completion | Failure) -> None:
        """End a request. One that was refused keeps its place for as long as an answer takes."""
        self._note(slot, reply)
        if isinstance(reply, Failure) and reply.http_status == _TOO_MANY_REQUESTS:
            self._is_urgent.set()
            await asyncio.sleep(self._seconds_each)
        self.under_way -= 1
        self._changed.set()

    async def keep(self) -> None:
        """Report for as long as this runs; what was held goes back at its end."""
        try:
            while True:
                started = time.monotonic()
                await self._report()
                await asyncio.sleep(SOON_SECONDS)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._is_urgent.wait(), REPORT_SECONDS - SOON_SECONDS)
                self._is_urgent.clear()
                self._note_starving(time.monotonic() - started)
        finally:
            self.wanted = 0
            await self._report()

    async def _report(self) -> None:
        news = replace(self._news, under_way=self.under_way, held=self.granted, wanted=self.wanted)
        # What was not told as under way may be granted to others before the answer is here.
        self._told = self.under_way
        self._news = Report(worker=news.worker, is_brief=news.is_brief)
        try:
            grant = await self._exchange(news)
        except _AWAY as error:
            self._news = _both(news, self._news)
            logger.warning("allowance_away", kind=type(error).__name__)
            if isinstance(error, DatabaseError | InterfaceError):
                await sync_to_async(connections.close_all)()
            return
        self._told = None
        now = time.monotonic()
        # What began while the report was under way is told by the next one.
        self._grant, self._starts = grant, _less(grant.starts, self._news.started)
        self._valid_until = now + LEASE_SECONDS - _MARGIN_SECONDS
        self._paused_until = now + grant.wait
        if grant.is_down and (news.failures or news.refused):
            self.down_for = grant.probe_in
            self._is_closed = True
        self._changed.set()

    def _has_room(self) -> bool:
        if self._starts is not None and self._starts <= 0:
            self._is_urgent.set()
            return False
        if self._grant is not None and self._grant.is_down and self._news.failures:
            return False  # one was enough to find out
        now = time.monotonic()
        most = self.granted if self._told is None else min(self.granted, self._told)
        return self.under_way < most and self._paused_until <= now < self._valid_until

    def _until_pause_ends(self) -> float:
        return max(SOON_SECONDS, min(self._paused_until - time.monotonic(), REPORT_SECONDS))

    def _note(self, slot: Slot, reply: Completion | Failure) -> None:
        news = self._news
        if isinstance(reply, Completion):
            self._seconds_each += (reply.latency_ms / 1000 - self._seconds_each) / 8
            tokens = news.tokens + (reply.input_tokens or 0) + (reply.output_tokens or 0)
            self._news = replace(news, answered=news.answered + 1, failures=0, tokens=tokens)
        elif reply.http_status == _TOO_MANY_REQUESTS:
            is_news = self._grant is not None and slot.cuts == self._grant.cuts
            pause = max(news.pause, reply.retry_after or 0.0)
            self._news = replace(news, refused=news.refused + is_news, pause=pause)
        elif reply.is_of_server:
            self._news = replace(news, failures=news.failures + 1)
            self._is_urgent.set()

    def _note_starving(self, seconds: float) -> None:
        is_starving = self.wanted > 0 and self._grant is not None and not self.granted
        self._seconds_starved = self._seconds_starved + seconds if is_starving else 0.0


@asynccontextmanager
async def slots_of(endpoint: ModelEndpoint, *, is_brief: bool = False) -> AsyncIterator[Slots]:
    """This worker's part of an endpoint, for as long as the block runs.

    ``is_brief`` where somebody waits for a few answers: then others make room at once.
    """
    slots = Slots(exchange_of(endpoint), is_brief=is_brief)
    async with asyncio.TaskGroup() as helpers:
        keeping = helpers.create_task(slots.keep())
        try:
            yield slots
        finally:
            keeping.cancel()


def _both(earlier: Report, later: Report) -> Report:
    """What two reports tell, as one."""
    return replace(
        later,
        started=earlier.started + later.started,
        answered=earlier.answered + later.answered,
        refused=earlier.refused + later.refused,
        failures=later.failures + (0 if later.answered else earlier.failures),
        tokens=earlier.tokens + later.tokens,
        pause=max(earlier.pause, later.pause),
    )


def _less(starts: int | None, begun: int) -> int | None:
    return None if starts is None else max(0, starts - begun)
