"""Asking one question while somebody waits before a page: some patience, soon an end."""

import asyncio

import structlog

from evaluation.clients.address import AddressError
from evaluation.clients.contract import Client, Completion, Failure, Request
from evaluation.clients.retrying import seconds_until_retry
from evaluation.models import ModelEndpoint
from evaluation.reaching import open_client

# A question is given up long before a run would give it up.
TRIES = 5
LONGEST_WAIT_SECONDS = 30.0
LONGEST_SECONDS = 300.0  # four such questions end before a task's time limit

logger = structlog.get_logger(__name__)


async def ask_once(endpoint: ModelEndpoint, request: Request, *, key: int) -> Completion | Failure:
    """The answer, or why there is none; never raises. `key` spreads the waits of many who ask."""
    try:
        async with asyncio.timeout(LONGEST_SECONDS), open_client(endpoint) as client:
            return await _insistent(client, request, key)
    except TimeoutError:
        return Failure(reason=f"No answer within {LONGEST_SECONDS:g} seconds.")
    except AddressError as error:
        return Failure(reason=str(error), is_of_endpoint=True)
    except Exception as error:
        kind = type(error).__name__  # one odd reply must not cost the other answers
        logger.exception("question_broke", endpoint=endpoint.pk, kind=kind)
        return Failure(reason=f"An error of this application ({kind}).")


async def _insistent(client: Client, request: Request, key: int) -> Completion | Failure:
    """The answer, asked for again where that may help soon."""
    for attempt in range(1, TRIES):
        reply = await client.complete(request)
        if not isinstance(reply, Failure) or not reply.is_retryable:
            return reply
        seconds = seconds_until_retry(attempt, reply.retry_after, key=key)
        if seconds > LONGEST_WAIT_SECONDS:
            return reply
        await asyncio.sleep(seconds)
    return await client.complete(request)
