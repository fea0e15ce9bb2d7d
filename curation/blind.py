"""Answering blind: a reviewer answers the query before they are shown what is right.

First the query alone, then the examples and the query, then the truth. What is answered is never
changed. It is judged by the rule for models: together these answers are the human baseline.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from curation import claiming
from curation.domain.answers import is_right_answer
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import (
    AnswerSeen,
    BlindAnswer,
    Problem,
    Revision,
    Stage,
    StageShown,
    Status,
    User,
)
from curation.permissions import has_seen_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a reviewer answers; the confidence is from 1, a guess, to 5, certain."""

    answer: str
    confidence: int
    seconds: int
    """Whole seconds since the stage was first shown, see `seconds_since_shown`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Why a reviewer does not answer, so many whole seconds after the stage was first shown."""

    reason: str
    seconds: int


def stages_left(person: User, revision: Revision) -> Sequence[Stage]:
    """What this reviewer answers before they are shown the truth; nothing once they know it.

    Who saw the examples of an earlier revision cannot answer without them any more.
    """
    if has_seen_answer(person, revision.problem):
        return ()
    mine = BlindAnswer.objects.by(person)
    answered = set(mine.of(revision).values_list("stage", flat=True))
    if Stage.IN_CONTEXT in answered:
        return ()
    if Stage.ZERO_SHOT in answered or mine.before(revision).exists():
        return (Stage.IN_CONTEXT,)
    return (Stage.ZERO_SHOT, Stage.IN_CONTEXT)


def seconds_since_shown(revision: Revision, stage: Stage, person: User) -> int | None:
    """Whole seconds since this reviewer was first shown this stage; None if they never were.

    Both ends are the server's clock, and the beginning is kept with the stage: opening the page
    again, in another tab or on another machine, does not begin anew. It is the time that passed,
    not the time spent: a break, another task and a night in between are in it, which is why a
    typical time should be said as a median.
    """
    shown = StageShown.objects.of(revision, stage).by(person).first()
    if shown is None:
        return None
    return max(0, int((timezone.now() - shown.shown_at).total_seconds()))


@transaction.atomic
def answer_blind(revision: Revision, stage: Stage, given: Given, *, by: User) -> BlindAnswer:
    """Keep a reviewer's answer at one stage; after the last stage they may see the truth."""
    if not given.answer.strip():
        raise InvalidContentError("Write your answer, or skip this step and say why.")
    problem = _open(revision, stage, by)
    query = revision.content().query
    answer = given.answer.strip()
    written = _write(
        BlindAnswer(
            revision=revision,
            reviewer=by,
            stage=stage,
            answer=answer,
            confidence=given.confidence,
            seconds=given.seconds,
            is_right=is_right_answer(answer, query.answer, query.accepted_variants),
        )
    )
    _reveal(problem, revision, by)
    return written


@transaction.atomic
def skip_blind(
    revision: Revision, stage: Stage, skipped: Skipped, *, by: User, is_rest_too: bool = False
) -> None:
    """Leave out one stage, or all that are left, for a reason that is kept."""
    if not skipped.reason.strip():
        raise InvalidContentError("Say why you skip it: the reason is kept with your review.")
    problem = _open(revision, stage, by)
    left = stages_left(by, revision) if is_rest_too else [stage]
    for number, each in enumerate(left):
        _write(
            BlindAnswer(
                revision=revision,
                reviewer=by,
                stage=each,
                seconds=0 if number else skipped.seconds,
                skipped_because=skipped.reason.strip(),
            )
        )
    _reveal(problem, revision, by)


def _open(revision: Revision, stage: Stage, by: User) -> Problem:
    """The problem, locked: it awaits verdicts on this revision and this stage of this person."""
    problem = Problem.objects.select_for_update().get(pk=revision.problem_id)
    if problem.status != Status.SUBMITTED:
        status = problem.get_status_display().lower()
        raise WrongMomentError(f"This problem is {status} by now; it takes no answers.")
    if problem.current_revision_id != revision.pk:
        raise WrongMomentError("The author submitted a newer revision. Answer that one instead.")
    if stage not in stages_left(by, revision)[:1]:
        raise WrongMomentError(
            "This step is done already. What was answered stays as it was; go on below."
        )
    claiming.take_place(revision, by)
    return problem


def _write(answer: BlindAnswer) -> BlindAnswer:
    try:
        with transaction.atomic():
            answer.save(force_insert=True)
    except IntegrityError as error:
        raise WrongMomentError("This step was answered in another window.") from error
    return answer


def _reveal(problem: Problem, revision: Revision, by: User) -> None:
    """The page that follows the last stage shows the answer."""
    if not stages_left(by, revision):
        AnswerSeen.objects.note(problem, by)
