"""Checking what an endpoint can do. Verbs never enqueue: callers do, after commit.

A check is a dated record: what was asked of which address, what came back, in words. It makes four
calls, each within a minute, so that a worker holds it for one lease and no longer.
"""

import asyncio
import uuid
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import User
from evaluation.clients.address import Address, AddressError, checked_base_url
from evaluation.clients.contract import MissingKeyError
from evaluation.clients.probing import Answered, Prober, open_prober
from evaluation.domain.conformance import (
    Capability,
    ImageReply,
    Shown,
    color_messages,
    context_capability,
    drawn_colors,
    images_capability,
    logprobs_capability,
    model_capability,
)
from evaluation.models import CheckStatus, EndpointCheck, ModelEndpoint
from evaluation.reaching import required_key

LEASE = timedelta(minutes=6)
MAX_ATTEMPTS = 2
_FREE = {"lease_token": None, "leased_until": None}

logger = structlog.get_logger(__name__)


def ask_check(endpoint: ModelEndpoint, *, by: User) -> EndpointCheck:
    """A queued check of the endpoint as it is set up now."""
    if endpoint.is_imported or endpoint.is_baseline:
        raise InvalidContentError(f"{endpoint} has no server, so there is nothing to check.")
    try:
        with transaction.atomic():
            return EndpointCheck.objects.create(
                endpoint=endpoint, asked_by=by, base_url=endpoint.base_url, model=endpoint.model
            )
    except IntegrityError:
        raise WrongMomentError(f"{endpoint} is being checked already; wait for it.") from None


def work_check(check_id: int) -> None:
    """Ask and record.

    Does nothing where it has ended or a living worker holds it, so a message delivered twice is
    harmless.
    """
    now, token = timezone.now(), uuid.uuid4()
    free = EndpointCheck.objects.free_at(now).filter(pk=check_id)
    reason = "The worker died while checking. Check again."
    free.tried(MAX_ATTEMPTS).update(
        status=CheckStatus.FINISHED,
        finished_at=now,
        capabilities=[_nothing("reachable", reason).to_json()],
        **_FREE,
    )
    if not free.update(
        status=CheckStatus.RUNNING,
        lease_token=token,
        leased_until=now + LEASE,
        attempts=F("attempts") + 1,
    ):
        return
    check = EndpointCheck.objects.with_parts().get(pk=check_id)
    capabilities = [each.to_json() for each in _found(check)]
    EndpointCheck.objects.held_by(token).update(
        status=CheckStatus.FINISHED,
        finished_at=timezone.now(),
        capabilities=capabilities,
        **_FREE,
    )


def resumable_check_ids() -> list[int]:
    """Checks that no living worker holds."""
    free = EndpointCheck.objects.free_at(timezone.now())
    return list(free.order_by("pk").values_list("pk", flat=True))


def _found(check: EndpointCheck) -> list[Capability]:
    endpoint = check.endpoint
    try:
        address = Address(
            base_url=checked_base_url(endpoint.base_url, settings.MODEL_HOSTS),
            model=endpoint.model,
            timeout_seconds=endpoint.timeout_seconds,
        )
        key = required_key(endpoint.key_variable)
        return asyncio.run(_asked(address, key, seed=check.pk))
    except (AddressError, MissingKeyError) as error:
        return [_nothing("reachable", str(error))]
    except Exception as error:
        kind = type(error).__name__  # one odd reply must not leave the check open for ever
        logger.exception("check_broke", endpoint=endpoint.pk, kind=kind)
        return [_nothing("reachable", f"An error of this application ({kind}).")]


async def _asked(address: Address, key: str, *, seed: int) -> list[Capability]:
    async with open_prober(address, key) as prober:
        models = await prober.models()
        if models.status is None or models.status in {401, 403} or 300 <= models.status < 400:
            return [Capability(name="reachable", shown=Shown.NO, evidence=models.says)]
        reached = f"The server answered {models.status} when asked for its models."
        return [
            Capability(name="reachable", shown=Shown.YES, evidence=reached),
            model_capability(models.document, address.model),
            context_capability(models.document, address.model),
            *await _answers(prober, seed),
            await _logprobs(prober),
        ]


async def _answers(prober: Prober, seed: int) -> list[Capability]:
    """Whether it answers words, and whether it sees each of several images."""
    colors = drawn_colors(seed)
    words = await _ask_colors(prober, color_messages(colors, with_images=False))
    if words.completion is None:
        return [_refused("answers", words), _nothing("images", "Not asked: it did not answer.")]
    served = words.completion.served_model or "no name"
    evidence = f"It answers words, and calls itself {served}."
    answers = Capability(name="answers", shown=Shown.YES, evidence=evidence)
    seen = await _ask_colors(prober, color_messages(colors))
    if seen.completion is None:
        return [answers, _refused("images", seen)]
    reply = ImageReply(
        text=seen.completion.text,
        received=seen.completion.images_received,
        tokens=seen.completion.input_tokens,
        tokens_without=words.completion.input_tokens,
    )
    return [answers, images_capability(colors, reply)]


async def _ask_colors(prober: Prober, messages: list[dict[str, object]]) -> Answered:
    return await prober.chat(messages=messages, temperature=0, max_tokens=512)


async def _logprobs(prober: Prober) -> Capability:
    messages = [{"role": "user", "content": "Answer with one letter: A or B?"}]
    asked = await prober.chat(
        messages=messages, temperature=0, max_tokens=1, logprobs=True, top_logprobs=5
    )
    if not asked.is_ok:
        return _refused("logprobs", asked)
    return logprobs_capability(asked.document)


def _refused(name: str, answered: Answered) -> Capability:
    """What the server did not do: it said no, or it said nothing that can be read."""
    evidence = answered.says or "The reply is none of a chat API."
    is_no = answered.status is not None and 400 <= answered.status < 500
    is_no = is_no and answered.status not in {408, 409, 425, 429}
    return Capability(name=name, shown=Shown.NO if is_no else Shown.UNKNOWN, evidence=evidence)


def _nothing(name: str, why: str) -> Capability:
    return Capability(name=name, shown=Shown.UNKNOWN, evidence=why)
