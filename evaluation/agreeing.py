"""How far the judges of a run agree with each other."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

from curation.domain.agreement import Agreement, cohens_kappa
from evaluation.domain.scoring import scorer_label
from evaluation.models import Run, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgesAgreement:
    """Cohen's kappa of two judges over the answers that both judged."""

    first: str
    second: str
    kappa: Agreement


def judges_agreements(run: Run) -> list[JudgesAgreement]:
    """Every two judges of a run, those of an import among them; two queries at any size."""
    judges = Score.objects.judges_of(run)
    if len(judges) < 2:
        return []
    said: dict[int, dict[str, str]] = defaultdict(dict)
    problem_of: dict[int, UUID] = {}
    rows = Score.objects.filter(prediction__run=run, scorer__in=judges).order_by("prediction")
    for prediction, problem, scorer, value in rows.values_list(
        "prediction", "prediction__revision__problem", "scorer", "value"
    ):
        said[prediction][scorer] = f"{value:g}"
        problem_of[prediction] = problem
    return [
        JudgesAgreement(
            first=scorer_label(first),
            second=scorer_label(second),
            kappa=cohens_kappa(_paired(said, problem_of, first, second)),
        )
        for first, second in combinations(judges, 2)
    ]


def _paired(
    said: dict[int, dict[str, str]], problem_of: dict[int, UUID], first: str, second: str
) -> Counter[tuple[tuple[str, str], ...]]:
    """How many problems were judged so by both."""
    of_problem: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for prediction, by_judge in said.items():
        if {first, second} <= set(by_judge):
            of_problem[problem_of[prediction]].append((by_judge[first], by_judge[second]))
    return Counter(tuple(pairs) for pairs in of_problem.values())
