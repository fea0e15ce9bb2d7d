"""Indexes of runs: columns by which pages find predictions, made once for each state of a run."""

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from django.utils import timezone

from curation.domain.answers import normalize
from curation.domain.content import Annotations, ProblemContent
from curation.models import ANNOTATION_CHOICES, ReleaseItem, Specialty
from evaluation.domain.arms import Noise, Order, Shots
from evaluation.domain.browsing import Columns, Facet, coded, differing
from evaluation.domain.choices import Choices
from evaluation.domain.outcomes import Outcome
from evaluation.domain.protocol import Protocol
from evaluation.domain.scoring import SCORERS, scorer_label
from evaluation.models import Judging, Prediction, Run, RunIndex, Score

_VERSION = 1
"""Raised when columns mean something else; all indexes are made anew then."""

AT_ONCE = 1_000
"""So many predictions are indexed while a page waits; a worker does it for more."""

_ROW = ("pk", "revision", "outcome", "parsed", "matching_position", "shown_json", "choices_json")
_MOST_POSITIONS = 30


def index_run(run_id: int) -> RunIndex | None:
    """Make the index of a run, unless it is true of its state already; None where no run is."""
    run = Run.objects.with_parts().filter(pk=run_id).first()
    if run is None:
        return None
    state = state_of(run)
    kept = RunIndex.objects.of(run).first()
    if kept is not None and kept.state == state:
        return kept
    told = _Told.of_release(run)
    index = RunIndex(
        run=run,
        state=state,
        columns=_columns(run, told).to_bytes(),
        texts=_packed({key: each.text for key, each in told.by_revision.items()}),
        made_at=timezone.now(),
    )
    fields = ["state", "columns", "texts", "made_at"]
    # Two may make it at once: what they make is the same.
    RunIndex.objects.bulk_create(
        [index], update_conflicts=True, unique_fields=["run"], update_fields=fields
    )
    return index


def current_index(run: Run) -> RunIndex | None:
    """The index of a run as it is now; of a large run only if a worker has made it."""
    kept = RunIndex.objects.of(run).first()
    if kept is not None and kept.state == state_of(run):
        return kept
    return index_run(run.pk) if planned(run) <= AT_ONCE else None


def bare_columns(run: Run) -> Columns:
    """Columns that tell nothing apart: enough to walk through a run that was never indexed."""
    keys = Prediction.objects.of_run(run.pk).values_list("pk", "revision")
    both = np.array(list(keys), dtype=np.int64).reshape(-1, 2)
    return Columns(predictions=both[:, 0], revisions=both[:, 1])


def planned(run: Run) -> int:
    """How many predictions the run has."""
    return int(run.manifest.get("planned", 0))


def state_of(run: Run) -> str:
    """The same as long as nothing in the run was asked, answered or judged; two queries."""
    judgings = Judging.objects.filter(run=run).order_by("pk")
    document = [
        _VERSION,
        run.status,
        run.finished_at,
        Prediction.objects.of_run(run.pk).ended().order_by().count(),
        list(judgings.values_list("pk", "status", "finished_at")),
    ]
    return hashlib.sha256(json.dumps(document, default=str).encode()).hexdigest()


def texts_of(run: Run) -> dict[int, str]:
    """What a search looks through, by revision; empty where there is no index."""
    packed = RunIndex.objects.filter(run=run).values_list("texts", flat=True).first()
    if packed is None:
        return {}
    return {int(key): text for key, text in json.loads(zlib.decompress(bytes(packed))).items()}


def _packed(texts: dict[int, str]) -> bytes:
    return zlib.compress(json.dumps(texts, ensure_ascii=False).encode(), level=1)


@dataclass(frozen=True, slots=True)
class _Problem:
    """What is kept of a problem's content while a run is indexed: answers as they are compared."""

    annotations: Annotations
    answers: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What the problems of a release say."""

    by_revision: dict[int, _Problem]
    by_problem: dict[str, _Problem]

    @classmethod
    def of_release(cls, run: Run) -> "_Told":
        items = ReleaseItem.objects.filter(release=run.release_id)
        rows = items.values_list("revision", "problem", "revision__content_json")
        told = cls({}, {})
        for revision, problem, content in rows.iterator(chunk_size=500):
            each = _problem(ProblemContent.from_json(content))
            told.by_revision[revision] = told.by_problem[str(problem)] = each
        return told


def _problem(content: ProblemContent) -> _Problem:
    query = content.query
    return _Problem(
        annotations=content.annotations,
        answers=tuple(normalize(example.answer) for example in content.examples),
        text="\n".join([query.question, query.answer, *query.accepted_variants]).lower(),
    )


def _columns(run: Run, told: _Told) -> Columns:
    rows = list(_rows(run, told))
    keys = np.array([row.key for row in rows], dtype=np.int64)
    scores = list(_scores(run, keys))
    return Columns(
        predictions=keys,
        revisions=np.array([row.revision for row in rows], dtype=np.int64),
        facets=(
            _facet("outcome", "Outcome", "Outcome", [r.outcome for r in rows], list(Outcome)),
            *scores,
            *(differing(*pair) for pair in combinations(scores, 2)),
            *_example_facets(rows),
            *_annotation_facets(rows, told),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """What is known of one prediction; what was copied is empty where nothing could be."""

    key: int
    revision: int
    outcome: str
    matching: int | None
    shown: int
    copied: str
    copied_last: str


def _rows(run: Run, told: _Told) -> Iterator[_Row]:
    protocol = run.protocol
    rows = Prediction.objects.of_run(run.pk).values_list(*_ROW)
    for key, revision, outcome, parsed, matching, shown, choices in rows.iterator():
        answers = _shown_answers(told.by_revision[revision], shown, protocol, told)
        said = normalize(_in_words(parsed, choices)) if answers else ""
        is_last_known = shown is not None or protocol.order is Order.AUTHORED
        yield _Row(
            key,
            revision,
            outcome,
            matching,
            len(answers),
            copied=_yes_no(said in answers) if said else "",
            copied_last=_yes_no(said == answers[-1]) if said and is_last_known else "",
        )


def _yes_no(is_so: bool) -> str:  # noqa: FBT001 - a value put into words
    return "yes" if is_so else "no"


def _shown_answers(
    problem: _Problem, shown: list[Any] | None, protocol: Protocol, told: _Told
) -> Sequence[str]:
    """The answers of the examples that a prompt showed, as `variants` keeps them."""
    if shown is not None:
        return [
            problem.answers[each]
            if isinstance(each, int)
            else told.by_problem[each[0]].answers[each[1]]
            for each in shown
        ]
    if protocol.shots is Shots.NONE or protocol.noise is not Noise.NONE:
        return ()  # which foreign examples an imported prompt showed is not known
    return problem.answers[: protocol.shot_count if protocol.shots is Shots.FIRST else None]


def _in_words(parsed: str, choices: dict[str, Any] | None) -> str:
    if not parsed or choices is None:
        return parsed
    asked = Choices.from_json(choices)
    return asked.text_of(parsed) if parsed in asked.letters else ""


def _scores(run: Run, keys: Any) -> Iterator[Facet]:
    """What each scorer says: those that are computed first, then the judges."""
    place = {int(key): at for at, key in enumerate(keys)}
    said: dict[str, list[str | None]] = defaultdict(lambda: [None] * len(keys))
    rows = Score.objects.filter(prediction__run=run).order_by()
    for prediction, scorer, value in rows.values_list("prediction", "scorer", "value").iterator():
        if prediction in place:
            said[scorer][place[prediction]] = {0.0: "wrong", 1.0: "right"}.get(value, "partly")
    known = [name for name in SCORERS if name in said]
    for scorer in [*known, *sorted(said.keys() - set(known))]:
        yield _facet(
            f"score.{scorer}",
            "Scores",
            scorer_label(scorer),
            said[scorer],
            ["right", "partly", "wrong"],
            is_telling=True,
        )


def _example_facets(rows: list[_Row]) -> Iterator[Facet]:
    counts = [str(row.shown) for row in rows]
    numbers = [str(number) for number in range(_MOST_POSITIONS)]
    yield _facet("examples", "Examples", "Number of examples", counts, numbers)
    if not any(row.shown for row in rows):
        return
    group, order = "Examples", ["yes", "no"]
    shown = [_yes_no(row.matching is not None) if row.shown else "" for row in rows]
    words = "An example shows the answer"
    yield _facet("answer_shown", group, words, shown, order, is_telling=True)
    positions = [str(row.matching or "") for row in rows]
    words = "Place of the example that shows it"
    yield _facet("matching_position", group, words, positions, numbers, is_telling=True)
    copied = [row.copied for row in rows]
    words = "It said an example's answer"
    yield _facet("copied", group, words, copied, order, is_telling=True)
    copied = [row.copied_last for row in rows]
    words = "It said the last example's answer"
    yield _facet("copied_last", group, words, copied, order, is_telling=True)


def _annotation_facets(rows: list[_Row], told: _Told) -> Iterator[Facet]:
    words = {name: dict(choices.choices) for name, choices in ANNOTATION_CHOICES.items()}
    words["specialty"] = dict(Specialty.objects.values_list("slug", "name"))
    for name in Annotations.__dataclass_fields__:
        of_revision = {
            key: str(getattr(each.annotations, name)) for key, each in told.by_revision.items()
        }
        said = [of_revision[row.revision] for row in rows]
        order = [*words[name], *sorted(set(said) - words[name].keys())]
        label = name.replace("_", " ").capitalize()
        yield _facet(name, "Annotations", label, said, order, words=words[name])


def _facet(
    name: str,
    group: str,
    label: str,
    said: Sequence[str | None],
    order: Iterable[str],
    *,
    words: dict[str, Any] | None = None,
    is_telling: bool = False,
) -> Facet:
    values, codes = coded(said, list(order))
    return Facet(
        name=name,
        group=group,
        label=label,
        values=values,
        labels=tuple(str((words or {}).get(value, value)) for value in values),
        codes=codes,
        is_telling=is_telling,
    )
