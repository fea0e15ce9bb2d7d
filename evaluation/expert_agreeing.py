"""What experts found of the judges of a run, counted anew when an expert gave a verdict."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Q

from evaluation.domain.expert_agreement import (
    CheckedAnswer,
    ExpertFindings,
    JudgedProblem,
    expert_findings,
)
from evaluation.domain.scoring import is_judge, scorer_label
from evaluation.domain.statistics import Estimate
from evaluation.models import (
    ExpertSaid,
    ExpertVerdict,
    JudgeSample,
    Run,
    SampledAnswer,
    Score,
)
from evaluation.progress import Tally


@dataclass(frozen=True, slots=True)
class CheckedJudge:
    """A sample of a judge's verdicts with what experts found so far; None before the first."""

    sample: JudgeSample
    findings: ExpertFindings | None
    size: int

    @property
    def wanted(self) -> int:
        """How many verdicts experts are to give in all."""
        return self.size * self.sample.experts_wanted


@dataclass(frozen=True, slots=True)
class ShownNumber:
    """An estimate of one scorer, and what experts found of it if it is a judge."""

    label: str
    estimate: Estimate
    is_judged: bool
    checked: CheckedJudge | None


def checked_judges(run: Run) -> list[CheckedJudge]:
    """The samples of a run; two queries, and more only for what is counted anew."""
    samples = list(JudgeSample.objects.of_run(run))
    if not samples:
        return []
    sizes = dict(
        SampledAnswer.objects.filter(sample__in=samples)
        .order_by()
        .values_list("sample")
        .annotate(size=Count("pk"))
    )
    return [CheckedJudge(each, findings_of(each), sizes.get(each.pk, 0)) for each in samples]


def shown_numbers(run: Run, tally: Tally) -> list[ShownNumber]:
    """Every number of a run with what experts found of it."""
    checked = {each.sample.scorer: each for each in checked_judges(run)}
    return [
        ShownNumber(scorer_label(scorer), estimate, is_judge(scorer), checked.get(scorer))
        for scorer, estimate in tally.estimates.items()
    ]


def findings_of(sample: JudgeSample) -> ExpertFindings | None:
    """What experts found; counted if a verdict came since. Load the sample by `of_run`."""
    if not sample.given:
        return None
    if sample.findings_json is not None and sample.findings_of == sample.given:
        return ExpertFindings.from_json(sample.findings_json)
    found = expert_findings(_checked(sample), _judged(sample), seed=sample.seed)
    JudgeSample.objects.filter(pk=sample.pk).update(
        findings_json=found.to_json(), findings_of=sample.given
    )
    return found


def _checked(sample: JudgeSample) -> list[CheckedAnswer]:
    answers = list(SampledAnswer.objects.of_sample(sample).with_parts())
    said: dict[int, list[bool]] = defaultdict(list)
    for verdict in ExpertVerdict.objects.on(answers):
        if verdict.said != ExpertSaid.CANNOT_TELL:
            said[verdict.answer_id].append(verdict.said == ExpertSaid.RIGHT)
    return [
        CheckedAnswer(
            problem=str(each.prediction.revision.problem_id),
            weight=each.weight,
            is_judged_right=each.is_judged_right,
            experts=tuple(said[each.pk]),
        )
        for each in answers
    ]


def _judged(sample: JudgeSample) -> list[JudgedProblem]:
    """All that the judge judged, by problem; one query."""
    read = ~Q(prediction__parsed="")
    rows = (
        Score.objects.of_scorer(sample.run_id, sample.scorer)
        .values("prediction__revision__problem")
        .annotate(
            right=Count("pk", filter=Q(value=1) & read),
            wrong=Count("pk", filter=Q(value=0) & read),
            unread=Count("pk", filter=~read),
        )
    )
    names = ("prediction__revision__problem", "right", "wrong", "unread")
    return [
        JudgedProblem(problem=str(problem), right=right, wrong=wrong, unread=unread)
        for problem, right, wrong, unread in rows.values_list(*names)
    ]
