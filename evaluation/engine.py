"""The asynchronous worker loop: lease, ask, record.

One `work` per process; any number of them share a run. A feeder claims rows, askers ask them, as
many at once as this worker has slots of the endpoint, a recorder writes what came back in small
batches, a watcher keeps the claims alive and notices a stop. Calls to models happen outside
transactions; the database is reached in one thread beside the loop.
"""

import asyncio
import signal
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog
from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, connections

from evaluation import leasing
from evaluation.asking import Ending, ending_of, request_as_planned
from evaluation.clients.contract import Client, Completion, Failure
from evaluation.domain.protocol import Protocol
from evaluation.leasing import Leased, Result
from evaluation.limiting import Slot, Slots, slots_of
from evaluation.models import Prediction, Run
from evaluation.reaching import IMAGES, open_client
from evaluation.ready import Ready
from evaluation.spending import BudgetSpentError

SHARD_SECONDS = 60.0  # then another run may have its turn
BATCH_ROWS = 50
BATCH_SECONDS = 0.1  # at most this much of what was paid for is lost with a killed worker
POLL_SECONDS = 0.25
WATCH_SECONDS = 1.0
NEAR = timedelta(seconds=10)  # what is due later is left to the sweep, and the process to others
RENEW_EVERY = 15  # watches, a quarter of a lease
FATAL_IN_A_ROW = 5  # then the endpoint itself is wrong, and asking on would only burn requests
_RECONNECT_SECONDS = (1, 2, 4)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why a worker asks no more, beyond its time: empty where nothing is wrong.

    The endpoint cannot be used at all, or the run is to rest, for so many seconds or until somebody
    lets it go on. ``is_useless``: others hold all that this endpoint allows.
    """

    reason: str = ""
    is_paused: bool = False
    resume_in: float | None = None
    is_useless: bool = False


async def work(
    run: Run, *, seconds: float = SHARD_SECONDS, is_told_to_stop: Callable[[], bool] = lambda: False
) -> Stop:
    """Ask what is due of a running run until nothing is left or soon due, or the time is up.

    Any number of workers may do so at once. A run that is no longer running, SIGTERM, who tells it
    to stop and the end of time all stop the claiming and let what was sent come back.
    """
    try:
        async with open_client(run.endpoint) as client, slots_of(run.endpoint) as slots:
            return await Worker(run, client, slots, is_told_to_stop).work(seconds)
    finally:
        await sync_to_async(connections.close_all)()


async def in_database[**P, R](call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call in the database's thread; one that is away for seconds costs nothing that was paid.

    What is called here may be called twice: the first may have been written before the line broke.
    """
    for wait in _RECONNECT_SECONDS:
        try:
            return await sync_to_async(call)(*args, **kwargs)
        except (OperationalError, InterfaceError):
            logger.warning("database_away", seconds=wait)
            await sync_to_async(connections.close_all)()
            await asyncio.sleep(wait)
    return await sync_to_async(call)(*args, **kwargs)


class Worker:
    """One worker's share of a run."""

    def __init__(
        self, run: Run, client: Client, slots: Slots, is_told_to_stop: Callable[[], bool]
    ) -> None:
        self._run_id = run.pk
        self._protocol: Protocol = run.protocol
        self._at_once = run.endpoint.max_concurrency
        self._client = client
        self._slots = slots
        self._is_told_to_stop = is_told_to_stop
        self._token = uuid.uuid4()
        self._ready = Ready(self._at_once)
        self._results: asyncio.Queue[Result | None] = asyncio.Queue()
        self._stopping = asyncio.Event()
        self._unasked: set[int] = set()
        self._held = 0  # asked or not, and not recorded yet
        self._fatal_in_a_row = 0
        self._last_failure = ""
        self._stop = Stop()
        self._started_at = time.monotonic()
        self._replies: Counter[str] = Counter()

    async def work(self, seconds: float) -> Stop:
        """See the module's `work`."""
        try:
            async with _stopped_by_sigterm(self._end), asyncio.TaskGroup() as helpers:
                watcher = helpers.create_task(self._watch(seconds))
                recorder = helpers.create_task(self._record())
                async with asyncio.TaskGroup() as askers:
                    askers.create_task(self._feed())
                    await self._dispatch(askers)
                await self._results.put(None)
                await recorder
                watcher.cancel()
        finally:
            with suppress(OperationalError, InterfaceError):  # then the leases expire
                await sync_to_async(leasing.put_back)(self._token, self._unasked)
        self._note_down()
        self._tell()
        return self._stop

    def _tell(self) -> None:
        """Leave in the log what this shard did: requests by what came back, rate, images made."""
        seconds = time.monotonic() - self._started_at
        logger.info(
            "shard_ended",
            run=self._run_id,
            replies=dict(self._replies),
            seconds=round(seconds, 3),
            replies_a_second=round(self._replies.total() / seconds, 1),
            slots=self._slots.granted,
            images_encoded=IMAGES.made,
            why=self._stop.reason,
        )

    def _end(self, stop: Stop | None = None) -> None:
        """Ask nothing more; the first reason counts."""
        if stop is not None and self._stop == Stop():
            self._stop = stop
        self._stopping.set()
        self._slots.close()

    async def _feed(self) -> None:
        """Claim rows as they are taken up, until nothing is left to ask soon."""
        batch = max(1, self._at_once // 2)
        while not self._stopping.is_set():
            leased = await self._lease(batch)
            is_all = len(leased) < batch
            self._slots.want(self._held if is_all else self._at_once)
            await self._ready.put(leased, is_all=is_all)
            if leased:
                continue
            if not self._held and not await in_database(self._has_near):
                break
            await self._pause(POLL_SECONDS)
        self._ready.close()

    async def _lease(self, limit: int) -> list[Leased]:
        try:
            leased = await in_database(leasing.lease, self._run_id, self._token, limit)
        except BudgetSpentError as error:
            self._end(Stop(reason=str(error), is_paused=True))
            return []
        self._held += len(leased)
        self._unasked |= {item.prediction_id for item in leased}
        return leased

    async def _dispatch(self, askers: asyncio.TaskGroup) -> None:
        """Ask what is ready, each as soon as there is a slot."""
        while await self._ready.has_some():
            slot = await self._slots.take()
            leased = self._ready.pop()
            if slot is None:  # it goes back unasked, as does what is still ready
                self._end()
                continue
            self._unasked.discard(leased.prediction_id)
            askers.create_task(self._ask_in(slot, leased))

    async def _ask_in(self, slot: Slot, leased: Leased) -> None:
        reply, became = await self._ask(leased)
        self._ready.end(leased.prediction_id, is_answered=isinstance(reply, Completion))
        self._replies[_kind_of(reply)] += 1
        await self._results.put(Result(leased=leased, became=became))
        await self._slots.give_back(slot, reply)

    async def _ask(self, leased: Leased) -> tuple[Completion | Failure, Ending | Failure]:
        """What came back, and what it means for the row."""
        try:
            request = request_as_planned(
                leased.content, self._protocol, leased.prompt_sha256, leased.variant
            )
            if request is None:
                failure = Failure(
                    reason="Prompts changed since this run was planned; plan a new run."
                )
                return failure, failure
            reply = await self._client.complete(request)
            self._note(reply if isinstance(reply, Failure) else None)
            return reply, reply if isinstance(reply, Failure) else ending_of(request, reply)
        except Exception as error:
            kind = type(error).__name__  # one odd reply must not end the others
            logger.exception("prediction_broke", prediction=leased.prediction_id, kind=kind)
            failure = Failure(reason=f"An error of this application ({kind}).")
            return failure, failure

    def _note(self, failure: Failure | None) -> None:
        """Stop where every request would fail alike: a wrong key, a wrong address."""
        is_of_endpoint = failure is not None and failure.is_of_endpoint
        self._fatal_in_a_row = self._fatal_in_a_row + 1 if is_of_endpoint else 0
        if failure is not None:
            self._last_failure = failure.reason
            if self._fatal_in_a_row >= FATAL_IN_A_ROW:
                self._end(Stop(reason=failure.reason))

    def _note_down(self) -> None:
        """Pause where nothing answers, whatever is asked: it would only burn attempts."""
        seconds = self._slots.down_for
        if seconds is not None:
            reason = f"The model does not answer. {self._last_failure}"
            self._end(Stop(reason=reason, is_paused=True, resume_in=seconds))

    async def _record(self) -> None:
        is_open = True
        while is_open:
            batch, is_open = await self._next_batch()
            if batch:
                await in_database(leasing.record, self._token, batch)
                self._held -= len(batch)

    async def _next_batch(self) -> tuple[list[Result], bool]:
        batch: list[Result] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(BATCH_SECONDS):
                while len(batch) < BATCH_ROWS:
                    result = await self._results.get()
                    if result is None:
                        return batch, False
                    batch.append(result)
        return batch, True

    async def _watch(self, seconds: float) -> None:
        """Keep the claims alive; stop when the time is up or there is nothing to do here."""
        deadline = asyncio.get_running_loop().time() + seconds
        watches = 0
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            watches += 1
            if self._slots.is_starved:
                self._end(Stop(is_useless=True))
            is_over = asyncio.get_running_loop().time() >= deadline or self._is_told_to_stop()
            if is_over or not await in_database(self._is_running):
                self._end()
            if watches % RENEW_EVERY == 0:
                await in_database(leasing.renew, self._token)

    def _is_running(self) -> bool:
        return Run.objects.running().filter(pk=self._run_id).exists()

    def _has_near(self) -> bool:
        return Prediction.objects.of_running_run(self._run_id).due(within=NEAR).exists()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def _kind_of(reply: Completion | Failure) -> str:
    if isinstance(reply, Completion):
        return "ok"
    return f"status {reply.http_status}" if reply.http_status else "no reply"


@asynccontextmanager
async def _stopped_by_sigterm(stop: Callable[[], None]) -> AsyncIterator[None]:
    """Let SIGTERM end the work softly, where this is a process's main thread."""
    loop = asyncio.get_running_loop()
    is_ours = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    try:
        if is_ours:
            loop.add_signal_handler(signal.SIGTERM, stop)
    except (RuntimeError, ValueError):
        is_ours = False
    try:
        yield
    finally:
        if is_ours:
            loop.remove_signal_handler(signal.SIGTERM)
