"""Asking one question of a worker's own, beside runs: some patience, soon an end.

Every request takes a slot of its endpoint, so that what an editor allows at once holds for runs,
trials and judges together.
"""

import asyncio

import structlog

from evaluation.clients.address import AddressError
from evaluation.clients.contract import Client, Completion, Failure, Request
from evaluation.clients.retrying import seconds_until_retry
from evaluation.limiting import Slot, Slots
from evaluation.models import ModelEndpoint
from evaluation.reaching import open_client

# A question is given up long before a run would give it up.
TRIES = 5
LONGEST_WAIT_SECONDS = 30.0
LONGEST_SECONDS = 300.0  # four such questions end before a task's time limit

logger = structlog.get_logger(__name__)


async def ask_once(
    endpoint: ModelEndpoint, request: Request, slots: Slots, *, key: int
) -> Completion | Failure | None:
    """The answer, or why there is none; never raises. `key` spreads the waits of many who ask.

    None where it was not asked, for these slots were closed before there was one.
    """
    try:
        async with open_client(endpoint) as client:
            return await _insistent(client, slots, request, key)
    except TimeoutError:
        return Failure(reason=f"No answer within {LONGEST_SECONDS:g} seconds.")
    except AddressError as error:
        return Failure(reason=str(error), is_of_endpoint=True)
    except Exception as error:
        kind = type(error).__name__  # one odd reply must not cost the other answers
        logger.exception("question_broke", endpoint=endpoint.pk, kind=kind)
        return Failure(reason=f"An error of this application ({kind}).")


async def _insistent(
    client: Client, slots: Slots, request: Request, key: int
) -> Completion | Failure | None:
    """The answer, asked for again where that may help soon; the first slot is waited for apart."""
    slot = await slots.take()
    if slot is None:
        return None
    async with asyncio.timeout(LONGEST_SECONDS):
        for attempt in range(1, TRIES):
            reply = await _asked_in(slot, slots, client, request)
            if not isinstance(reply, Failure) or not reply.is_retryable:
                return reply
            seconds = seconds_until_retry(attempt, reply.retry_after, key=key)
            if seconds > LONGEST_WAIT_SECONDS:
                return reply
            await asyncio.sleep(seconds)
            slot = await slots.take()
            if slot is None:
                return reply
        return await _asked_in(slot, slots, client, request)


async def _asked_in(
    slot: Slot, slots: Slots, client: Client, request: Request
) -> Completion | Failure:
    reply: Completion | Failure = Failure(reason="It was not waited for.")
    try:
        reply = await client.complete(request)
    finally:
        await slots.give_back(slot, reply)
    return reply
