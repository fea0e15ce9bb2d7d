"""What a release says of itself: its card, kept as it is at the cut, whatever changes later."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Min, QuerySet

from curation.coverage import COVERAGE_SEED, human_baseline, judging_of
from curation.domain.anchors import ANNOTATIONS
from curation.domain.bundle.statement import AgreementLine, BaselineLine, DataStatement
from curation.domain.coverage import Agreed, Baseline
from curation.domain.judging import VERDICT
from curation.models import Problem, Provenance, Release, Revision, Stage, StatusChange, User

_REASON_WITHHELD = "Not said: its answer was held out."
_SHOTS = {Stage.ZERO_SHOT: "0-shot", Stage.IN_CONTEXT: "in-context"}


def card_of(
    problems: Sequence[Problem], revisions: QuerySet[Revision], *, limits: str
) -> dict[str, Any]:
    """What `BundleDescription` asks for beyond the release's own columns, as plain values."""
    provenances = list(Provenance.objects.of_revisions(revisions).with_count_in(revisions))
    here = revisions.filter(covered__isnull=True)  # not imported
    authors = User.objects.filter(problems__revisions__in=here).distinct()
    statement = _statement(revisions, authors_count=authors.count(), limits=limits)
    names = {author.name for author in authors}
    names |= {name for provenance in provenances for name in provenance.origin_authors}
    return {
        "name": settings.SITE_NAME,
        "license": settings.CONTENT_LICENSE,
        "homepage": settings.SITE_URL,
        "authors": sorted(names),
        "approvals_required": here.aggregate(least=Min("required_approvals"))["least"] or 0,
        "imported": [provenance.in_a_card() for provenance in provenances],
        "statement": statement.to_json(),
        **_farewell(problems),
    }


def _statement(revisions: QuerySet[Revision], *, authors_count: int, limits: str) -> DataStatement:
    """Who made and judged these revisions, how far they agreed, how well people did on them."""
    judging = judging_of(revisions)
    return DataStatement(
        authors_count=authors_count,
        reviewers_count=len(judging.verdicts),
        agreement=tuple(_agreement(judging.agreed(seed=COVERAGE_SEED))),
        human_baseline=tuple(_baseline(human_baseline(revisions))),
        median_review_seconds=judging.time().median,
        limits=limits,
    )


def _agreement(agreed: Mapping[str, Agreed]) -> Iterator[AgreementLine]:
    for name, found in agreed.items():
        kappa = found.kappa
        is_known = kappa.value is not None
        yield AgreementLine(
            what=VERDICT if name == VERDICT else ANNOTATIONS[name],
            kappa=kappa.value,
            low=kappa.low if is_known else None,
            high=kappa.high if is_known else None,
            revisions=found.percent.items,
        )


def _baseline(found: Mapping[str, Baseline]) -> Iterator[BaselineLine]:
    for stage, shots in _SHOTS.items():
        right = found[stage].right
        if right.n:
            yield BaselineLine(
                shots=shots,
                k=right.k,
                n=right.n,
                skipped=found[stage].skipped,
                low=right.low,
                high=right.high,
            )


def _farewell(problems: Sequence[Problem]) -> dict[str, Any]:
    """What the last release lists and this one does not: retired, with the reason, or left out."""
    last = Release.objects.published().order_by("pk").last()
    if last is None:
        return {}
    gone = list(_retired(last))
    listed = {problem.pk for problem in problems}
    standing = last.items.standing().values_list("problem", flat=True)
    left_out = [str(problem) for problem in standing if problem not in listed]
    said = {"retired": gone, "left_out": left_out}
    known = {name: those for name, those in said.items() if those}
    return {"last_version": last.version, **known} if known else {}


def _retired(last: Release) -> Iterator[dict[str, str]]:
    """Of what was held out the reason may tell the answer."""
    changes = {change.problem_id: change for change in StatusChange.objects.retiring_of(last)}
    for item in last.items.retired():
        change = changes[item.problem_id]
        yield {
            "problem_id": str(item.problem_id),
            "retired_on": change.changed_at.date().isoformat(),
            "reason": _REASON_WITHHELD if item.is_held_out else change.comment,
        }
