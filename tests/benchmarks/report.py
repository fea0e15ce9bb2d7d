"""Reports of large runs: seconds and peak memory to compute them, and what their pages take.

`python -m tests.benchmarks.report`: a run of 100,000 predictions with ten scorers (a million
scores) over 10,000 problems, once with one answer a problem asked ten times and its 0-shot twin;
then the pages of the run and its report. Each measure is in a process of its own.
"""

import logging
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from uuid import UUID, uuid4

import numpy as np
from django.db import connection
from django.db.models import OuterRef, Subquery
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from curation.domain.content import Annotations
from curation.models import (
    Problem,
    Release,
    ReleaseItem,
    Review,
    Revision,
    Status,
    User,
    Verdict,
)
from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.models import (
    EndpointKind,
    ModelEndpoint,
    Prediction,
    PredictionStatus,
    Run,
    RunStatus,
    Score,
)
from evaluation.reporting import compute_report, stale_run_ids
from tests.benchmarks.databases import analyze, empty_database, fill, measured, say, tell
from tests.environment import ROOT
from tests.evaluation.domain.builders import problem

_CASES = {
    "100,000 predictions, 1 scorer": (10_000, 10, 1),
    "100,000 predictions, 10 scorers (1,000,000 scores)": (10_000, 10, 10),
    "100,000 problems asked once, 10 scorers (1,000,000 scores)": (100_000, 1, 10),
}
_DIAGNOSES = ("Cardiomegaly", "Pneumothorax", "Effusion", "Normal heart", "Fracture of a rib")
_RARITIES = ("common", "uncommon", "rare")
_DIFFICULTIES = ("easy", "medium", "hard")


class _Collection:
    """A release of so many problems, all different copies of one, and runs over them."""

    def __init__(self, problems: int) -> None:
        self._dice = np.random.default_rng(7)
        self.editor = User.objects.create_user("e@example.org", name="E", is_editor=True)
        self._judges = [
            User.objects.create_user(f"{n}@example.org", name="J", is_reviewer=True) for n in (1, 2)
        ]
        self._approve(problems)
        self.release = Release.objects.create(version="1.0.0", cut_by=self.editor, card={})
        found = list(Revision.objects.order_by("pk").values_list("pk", "problem_id"))
        fill(ReleaseItem, (self._item(n, *keys) for n, keys in enumerate(found)))
        self._revisions = [pk for pk, _ in found]
        self._endpoint = ModelEndpoint.objects.create(
            name="A model", kind=EndpointKind.IMPORTED, is_active=False, created_by=self.editor
        )

    def _approve(self, problems: int) -> None:
        fill(Problem, (Problem(author=self.editor) for _ in range(problems)))
        fill(Revision, map(self._revision, Problem.objects.all()))
        fill(Review, self._reviews())
        current = Revision.objects.filter(problem=OuterRef("pk")).values("pk")[:1]
        Problem.objects.update(status=Status.SUBMITTED, current_revision=Subquery(current))
        Problem.objects.update(status=Status.APPROVED)

    def _reviews(self) -> Iterator[Review]:
        for revision, judge in product(Revision.objects.all(), self._judges):
            yield Review(revision=revision, reviewer=judge, verdict=Verdict.APPROVE)

    def _item(self, position: int, revision_id: int, problem_id: UUID) -> ReleaseItem:
        return ReleaseItem(
            release=self.release,
            revision_id=revision_id,
            problem_id=problem_id,
            position=position,
        )

    def _revision(self, of: Problem) -> Revision:
        made = problem(*_DIAGNOSES, query=self._draw(_DIAGNOSES), problem_id=str(of.pk))
        annotations = Annotations(
            rarity=self._draw(_RARITIES), difficulty=self._draw(_DIFFICULTIES), image_type="xray"
        )
        return Revision(
            problem=of,
            number=1,
            content_json=replace(made, annotations=annotations).canonical_json(),
            sha256=uuid4().hex * 2,
            required_approvals=2,
            submitted_by=self.editor,
        )

    def _draw(self, words: tuple[str, ...]) -> str:
        return str(self._dice.choice(words))

    def run(self, protocol: Protocol, repeats: int, scorers: int) -> Run:
        """A finished run of so many answers to each problem."""
        now = timezone.now()
        run = Run.objects.create(
            release=self.release,
            endpoint=self._endpoint,
            protocol_json=protocol.to_json(),
            protocol_sha256=protocol.sha256(),
            status=RunStatus.FINISHED,
            started_by=self.editor,
            finished_at=now,
        )
        fill(Prediction, self._predictions(run, repeats))
        fill(Score, self._scores(run, scorers))
        return run

    def _predictions(self, run: Run, repeats: int) -> Iterator[Prediction]:
        shown = [] if run.protocol.shots == "none" else [0, 1, 2, 3, 4]
        for revision, repeat in product(self._revisions, range(repeats)):
            is_failed = bool(self._dice.random() < 0.01)
            matching = int(self._dice.integers(0, len(shown) + 1))
            yield Prediction(
                run=run,
                revision_id=revision,
                repeat=repeat,
                shown_json=shown,
                is_answer_shown=matching > 0,
                matching_position=matching or None,
                prompt_sha256="0" * 64,
                image_count=6,
                status=PredictionStatus.DONE,
                finished_at=run.finished_at,
                outcome="error" if is_failed else "ok",
                error="The server answered 500." if is_failed else "",
                parsed="" if is_failed else self._draw(_DIAGNOSES),
                latency_ms=int(self._dice.integers(200, 9000)),
                input_tokens=2000,
                output_tokens=12,
            )

    def _scores(self, run: Run, scorers: int) -> Iterator[Score]:
        names = ["exact_match", *(f"judge:Judge {number}" for number in range(1, scorers))]
        answered = run.predictions.filter(outcome="ok").order_by("pk")
        for pk, revision in answered.values_list("pk", "revision_id").iterator():
            difficulty = (revision % 97) / 97
            for name in names:
                yield Score(prediction_id=pk, scorer=name, value=self._dice.random() < difficulty)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _measure(case: str) -> None:
    logging.disable(logging.INFO)
    problems, repeats, scorers = _CASES[case]
    with empty_database():
        collection = _Collection(problems)
        run = collection.run(PRESETS["in_context_open"], repeats, scorers)
        collection.run(PRESETS["zero_shot_open"], repeats, 1)
        analyze()
        before, start, cpu = _peak(), time.perf_counter(), time.process_time()
        compute_report(run)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        say(
            f"{case}: report in {seconds:.1f} s (CPU {cpu:.1f} s), {_peak():.0f} MB at most, "
            f"{before:.0f} MB before"
        )
        start = time.perf_counter()
        stale = stale_run_ids()
        say(f"  sweep: {len(stale)} stale in {1000 * (time.perf_counter() - start):.0f} ms")
        _pages(collection.editor, run)


def _pages(editor: User, run: Run) -> None:
    client = Client()
    client.force_login(editor)
    for name in ("evaluation:run_report", "evaluation_api:run_report", "evaluation:run_detail"):
        address = reverse(name, args=[run.pk])
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        count = len(queries)  # later requests empty what was captured
        tell(f"  {name}, {count} queries", measured(client.get, [address] * 20))


if __name__ == "__main__":
    if sys.argv[1:]:
        _measure(sys.argv[1])
    else:
        for each in _CASES:
            subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.report", each], cwd=ROOT, check=True
            )
