"""Trying a draft on a model. Verbs never enqueue: callers do, after commit.

A worker holds a trial by a lease that it renews while it asks; each answer is written as it comes,
so that a killed worker costs the one question that was under way.
"""

import asyncio
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections, transaction
from django.db.models import F
from django.utils import timezone

from curation.domain.content import ProblemContent
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import DraftRevision, Problem, User
from curation.permissions import can_write_problem
from evaluation.asking import Ending, ending_of, ending_of_failure, request_for
from evaluation.clients.contract import Completion, Failure, Request
from evaluation.domain.trial_arms import (
    Arm,
    content_of,
    protocol_of,
    what_is_missing,
    wording_of,
)
from evaluation.engine import in_database
from evaluation.limiting import slots_of
from evaluation.models import ForgottenTrial, ModelEndpoint, Trial, TrialAnswer, TrialStatus
from evaluation.models.trial import TrialQuerySet
from evaluation.waiting import LONGEST_SECONDS, ask_once

TRANSITIONS: Mapping[TrialStatus, frozenset[TrialStatus]] = {
    # Running again: taken over from a worker that did not come back.
    TrialStatus.QUEUED: frozenset({TrialStatus.RUNNING}),
    TrialStatus.RUNNING: frozenset({TrialStatus.RUNNING, TrialStatus.FINISHED, TrialStatus.FAILED}),
    TrialStatus.FINISHED: frozenset(),
    TrialStatus.FAILED: frozenset(),
}
MAX_ATTEMPTS = 3
LEASE = timedelta(seconds=60)
RENEW_SECONDS = 15.0
PATIENCE_SECONDS = LONGEST_SECONDS + 60  # the minute is for its turn at the endpoint
_DOWN = Failure(reason="The model does not answer.", is_of_endpoint=True)
_BUSY = Failure(reason="The model is busy with what others ask. Ask again later.")
_FREE: Mapping[str, None] = {"lease_token": None, "leased_until": None}


class AlreadyTriedError(WrongMomentError):
    """This model was asked the same: `trial` holds what it said."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(
            f"{trial.endpoint} was asked this wording already; its answers are below. "
            "Press the button to ask it again."
        )
        self.trial = trial


@transaction.atomic
def ask_trial(
    problem: Problem, endpoint: ModelEndpoint, *, by: User, is_again: bool = False
) -> Trial:
    """A queued trial of the draft as it is now. Who asks the same again must say so.

    InvalidContentError where the draft cannot be asked yet, WrongMomentError where it is not the
    moment, AlreadyTriedError where the answers are there.
    """
    # Both locks, in this order: a person's day is counted, and a draft frozen, by one at a time.
    User.objects.select_for_update().get(pk=by.pk)
    Problem.objects.select_for_update().get(pk=problem.pk)
    draft = Problem.objects.with_panels().get(pk=problem.pk)
    _require_writable(draft, by)
    _require_open(ModelEndpoint.objects.get(pk=endpoint.pk))
    _require_complete(draft.content())
    asked = Trial.objects.of_problem(draft).on(endpoint)
    if asked.unfinished().exists():
        raise WrongMomentError(f"{endpoint} is being asked about this problem; wait for it.")
    if not is_again:
        _require_new(draft.content(), asked.not_failed())
    _require_quota(by)
    return Trial.objects.create(
        draft=DraftRevision.objects.frozen(draft, by=by),
        endpoint=endpoint,
        asked_by=by,
        seed=asked.count(),
    )


def trials_left(person: User) -> int:
    """How often a person may still ask today.

    What failed does not count; what was asked of a draft that is thrown away does.
    """
    asked = Trial.objects.asked_since(_today(), by=person).not_failed().count()
    asked += ForgottenTrial.objects.asked_since(_today(), by=person).count()
    return max(0, settings.TRIALS_PER_DAY - asked)


def next_day() -> datetime:
    """When everybody may ask anew."""
    return _today() + timedelta(days=1)


def work_trial(trial_id: int) -> None:
    """Ask what is left of a trial and end it.

    Does nothing where it has ended or a living worker holds it, so a message delivered twice is
    harmless.
    """
    _give_up(trial_id)
    token = uuid.uuid4()
    free = Trial.objects.free_at(timezone.now()).filter(pk=trial_id)
    if not _move(free, TrialStatus.RUNNING, **_held(token), attempts=F("attempts") + 1):
        return
    trial = Trial.objects.with_parts().filter(pk=trial_id).first()
    if trial is None:  # thrown away with its draft a moment ago
        return
    failure = _failure_of_asking(trial, token) or _failure_of_answers(trial)
    status = TrialStatus.FAILED if failure else TrialStatus.FINISHED
    _end(Trial.objects.held_by(token), status, failure)


def resumable_trial_ids() -> list[int]:
    """Trials that no living worker holds although there is something to do."""
    free = Trial.objects.free_at(timezone.now())
    return list(free.order_by("pk").values_list("pk", flat=True))


def _move(trials: TrialQuerySet, to: TrialStatus, **columns: Any) -> bool:
    """The one place where a trial's status changes; False where it is not the moment."""
    sources = [source for source, targets in TRANSITIONS.items() if to in targets]
    return bool(trials.filter(status__in=sources).update(status=to, **columns))


def _end(trials: TrialQuerySet, status: TrialStatus, failure: str) -> None:
    _move(trials, status, failure=failure, finished_at=timezone.now(), **_FREE)


def _give_up(trial_id: int) -> None:
    """End what was tried too often."""
    dead = Trial.objects.free_at(timezone.now()).tried(MAX_ATTEMPTS).filter(pk=trial_id)
    reason = f"Its worker died {MAX_ATTEMPTS} times while asking. Ask again, or tell an editor."
    _end(dead, TrialStatus.FAILED, reason)


def _held(token: uuid.UUID) -> dict[str, Any]:
    return {"lease_token": token, "leased_until": timezone.now() + LEASE}


def _renew(token: uuid.UUID) -> bool:
    """Go on holding what this worker holds; False where it was taken away."""
    return bool(Trial.objects.held_by(token).update(**_held(token)))


def _failure_of_asking(trial: Trial, token: uuid.UUID) -> str:
    """Ask what has no answer yet; why the endpoint cannot be used, empty if it can."""
    if not (trial.endpoint.is_active and trial.endpoint.is_open_to_authors):
        return _CLOSED.format(trial.endpoint)
    answered = {answer.arm for answer in trial.answers.all()}
    for arm in Arm:
        if arm in answered:
            continue
        request = _request(arm, trial)
        reply = asyncio.run(_asked_while_held(trial, request, token))
        if isinstance(reply, Failure) and reply.is_of_endpoint:
            return f"{reply.reason} Tell an editor."
        if not _record(trial, token, arm, request, reply):
            break  # another worker took over, or the draft is gone
    return ""


def _failure_of_answers(trial: Trial) -> str:
    """Why nothing at all came back, empty if something did."""
    answers = list(TrialAnswer.objects.filter(trial=trial))
    errors = [answer.error for answer in answers if answer.error]
    if not answers or len(errors) < len(answers):
        return ""
    return f"None of the questions could be asked. {errors[0]}"


def _request(arm: Arm, trial: Trial) -> Request:
    request = request_for(content_of(arm, trial.content()), protocol_of(arm, trial.seed))
    if request is None:  # asking requires all that a prompt needs
        raise ValueError(f"{trial.draft} cannot be asked: {arm.label}.")
    return request


async def _asked_while_held(
    trial: Trial, request: Request, token: uuid.UUID
) -> Completion | Failure:
    keeping = asyncio.create_task(_keep(token))
    try:
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            slots_of(trial.endpoint, is_brief=True) as slots,
        ):
            slots.want(1)
            return await ask_once(trial.endpoint, request, slots, key=trial.pk) or _DOWN
    except TimeoutError:
        return _BUSY
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])


async def _keep(token: uuid.UUID) -> None:
    """Hold the trial for as long as it is asked."""
    try:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            await in_database(_renew, token)
    finally:
        await sync_to_async(connections.close_all)()


@transaction.atomic
def _record(
    trial: Trial, token: uuid.UUID, arm: Arm, request: Request, reply: Completion | Failure
) -> bool:
    """Write what became of an arm; False, and nothing written, where another worker took over.

    Or where the draft is thrown away: before this, and nothing is left to renew, or after it.
    """
    Problem.objects.select_for_update(of=("self",)).filter(pk=trial.draft.problem_id).first()
    if not _renew(token):
        return False
    ending = ending_of_failure(reply) if isinstance(reply, Failure) else ending_of(request, reply)
    TrialAnswer.objects.create(
        trial=trial,
        arm=arm,
        prompt_sha256=request.prompt.sha256(),
        **ending.columns,
        **_judged(ending),
    )
    return True


def _judged(ending: Ending) -> dict[str, Any]:
    score = ending.scores.get("exact_match")
    return {"score": score.value, "explanation": score.explanation} if score else {}


_CLOSED = "{} is not open to authors any more. Choose another model."


def _require_writable(problem: Problem, person: User) -> None:
    if not can_write_problem(person, problem):
        raise WrongMomentError("Only its author tries a draft on a model.")
    if not problem.is_editable:
        status = problem.get_status_display().lower()
        raise WrongMomentError(
            f"This problem is {status}; only a draft is tried. What was asked stays on its page."
        )


def _require_open(endpoint: ModelEndpoint) -> None:
    if not (endpoint.is_active and endpoint.is_open_to_authors):
        raise WrongMomentError(_CLOSED.format(endpoint))


def _require_complete(content: ProblemContent) -> None:
    if missing := what_is_missing(content):
        raise InvalidContentError(" ".join(missing))


def _require_new(content: ProblemContent, asked: TrialQuerySet) -> None:
    wording = wording_of(content)
    for trial in asked.with_parts():
        if wording_of(trial.content()) == wording:
            raise AlreadyTriedError(trial)


def _require_quota(person: User) -> None:
    if trials_left(person):
        return
    if not settings.TRIALS_PER_DAY:
        raise WrongMomentError("Trying drafts on models is switched off here.")
    hours = max(1, round((next_day() - timezone.now()).total_seconds() / 3600))
    raise WrongMomentError(
        f"You asked {settings.TRIALS_PER_DAY} times today, which is all a day has. You can ask "
        f"again after midnight UTC, in about {hours} hour{'s' if hours > 1 else ''}."
    )


def _today() -> datetime:
    return timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
