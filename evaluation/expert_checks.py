"""Experts check a judge: a sample of its verdicts is drawn, and experts give theirs blind."""

from collections.abc import Iterator
from uuid import UUID

from django.db import IntegrityError, transaction

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import HistoryEntry, Problem, User, What
from curation.permissions import answers_hidden_from
from evaluation.domain.judge_samples import JudgedAnswer, draw
from evaluation.domain.scoring import is_judge
from evaluation.models import (
    ExpertSaid,
    ExpertVerdict,
    JudgeSample,
    Run,
    SampledAnswer,
    Score,
)

MOST_EXPERTS = 5
LARGEST_SAMPLE = 2_000
_LONGEST_REASON = 2_000


@transaction.atomic
def draw_sample(
    run: Run,
    scorer: str,
    size: int,
    *,
    seed: int = 0,
    is_once_a_problem: bool = True,
    experts_wanted: int = 2,
    by: User,
) -> JudgeSample:
    """Draw so many of a judge's verdicts in a run, or all there are, for experts to check blind.

    InvalidContentError where no such sample can be, WrongMomentError where there is one already.
    """
    if not is_judge(scorer):
        raise InvalidContentError("Only a judge's verdicts are checked; other scores are computed.")
    if not 1 <= size <= LARGEST_SAMPLE:
        raise InvalidContentError(f"Draw between 1 and {LARGEST_SAMPLE:,} verdicts.")
    if not 1 <= experts_wanted <= MOST_EXPERTS:
        raise InvalidContentError(f"Between 1 and {MOST_EXPERTS} experts can check each answer.")
    if not run.is_settled:
        raise WrongMomentError("This run is still at work; check its judge once it has ended.")
    drawn = draw(_judged(run, scorer), size, seed=seed, is_once_a_problem=is_once_a_problem)
    if not drawn:
        raise InvalidContentError("This judge gave no verdict in this run that could be checked.")
    sample = _saved(
        JudgeSample(
            run=run,
            scorer=scorer,
            seed=seed,
            is_once_a_problem=is_once_a_problem,
            experts_wanted=experts_wanted,
            drawn_by=by,
        )
    )
    SampledAnswer.objects.bulk_create(
        SampledAnswer(
            sample=sample,
            prediction_id=each.key,
            position=position,
            is_judged_right=each.is_right,
            weight=each.weight,
        )
        for position, each in enumerate(drawn, start=1)
    )
    HistoryEntry.objects.record(
        What.JUDGE_SAMPLED,
        by=by,
        subject=sample,
        run=run.pk,
        scorer=scorer,
        size=len(drawn),
        seed=seed,
    )
    return sample


@transaction.atomic
def discard_sample(sample: JudgeSample, *, by: User) -> None:
    """Throw a sample away of which no expert checked anything yet."""
    kept = JudgeSample.objects.select_for_update().get(pk=sample.pk)
    answers = SampledAnswer.objects.of_sample(kept)
    if ExpertVerdict.objects.on(answers).exists():
        raise WrongMomentError("Experts gave verdicts on this sample already, so it stays.")
    HistoryEntry.objects.record(
        What.JUDGE_SAMPLE_DISCARDED, by=by, subject=kept, run=kept.run_id, scorer=kept.scorer
    )
    kept.delete()


@transaction.atomic
def give_verdict(
    answer: SampledAnswer, said: ExpertSaid, *, reason: str = "", by: User
) -> ExpertVerdict:
    """Say whether a response is right; once for each expert, and never changed.

    InvalidContentError where somebody cannot tell and does not say why.
    """
    reason = reason.strip()[:_LONGEST_REASON]
    if said is ExpertSaid.CANNOT_TELL and not reason:
        raise InvalidContentError("Say why you cannot tell.")
    try:
        with transaction.atomic():
            return ExpertVerdict.objects.create(answer=answer, expert=by, said=said, reason=reason)
    except IntegrityError:
        raise WrongMomentError("You gave your verdict on this response already.") from None


def open_answers(person: User) -> list[int]:
    """The sampled answers that wait for this person's verdict, the next one first; few queries.

    Those of which they may not know the right answer are left out.
    """
    waiting = SampledAnswer.objects.unchecked_by(person).wanting_experts()
    rows = list(waiting.values_list("pk", "prediction__revision__problem"))
    hidden = _hidden(person, {problem for _, problem in rows})
    return [answer for answer, problem in rows if problem not in hidden]


def can_give_verdict(person: User, answer: SampledAnswer) -> bool:
    """Whether this person may know the right answer; load the answer `with_parts`."""
    return not answers_hidden_from(person, [answer.prediction.revision.problem])


def _hidden(person: User, problem_ids: set[UUID]) -> set[UUID]:
    if not problem_ids:
        return set()
    return answers_hidden_from(person, Problem.objects.in_bulk(problem_ids).values())


def _judged(run: Run, scorer: str) -> Iterator[JudgedAnswer]:
    """The judge's verdicts on what could be read; partly right is neither, and no judge says it."""
    rows = Score.objects.of_scorer(run, scorer).exclude(prediction__parsed="")
    told = rows.values_list("prediction", "prediction__revision__problem", "value")
    for key, problem, value in told.iterator():
        if value in {0.0, 1.0}:
            yield JudgedAnswer(key=key, problem=str(problem), is_right=value == 1)


def _saved(sample: JudgeSample) -> JudgeSample:
    try:
        with transaction.atomic():
            sample.save()
    except IntegrityError:
        raise WrongMomentError(
            "A sample of this judge's verdicts in this run was drawn already."
        ) from None
    return sample
