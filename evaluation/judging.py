"""Judging the stored answers of a run by a model. Verbs never enqueue: callers do, after commit.

A verdict is a row: claimed for a time, asked for, written once. The same text is one row for all
runs, so that it is never paid for twice; any number of workers may be at it.
"""

import asyncio
import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from itertools import batched, count

from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction
from django.db.models import F
from django.utils import timezone

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import User
from evaluation.clients.contract import Completion, Failure, Request
from evaluation.domain.arms import AnswerForm
from evaluation.domain.judging import (
    JUDGE_PROTOCOL,
    judge_prompt,
    judge_prompt_sha256,
    read_verdict,
    verdict_key,
)
from evaluation.domain.outcomes import Outcome
from evaluation.engine import in_database
from evaluation.limiting import Slots, slots_of
from evaluation.models import (
    EndpointKind,
    JudgedAnswer,
    Judging,
    JudgingStatus,
    ModelEndpoint,
    Prediction,
    Run,
    Score,
    Verdict,
)
from evaluation.waiting import ask_once

LEASE = timedelta(seconds=90)
RENEW_SECONDS = 20
SHARD_SECONDS = 300  # then another worker may go on
MAX_ATTEMPTS = 3
_LONGEST_ERROR = 500
_BATCH = 500
_DOWN = Failure(reason="The judge does not answer.", is_of_endpoint=True)
_NOTHING_READ = "No answer could be read from the completion, so the judge was not asked."


@transaction.atomic
def judge_run(run: Run, endpoint: ModelEndpoint, *, by: User) -> Judging:
    """A judging of every answer of a run; what this judge was asked before is not asked again.

    Where it was judged already, what failed and what was answered since is asked for.
    """
    _require_judgeable(run, endpoint)
    judging, _ = Judging.objects.get_or_create(
        run=run,
        endpoint=endpoint,
        prompt_sha256=judge_prompt_sha256(),
        defaults={"asked_by": by, "scorer": Judging.scorer_of(endpoint)},
    )
    answered = Prediction.objects.of_run(run.pk).answered().with_parts()
    is_any = False
    for some in batched(answered.iterator(chunk_size=_BATCH), _BATCH, strict=False):
        is_any = True
        _score_unread(judging, [each for each in some if not each.parsed])
        _link(judging, [each for each in some if each.parsed])
    if not is_any:
        raise WrongMomentError("This run has no answers to judge yet.")
    verdicts = Verdict.objects.of_judging(judging.pk)
    verdicts.failed().update(outcome="", error="", attempts=0, given_at=None)
    _move(judging.pk, JudgingStatus.RUNNING)
    return judging


def work_judging(judging_id: int) -> bool:
    """Ask for verdicts for a while; whether it should be taken up again at once."""
    judging = Judging.objects.running().select_related("endpoint").filter(pk=judging_id).first()
    if judging is None:
        return False
    token = uuid.uuid4()
    failure = asyncio.run(_ask_all(judging, token))
    if failure:
        _move(judging.pk, JudgingStatus.FAILED, failure)
        return False
    verdicts = Verdict.objects.of_judging(judging_id)
    if verdicts.unfinished().exists():
        return verdicts.free_at(timezone.now()).exists()
    _move(judging.pk, JudgingStatus.FINISHED)
    return False


def resumable_judging_ids() -> list[int]:
    """Judgings with something to do that no living worker holds."""
    resumable = Judging.objects.resumable_at(timezone.now())
    return list(resumable.order_by("pk").values_list("pk", flat=True))


def _move(judging_id: int, to: JudgingStatus, failure: str = "") -> None:
    finished_at = None if to == JudgingStatus.RUNNING else timezone.now()
    Judging.objects.filter(pk=judging_id).update(
        status=to, failure=failure, finished_at=finished_at
    )


def _require_judgeable(run: Run, endpoint: ModelEndpoint) -> None:
    if run.protocol.answer_form is not AnswerForm.OPEN:
        raise InvalidContentError("Only answers in open form are judged; letters are scored.")
    if not run.is_settled:
        raise WrongMomentError("This run is still at work; judge it once it has ended.")
    if endpoint.kind != EndpointKind.OPENAI_COMPATIBLE or not endpoint.is_active:
        raise InvalidContentError(f"{endpoint} cannot be asked. Choose a model that is in use.")


def _score_unread(judging: Judging, unread: Sequence[Prediction]) -> None:
    _write_scores(
        Score(prediction=each, scorer=judging.scorer, value=0, explanation=_NOTHING_READ)
        for each in unread
    )


def _link(judging: Judging, answered: Sequence[Prediction]) -> None:
    """Give each answer its verdict's row, and the score where the verdict was given before."""
    keys = {each.pk: _key(each, judging.endpoint) for each in answered}
    Verdict.objects.bulk_create(
        [
            Verdict(
                key=key,
                judge_model=judging.endpoint.model,
                prompt_sha256=judging.prompt_sha256,
            )
            for key in sorted(set(keys.values()))
        ],
        ignore_conflicts=True,
    )
    stored = Verdict.objects.filter(key__in=set(keys.values()))
    verdict_ids = dict(stored.values_list("key", "pk"))
    JudgedAnswer.objects.bulk_create(
        [
            JudgedAnswer(judging=judging, prediction=each, verdict_id=verdict_ids[keys[each.pk]])
            for each in answered
        ],
        ignore_conflicts=True,
    )
    _score(verdict_ids.values())


def _key(prediction: Prediction, judge: ModelEndpoint) -> str:
    query = prediction.revision.content().query
    return verdict_key(
        query.question,
        query.answer,
        prediction.parsed,
        judge.model,
        variants=query.accepted_variants,
    )


def _score(verdict_ids: Collection[int]) -> None:
    """Score every answer, of whatever run, on which one of these verdicts was given."""
    # A judging that was at its end gets a verdict late: what was counted of its run is out of date.
    Judging.objects.settled().judged_with(verdict_ids).update(finished_at=timezone.now())
    _write_scores(
        Score(
            prediction_id=answer.prediction_id,
            scorer=answer.judging.scorer,
            value=float(answer.verdict.value or 0),
            explanation=f"{answer.verdict.judge_model} replied “{answer.verdict.reply.strip()}”.",
        )
        for answer in JudgedAnswer.objects.with_verdict(verdict_ids)
    )


def _write_scores(scores: Iterable[Score]) -> None:
    Score.objects.bulk_create(
        scores,
        update_conflicts=True,
        unique_fields=["prediction", "scorer"],
        update_fields=["value", "explanation"],
    )


async def _ask_all(judging: Judging, token: uuid.UUID) -> str:
    """Ask until nothing is free or the time is up; why the judge cannot be asked, else empty."""
    try:
        async with slots_of(judging.endpoint) as slots:
            return await _ask_in(slots, judging, token)
    finally:
        await sync_to_async(_put_back)(token)
        await sync_to_async(connections.close_all)()


async def _ask_in(slots: Slots, judging: Judging, token: uuid.UUID) -> str:
    failures: list[str] = []
    slots.want(judging.endpoint.max_concurrency)
    tending = asyncio.create_task(_tend(token, slots))
    try:
        async with asyncio.TaskGroup() as askers:
            for _ in range(slots.wanted):
                askers.create_task(_ask_on(judging, token, slots, failures))
    finally:
        tending.cancel()
        await asyncio.wait([tending])
    return failures[0] if failures else ""


async def _ask_on(judging: Judging, token: uuid.UUID, slots: Slots, failures: list[str]) -> None:
    while not failures and (claimed := await in_database(_claim, judging.pk, token)):
        verdict_id, request = claimed
        reply = await ask_once(judging.endpoint, request, slots, key=verdict_id)
        if slots.down_for is not None and not isinstance(reply, Completion):
            reply = _DOWN
        if reply is None:
            break
        if isinstance(reply, Failure) and reply.is_of_endpoint:
            failures.append(reply.reason)
            slots.close()
            break
        await in_database(_record, token, verdict_id, reply)
    slots.want(slots.wanted - 1)


async def _tend(token: uuid.UUID, slots: Slots) -> None:
    """Hold what is asked for, and ask no more once the time is up or others hold every slot."""
    for second in count(1):
        await asyncio.sleep(1)
        if second >= SHARD_SECONDS or slots.is_starved:
            slots.close()
        if second % RENEW_SECONDS == 0:
            await in_database(_renew, token)


def _renew(token: uuid.UUID) -> None:
    Verdict.objects.held_by(token).update(leased_until=timezone.now() + LEASE)


def _put_back(token: uuid.UUID) -> None:
    """Free what was claimed and never answered, as if it had not been claimed."""
    Verdict.objects.held_by(token).update(
        lease_token=None, leased_until=None, attempts=F("attempts") - 1
    )


@transaction.atomic
def _claim(judging_id: int, token: uuid.UUID) -> tuple[int, Request] | None:
    """One verdict that this worker now holds, and what to ask for it; None where none is free."""
    now = timezone.now()
    free = Verdict.objects.of_judging(judging_id).free_at(now)
    free.filter(attempts__gte=MAX_ATTEMPTS).update(
        outcome=Outcome.ERROR,
        error=f"Its worker died {MAX_ATTEMPTS} times while asking.",
        lease_token=None,
        leased_until=None,
    )
    if connection.features.has_select_for_update_skip_locked:
        free = free.select_for_update(skip_locked=True)
    verdict_id = free.order_by("pk").values_list("pk", flat=True).first()
    if verdict_id is None:
        return None
    Verdict.objects.filter(pk=verdict_id).update(
        lease_token=token, leased_until=now + LEASE, attempts=F("attempts") + 1
    )
    answer = JudgedAnswer.objects.select_related("prediction__revision").filter(
        judging=judging_id, verdict=verdict_id
    )[0]
    content = answer.prediction.revision.content()
    query = content.query
    prompt = judge_prompt(
        query.question, query.answer, answer.prediction.parsed, variants=query.accepted_variants
    )
    return verdict_id, Request(prompt=prompt, content=content, protocol=JUDGE_PROTOCOL)


@transaction.atomic
def _record(token: uuid.UUID, verdict_id: int, reply: Completion | Failure) -> None:
    """Write what the judge said, and the scores that follow; nothing where it was taken away."""
    held = Verdict.objects.held_by(token).filter(pk=verdict_id)
    free = {"lease_token": None, "leased_until": None, "given_at": timezone.now()}
    if isinstance(reply, Failure):
        held.update(outcome=Outcome.ERROR, error=reply.reason[:_LONGEST_ERROR], **free)
        return
    value = read_verdict(reply.text)
    is_given = held.update(
        outcome=Outcome.UNPARSABLE if value is None else Outcome.OK,
        value=value,
        reply=reply.text,
        error="",
        served_model=reply.served_model,
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        **free,
    )
    if is_given:
        _score([verdict_id])
