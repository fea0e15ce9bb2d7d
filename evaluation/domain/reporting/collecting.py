"""Columns from the rows of predictions, batch by batch, so that memory holds numbers alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation.domain.answers import normalize
from curation.domain.content import ProblemContent
from evaluation.domain.arms import Noise
from evaluation.domain.copying import Copied, copied
from evaluation.domain.outcomes import Outcome
from evaluation.domain.protocol import Protocol
from evaluation.domain.reporting.rows import UNKNOWN, Codes, Numbers, Rows, Scored
from evaluation.domain.showing import variants_of

_OUTCOMES = {kind.value: code for code, kind in enumerate(Outcome)} | {"": UNKNOWN}
_WHOLE, _MEASURED = 10, 4  # columns of whole numbers and of what is measured
_ANSWERS = frozenset(kind.value for kind in Outcome if kind.is_answer)


class Asked(NamedTuple):
    """What the row of a prediction says, in the order in which it is read."""

    pk: int
    revision_id: int
    order: int
    repeat: int
    outcome: str
    parsed: str
    shown_json: Sequence[Any] | None
    choices_json: Mapping[str, Any] | None
    is_answer_shown: bool | None
    matching_position: int | None
    latency_ms: int | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None


COLUMNS = Asked._fields


class Answers(NamedTuple):
    """A problem of the release: its number among them, and its examples' answers, normalized."""

    number: int
    examples: tuple[str, ...]


class Collector:
    """Takes rows in the order of their ids, gives columns.

    ``contents`` are the release's, by revision; ``set_seed`` is that of its permuted set.
    """

    def __init__(
        self, contents: Mapping[int, ProblemContent], protocol: Protocol, set_seed: int
    ) -> None:
        self._contents = contents
        self._protocol = protocol
        self._set_seed = set_seed
        self._answers = {
            key: Answers(number, tuple(normalize(panel.answer) for panel in content.examples))
            for number, (key, content) in enumerate(contents.items())
        }
        self._by_problem = {
            content.problem_id: self._answers[key] for key, content in contents.items()
        }
        self._ids: list[Codes] = [np.zeros(0, np.int64)]
        self._whole: list[NDArray[np.int32]] = [np.zeros((0, _WHOLE), np.int32)]
        self._measured: list[Numbers] = [np.zeros((0, _MEASURED))]
        self._planned = lru_cache(maxsize=256)(self._as_planned)

    def add(self, batch: Sequence[Asked]) -> None:
        """The next rows."""
        self._ids.append(np.array([row.pk for row in batch], dtype=np.int64))
        whole = [self._whole_numbers(row) for row in batch]
        self._whole.append(np.array(whole, dtype=np.int32).reshape(-1, _WHOLE))
        measured = [
            (row.latency_ms, row.input_tokens, row.output_tokens, row.cached_tokens)
            for row in batch
        ]
        self._measured.append(np.array(measured, dtype=np.float64).reshape(-1, _MEASURED))

    def rows(self, scores: "ScoreColumns") -> Rows:
        """All rows, with the scores that belong to them."""
        ids = np.concatenate(self._ids)
        whole = np.concatenate(self._whole).astype(np.int64)
        problem, order, repeat, outcome, shown, matching, *others = whole.T
        copied_any, copied_last, options, is_highest_right = others
        scored = Scored(
            problem=problem, order=order, repeat=repeat, scores=scores.of_predictions(ids)
        )
        latency, tokens_in, tokens_out, cached = np.concatenate(self._measured).T
        return Rows(
            scored=scored,
            outcome=outcome,
            shown=shown,
            matching=matching,
            copied_any=copied_any,
            copied_last=copied_last,
            options=options,
            is_highest_right=is_highest_right,
            latency_ms=latency,
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            cached_tokens=cached,
        )

    def _whole_numbers(self, row: Asked) -> tuple[int, ...]:
        shown = self._shown(row)
        return (
            self._answers[row.revision_id].number,
            row.order,
            row.repeat,
            _OUTCOMES[row.outcome],
            UNKNOWN if shown is None else len(shown),
            UNKNOWN if row.is_answer_shown is None else row.matching_position or 0,
            *_copies(row, shown),
            *_options(row.choices_json),
        )

    def _shown(self, row: Asked) -> Sequence[str] | None:
        """The answers of the examples in the order shown, normalized; None where unknown."""
        if row.shown_json is None:
            return self._planned(row.revision_id).get((row.order, row.repeat))
        own = self._answers[row.revision_id].examples
        return [
            own[example]
            if isinstance(example, int)
            else self._by_problem[example[0]].examples[example[1]]
            for example in row.shown_json
        ]

    def _as_planned(self, revision_id: int) -> dict[tuple[int, int], list[str]]:
        """By order and repeat what the protocol shows; which foreign examples nobody knows."""
        if self._protocol.noise is not Noise.NONE:
            return {}
        own = self._answers[revision_id].examples
        variants = variants_of(self._contents[revision_id], self._protocol, set_seed=self._set_seed)
        return {
            (one.order, one.repeat): [own[example.place] for example in one.shown]
            for one in variants
        }


@dataclass(slots=True)
class ScoreColumns:
    """Scores as they are read: the prediction's id, the scorer, the value."""

    _ids: dict[str, list[Codes]] = field(default_factory=dict)
    _values: dict[str, list[Numbers]] = field(default_factory=dict)

    def add(self, scorer: str, ids: Iterable[int], values: Iterable[float]) -> None:
        """The next scores of a scorer."""
        self._ids.setdefault(scorer, []).append(np.fromiter(ids, np.int64))
        self._values.setdefault(scorer, []).append(np.fromiter(values, np.float64))

    def of_predictions(self, ids: Codes) -> dict[str, Numbers]:
        """By scorer a value for each of these predictions, whose ids ascend; NaN for none."""
        columns = {}
        for scorer in sorted(self._ids):
            wanted = np.concatenate(self._ids[scorer])
            column = np.full(len(ids), np.nan)
            column[np.searchsorted(ids, wanted)] = np.concatenate(self._values[scorer])
            columns[scorer] = column
        return columns


def _copies(row: Asked, shown: Sequence[str] | None) -> tuple[int, int]:
    """Whether the answer is that of any example, and of the last."""
    if not shown or row.outcome not in _ANSWERS:
        return UNKNOWN, UNKNOWN
    found = _copied(_said(row), tuple(shown))
    return int(found.is_any), int(found.is_last)


@lru_cache(maxsize=4096)
def _copied(said: str, shown: tuple[str, ...]) -> Copied:
    """As `copied`; the same words are said again and again."""
    return copied(said, shown)


def _options(choices: Mapping[str, Any] | None) -> tuple[int, int]:
    """How many there are, and whether the highest letter is right."""
    if choices is None:
        return 0, 0
    letters = choices["letters"]
    return len(letters), int(letters[-1] == choices["correct_letter"])


def _said(row: Asked) -> str:
    """The answer in words: a letter stands for its option."""
    choices = row.choices_json
    if choices is None:
        return row.parsed
    try:
        option: str = choices["options"][choices["letters"].index(row.parsed)]
    except ValueError:  # a letter that no option has, or none
        return ""
    return option
