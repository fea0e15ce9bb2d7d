"""Which examples a prediction was planned with: kept in its row, read back with their contents.

In ``shown_json`` an example of the problem's own is its place, from 0; a foreign one is the id of
its problem and its place there. Both are of the run's release, so that a prompt can be built anew.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q

from curation.domain.content import ProblemContent
from curation.models import ReleaseItem, Revision
from evaluation.domain.showing import ShownExample, Variant
from evaluation.models import Prediction


def shown_json(content: ProblemContent, variant: Variant) -> list[Any]:
    """What a row keeps of the examples that are shown with this problem."""
    return [
        example.place
        if example.home.problem_id == content.problem_id
        else [example.home.problem_id, example.place]
        for example in variant.shown
    ]


def variants_of_rows(run_id: int, rows: Sequence[Prediction]) -> dict[int, Variant | None]:
    """The variant of each prediction of one run by its id; one query, none without foreign ones.

    None for what was planned before variants were kept: its shots stand as authored.
    """
    wanted = {problem_id for row in rows for problem_id in _foreign_ids(row)}
    foreign = contents_by_problem(Q(release__runs=run_id), wanted)
    return {row.pk: _variant(row, foreign) for row in rows}


def foreign_revisions(run_id: int, row: Prediction) -> list[Revision]:
    """The revisions of the foreign examples of one prediction, with their problems."""
    return _revisions(Q(release__runs=run_id), _foreign_ids(row))


def contents_by_problem(among: Q, problem_ids: Iterable[str]) -> dict[str, ProblemContent]:
    """What these problems say in a release, by their ids; ``among`` names its items."""
    contents = (revision.content() for revision in _revisions(among, set(problem_ids)))
    return {content.problem_id: content for content in contents}


def _revisions(among: Q, problem_ids: set[str]) -> list[Revision]:
    if not problem_ids:
        return []
    items = ReleaseItem.objects.filter(among, revision__problem__in=map(UUID, problem_ids))
    return [item.revision for item in items.select_related("revision__problem")]


def _foreign_ids(row: Prediction) -> set[str]:
    return {example[0] for example in row.shown_json or () if isinstance(example, list)}


def _variant(row: Prediction, foreign: dict[str, ProblemContent]) -> Variant | None:
    if row.shown_json is None:
        return None
    own = row.revision.content()
    shown = tuple(
        ShownExample.of(own, example)
        if isinstance(example, int)
        else ShownExample.of(foreign[example[0]], example[1])
        for example in row.shown_json
    )
    return Variant(shown=shown, order=row.order, repeat=row.repeat)
