"""What planning a big run costs: CPU seconds of this process, and milliseconds of the clock.

`python -m tests.benchmarks.planning [ROWS]`: 100,000 rows by default, problems of four examples in
each of their 24 orders, open and as multiple choice. With TEST_DATABASE_URL on PostgreSQL.
"""

import sys
import time
from collections.abc import Iterator
from uuid import UUID

from django.db.models import OuterRef, Subquery

from curation.domain.content import (
    Annotations,
    ImageContent,
    PanelContent,
    PanelRole,
    ProblemContent,
)
from curation.domain.permutations import MOST_ORDERS
from curation.models import Problem, Release, ReleaseItem, Review, Revision, Status, Verdict
from evaluation.domain.protocol import PRESETS
from evaluation.endpoints import EndpointFacts, create_endpoint
from evaluation.models import EndpointKind
from evaluation.planning import plan_run
from tests.benchmarks.databases import analyze, empty_database, fill, say
from tests.factories import DIAGNOSES, make_editor, make_person

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
PROBLEMS = -(-ROWS // MOST_ORDERS)
_ANSWERS = (*DIAGNOSES, "Consolidation of the right lower lobe", DIAGNOSES[0])
_PRESETS = ("in_context_open_permuted", "in_context_multiple_choice_permuted")


def _content(problem: Problem) -> ProblemContent:
    return ProblemContent(
        problem_id=str(problem.pk),
        annotations=Annotations(cognitive_process="classification"),
        panels=tuple(_panels(problem.pk.int)),
    )


def _panels(number: int) -> Iterator[PanelContent]:
    for place, answer in enumerate(_ANSWERS):
        image = ImageContent(
            sha256=f"{number ^ place:064x}",
            media_type="image/png",
            width=512,
            height=512,
            alt_text="A radiograph of the chest in posteroanterior projection.",
            source="A clinic",
            license="CC-BY-4.0",
            attribution="Somebody",
            no_patient_confirmed=True,
        )
        yield PanelContent(
            role=PanelRole.QUERY if place == len(_ANSWERS) - 1 else PanelRole.EXAMPLE,
            question="What is the most important finding in this radiograph?",
            answer=answer,
            image=image,
        )


def _release() -> Release:
    author, reviewers = make_person(is_author=True), [make_person(is_reviewer=True) for _ in "12"]
    problems = [Problem(id=UUID(int=number), author=author) for number in range(PROBLEMS)]
    fill(Problem, problems)
    fill(Revision, (_revision(problem) for problem in problems))
    current = Revision.objects.filter(problem=OuterRef("pk")).values("pk")
    Problem.objects.update(status=Status.SUBMITTED, current_revision=Subquery(current))
    revisions = list(Revision.objects.order_by("pk"))
    approve = Verdict.APPROVE
    for one in reviewers:
        fill(Review, (Review(revision=r, reviewer=one, verdict=approve) for r in revisions))
    Problem.objects.update(status=Status.APPROVED)
    return _released(revisions)


def _revision(problem: Problem) -> Revision:
    content = _content(problem)
    return Revision(
        problem=problem,
        number=1,
        content_json=content.canonical_json(),
        sha256=content.sha256(),
        required_approvals=2,
        submitted_by=problem.author,
    )


def _released(revisions: list[Revision]) -> Release:
    release = Release.objects.create(version="1.0.0", cut_by=make_editor(), card={})
    items = (
        ReleaseItem(release=release, problem=one.problem, revision=one, position=position)
        for position, one in enumerate(revisions)
    )
    fill(ReleaseItem, items)
    return release


def _measure() -> None:
    with empty_database() as vendor:
        release, editor = _release(), make_editor()
        analyze()
        say(f"{vendor}, {PROBLEMS:,} problems in {MOST_ORDERS} orders:")
        for preset in _PRESETS:
            facts = EndpointFacts(
                name=preset,
                kind=EndpointKind.OPENAI_COMPATIBLE,
                base_url="http://127.0.0.1:9/v1",
                model="m",
            )
            endpoint = create_endpoint(facts, by=editor)
            wall, cpu = time.perf_counter(), time.process_time()
            run = plan_run(release, endpoint, PRESETS[preset], by=editor)
            spent = time.perf_counter() - wall, time.process_time() - cpu
            say(
                f"  {preset}: {run.predictions.count():,} rows, CPU {spent[1]:.1f} s, clock "
                f"{spent[0]:.1f} s, plan {run.manifest['plan_sha256'][:16]}"
            )


if __name__ == "__main__":
    _measure()
