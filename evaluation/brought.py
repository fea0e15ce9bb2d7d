"""What files of predictions hold, beside what a release holds: what fits, and what does not."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from curation.domain.answers import is_same_answer
from curation.domain.importing.smmile_release import problem_id_of
from curation.errors import InvalidContentError
from curation.models import Provenance, Release, ReleaseItem, Revision
from evaluation.domain.prediction_files import BroughtPrediction, with_verdict

NOT_IN_THE_FILES = "The imported files hold no prediction for this problem."
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtSource:
    """One file as it is kept on record."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """All that the files of one import hold."""

    sources: tuple[BroughtSource, ...]
    predictions: tuple[BroughtPrediction, ...]
    verdicts: Mapping[str, bool] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The same for the same files, however they are called and in whatever order."""
        hashes = sorted(source.sha256 for source in self.sources)
        return hashlib.sha256("".join(hashes).encode()).hexdigest()


class Fitting:
    """The files' predictions by the revisions of a release."""

    def __init__(self, release: Release, brought: Brought) -> None:
        items = ReleaseItem.objects.filter(release=release).select_related("revision")
        self.revisions = [item.revision for item in items.order_by("position")]
        self._brought = brought
        self._names = _Names(release, self.revisions)
        self._by_id: dict[UUID, list[BroughtPrediction]] = {}
        self._unknown: list[str] = []
        for prediction in brought.predictions:
            problem_id = self._names.find(prediction.problem_id)
            if problem_id is None:
                self._unknown.append(prediction.problem_id)
            else:
                self._by_id.setdefault(problem_id, []).append(prediction)

    @property
    def missing(self) -> list[str]:
        """The problems of the release that no row is about."""
        return [str(one.problem_id) for one in self.revisions if one.problem_id not in self._by_id]

    def of(self, revision: Revision) -> list[BroughtPrediction]:
        """The predictions of one problem with their verdicts; a failure where there is none."""
        rows = self._by_id.get(revision.problem_id)
        if rows is None:
            name = str(revision.problem_id)
            return [BroughtPrediction(problem_id=name, completion="", error=NOT_IN_THE_FILES)]
        return [
            replace(
                row,
                verdicts={
                    **row.verdicts,
                    **with_verdict(self._brought.verdicts, row.problem_id),
                },
            )
            for row in sorted(rows, key=lambda row: row.place)
        ]

    def require_fitting(self, *, is_partial: bool) -> None:
        """InvalidContentError with everything that does not fit."""
        if not self._brought.predictions:
            raise InvalidContentError("The files hold no predictions.")
        places = Counter(
            (problem_id, row.order, row.repeat)
            for problem_id, rows in self._by_id.items()
            for row in rows
        )
        doubled = [str(place[0]) for place, count in places.items() if count > 1]
        wrong = [told(doubled, "in several rows")]
        if not is_partial:
            wrong += [
                told(self._unknown, "not in the release"),
                told(self.missing, "in the release but in no row"),
                told(self._unknown_verdicts, "judged but not in the release"),
            ]
        if any(wrong):
            raise InvalidContentError(" ".join(filter(None, wrong)))
        if not self._by_id:
            raise InvalidContentError("No problem of the files is in the release.")

    @property
    def _unknown_verdicts(self) -> list[str]:
        return [name for name in self._brought.verdicts if self._names.find(name) is None]

    def remarks(self) -> list[str]:
        """What was left out, and what the files take for right that the release does not."""
        answers = {one.problem_id: one.content().query for one in self.revisions}
        other = [
            str(problem_id)
            for problem_id, rows in self._by_id.items()
            if any(
                row.answer and not is_same_answer(row.answer, answers[problem_id].answer)
                for row in rows
            )
        ]
        words = [
            told(self._unknown, "not in the release, so left out"),
            told(self.missing, "in no row, so counted as failed"),
            told(other, "of another answer in the files; the release's answer was scored"),
        ]
        return [each for each in words if each]


class _Names:
    """The problems of a release by every name that files may call them.

    By their ids; and where it came in SMMILE's layout, by the names that they had there.
    """

    def __init__(self, release: Release, revisions: Iterable[Revision]) -> None:
        self._known = {str(one.problem_id): one.problem_id for one in revisions}
        self._collections = [each.origin_name for each in Provenance.objects.of_release(release)]

    def find(self, name: str) -> UUID | None:
        """The problem of this name, None where the release has none."""
        others = (problem_id_of(collection, name) for collection in self._collections)
        return next((self._known[each] for each in (name, *others) if each in self._known), None)


def told(names: Sequence[str], what: str) -> str:
    """How many problems are so and which, for instance; empty for none."""
    if not names:
        return ""
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    are = "problem is" if len(names) == 1 else "problems are"
    return f"{len(names):,} {are} {what}: {', '.join(names[:_MOST_NAMED])}{more}."
