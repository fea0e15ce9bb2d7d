"""The rows of a run as columns, read batch by batch: memory holds numbers and one batch."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import batched

import numpy as np
from numpy.typing import NDArray

from curation.domain.content import ProblemContent
from curation.models import ReleaseItem, Specialty
from curation.models.annotations import ANNOTATION_CHOICES
from evaluation.domain.reporting import FailureKind
from evaluation.domain.reporting.collecting import COLUMNS, Asked, Collector, ScoreColumns
from evaluation.domain.reporting.problems import Vocabulary, problem_columns
from evaluation.domain.reporting.rows import Problems, Rows, Scored, TwinRows
from evaluation.domain.twins import Twin
from evaluation.models import Prediction, Run, Score

_AT_ONCE = 5000
_FAILURES_SHOWN = 10
_LONGEST_WORDS = 120
_ANNOTATION_LABELS = {
    "answer_format": "Answer format",
    "image_type": "Image type",
    "cognitive_process": "Cognitive process",
    "rarity": "Rarity",
    "difficulty": "Difficulty",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseContents:
    """The release of a run: contents by revision in its order, and their columns."""

    contents: Mapping[int, ProblemContent]
    problems: Problems


def release_contents(run: Run) -> ReleaseContents:
    """Two queries."""
    items = ReleaseItem.objects.filter(release=run.release_id).order_by("position")
    rows = items.values_list("revision_id", "revision__content_json", "is_held_out")
    contents, held_out = {}, []
    for revision_id, text, is_held_out in rows.iterator(chunk_size=500):
        contents[revision_id] = ProblemContent.from_json(text)
        held_out.append(is_held_out)
    problems = problem_columns(
        list(contents.values()), held_out, _vocabulary(), run.protocol.answer_form
    )
    return ReleaseContents(contents=contents, problems=problems)


def run_rows(run: Run, release: ReleaseContents) -> Rows:
    """All predictions of a run with their scores; two queries."""
    collector = Collector(release.contents, run.protocol, run.release.seed)
    rows = Prediction.objects.of_run(run.pk).values_list(*COLUMNS)
    for batch in batched(rows.iterator(chunk_size=_AT_ONCE), _AT_ONCE, strict=False):
        collector.add([Asked(*row) for row in batch])
    return collector.rows(_scores(run.pk))


def twin_rows(
    twin: Twin, run: Run, release: ReleaseContents, *, is_same_variants: bool
) -> TwinRows:
    """The scores of a run that is a twin; two queries."""
    numbers = {revision_id: number for number, revision_id in enumerate(release.contents)}
    rows = Prediction.objects.of_run(run.pk).values_list("pk", "revision_id", "order", "repeat")
    read = (
        (pk, numbers[revision_id], order, repeat)
        for pk, revision_id, order, repeat in rows.iterator(chunk_size=_AT_ONCE)
    )
    table: NDArray[np.int64] = np.fromiter(read, np.dtype((np.int64, 4)))
    ids, problem, order, repeat = table.T
    scores = _scores(run.pk).of_predictions(ids)
    return TwinRows(
        name=twin.name,
        label=twin.label,
        run_id=run.pk,
        protocol_label=run.protocol.label,
        is_same_variants=is_same_variants,
        scored=Scored(problem=problem, order=order, repeat=repeat, scores=scores),
    )


def failures_of(run: Run) -> tuple[FailureKind, ...]:
    """The failed calls by what is kept of their reasons, the most frequent first; one query."""
    failed = Prediction.objects.of_run(run.pk).failed().order_by()
    kinds: Counter[tuple[int | None, str]] = Counter()
    for status, error in failed.values_list("http_status", "error").iterator(chunk_size=_AT_ONCE):
        kinds[status, error[:_LONGEST_WORDS]] += 1
    shown = kinds.most_common(_FAILURES_SHOWN)
    found = [FailureKind(words=words, http_status=code, count=n) for (code, words), n in shown]
    if rest := kinds.total() - sum(kind.count for kind in found):
        found.append(FailureKind(words="other reasons", http_status=None, count=rest))
    return tuple(found)


def _scores(run_id: int) -> ScoreColumns:
    columns = ScoreColumns()
    scores = Score.objects.filter(prediction__run=run_id).order_by()
    rows = scores.values_list("scorer", "prediction_id", "value")
    for batch in batched(rows.iterator(chunk_size=_AT_ONCE), _AT_ONCE, strict=False):
        for scorer, ids, values in _by_scorer(batch):
            columns.add(scorer, ids, values)
    return columns


def _by_scorer(
    batch: tuple[tuple[str, int, float], ...],
) -> Iterator[tuple[str, list[int], list[float]]]:
    found: dict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
    for scorer, prediction_id, value in batch:
        ids, values = found[scorer]
        ids.append(prediction_id)
        values.append(value)
    return ((scorer, ids, values) for scorer, (ids, values) in found.items())


def _vocabulary() -> Vocabulary:
    specialties = dict(Specialty.objects.values_list("slug", "name"))
    others = {
        name: (_ANNOTATION_LABELS[name], dict(choices.choices))
        for name, choices in ANNOTATION_CHOICES.items()
    }
    return {"specialty": ("Specialty", specialties), **others}
