"""A run as columns to choose from: which predictions have what, and how many there are.

Every column has a number a prediction. So choosing and counting take milliseconds in a run of
100,000, whatever is chosen, and the database is asked for the rows of one page only.
"""

import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

NOTHING = -1
"""The code of a prediction that has none of a facet's values."""

type Keys = NDArray[np.int64]
type Codes = NDArray[np.int16]
type Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One thing that tells predictions apart: ``codes``, of shape (n,), number the ``values``.

    ``is_telling`` says that from it something about the query's right answer could be inferred.
    """

    name: str
    group: str
    label: str
    values: tuple[str, ...]
    labels: tuple[str, ...]
    codes: Codes
    is_telling: bool = False

    def mask(self, value: str) -> Mask:
        """Which predictions have this value; none of them where no such value is known."""
        if value not in self.values:
            return np.zeros(len(self.codes), dtype=np.bool_)
        return np.asarray(self.codes == self.values.index(value))

    def counts(self, among: Mask) -> list[int]:
        """How many of the predictions have each value."""
        codes = self.codes[among]
        counted = np.bincount(codes[codes != NOTHING], minlength=len(self.values))
        return [int(count) for count in counted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """All predictions of a run, of shape (n,) by rising key, with the revision of each."""

    predictions: Keys
    revisions: Keys
    facets: tuple[Facet, ...] = ()

    def to_bytes(self) -> bytes:
        """What :meth:`from_bytes` reads: a line of JSON, then the numbers, all compressed."""
        head = [
            {
                "name": facet.name,
                "group": facet.group,
                "label": facet.label,
                "values": facet.values,
                "labels": facet.labels,
                "is_telling": facet.is_telling,
            }
            for facet in self.facets
        ]
        numbers = [self.predictions.astype("<i8"), self.revisions.astype("<i8")]
        numbers += [facet.codes.astype("<i2") for facet in self.facets]
        document = json.dumps({"n": len(self.predictions), "facets": head}).encode()
        return zlib.compress(b"\n".join([document, b"".join(map(bytes, numbers))]), level=1)

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The columns that were written."""
        document, _, numbers = zlib.decompress(content).partition(b"\n")
        head: dict[str, Any] = json.loads(document)
        n = head["n"]
        keys = np.frombuffer(numbers, dtype="<i8", count=2 * n).reshape(2, n)
        codes = np.frombuffer(numbers, dtype="<i2", offset=16 * n).reshape(len(head["facets"]), n)
        return cls(
            predictions=keys[0],
            revisions=keys[1],
            facets=tuple(
                Facet(
                    name=facet["name"],
                    group=facet["group"],
                    label=facet["label"],
                    values=tuple(facet["values"]),
                    labels=tuple(facet["labels"]),
                    is_telling=facet["is_telling"],
                    codes=codes[number],
                )
                for number, facet in enumerate(head["facets"])
            ),
        )

    def asking(self, revisions: Iterable[int]) -> Keys:
        """The predictions that ask these revisions."""
        return self.predictions[_among(self.revisions, list(revisions))]

    def facet(self, name: str) -> Facet | None:
        """The facet of this name."""
        return next((facet for facet in self.facets if facet.name == name), None)


@dataclass(frozen=True)
class Choice:
    """Which predictions of a run are wanted, and may be told apart.

    ``chosen`` are values by the names of facets. ``found`` are the keys of predictions that a
    search found, None where nothing was searched for. ``hidden`` are revisions of which the reader
    may not know the answer: where a telling facet or a search chooses, they are left out, so that
    neither a list nor a count tells it.
    """

    columns: Columns
    chosen: Mapping[str, str] = field(default_factory=dict)
    found: Keys | None = None
    hidden: Collection[int] = frozenset()

    @cached_property
    def keys(self) -> Keys:
        """The predictions that are wanted, by rising key."""
        return self.columns.predictions[self._mask()]

    def counts(self, facet: Facet) -> list[int]:
        """How many there would be with each value of a facet, all else that is chosen as it is."""
        return facet.counts(self._mask(but=facet.name, is_telling=facet.is_telling))

    def place(self, prediction: int) -> int | None:
        """Where a prediction stands among those wanted, from 1; None where it is none of them."""
        at = int(np.searchsorted(self.keys, prediction))
        is_wanted = at < len(self.keys) and self.keys[at] == prediction
        return at + 1 if is_wanted else None

    def neighbors(self, prediction: int) -> tuple[int | None, int | None]:
        """The nearest wanted ones before and after a prediction, be it wanted or not."""
        before = int(np.searchsorted(self.keys, prediction, side="left"))
        after = int(np.searchsorted(self.keys, prediction, side="right"))
        return (
            int(self.keys[before - 1]) if before else None,
            int(self.keys[after]) if after < len(self.keys) else None,
        )

    @property
    def leaves_out(self) -> bool:
        """Whether predictions are left out because of what is hidden."""
        return bool(self.hidden) and (self._is_telling() or self.found is not None)

    def _is_telling(self, but: str = "") -> bool:
        chosen = (self.columns.facet(name) for name in self.chosen if name != but)
        return any(facet is not None and facet.is_telling for facet in chosen)

    def _mask(self, *, but: str = "", is_telling: bool = False) -> Mask:
        mask = np.ones(len(self.columns.predictions), dtype=np.bool_)
        for name, value in self.chosen.items():
            facet = self.columns.facet(name)
            if facet is not None and name != but:
                mask &= facet.mask(value)
        if self.found is not None:
            mask &= np.isin(self.columns.predictions, self.found)
        if is_telling or self.found is not None or self._is_telling(but):
            mask &= ~_among(self.columns.revisions, self.hidden)
        return mask


def differing(first: Facet, second: Facet) -> Facet:
    """Where two scorers contradict each other: one says right, the other wrong.

    Both are facets with the values "right" and "wrong".
    """
    one, other = first.mask("right"), first.mask("wrong")
    codes = np.full(len(first.codes), NOTHING, dtype=np.int16)
    codes[one & second.mask("wrong")] = 0
    codes[other & second.mask("right")] = 1
    return Facet(
        name=f"differ.{first.name.partition('.')[2]}~{second.name.partition('.')[2]}",
        group="Scorers differ",
        label=f"{first.label}, {second.label}",
        values=("first", "second"),
        labels=(
            f"{first.label} right, {second.label} wrong",
            f"{first.label} wrong, {second.label} right",
        ),
        codes=codes,
        is_telling=True,
    )


def coded(
    said: Sequence[str | None], order: Sequence[str] | None = None
) -> tuple[tuple[str, ...], Codes]:
    """The distinct values that are said, and the code of each entry; nothing for None and empty.

    In the given order, else as text stands; what the order lacks is left out.
    """
    found = {value for value in said if value}
    values = tuple(v for v in order if v in found) if order is not None else tuple(sorted(found))
    codes = {value: code for code, value in enumerate(values)}
    return values, np.array([codes.get(value or "", NOTHING) for value in said], dtype=np.int16)


def _among(keys: Keys, wanted: Collection[int]) -> Mask:
    return np.isin(keys, np.fromiter(wanted, dtype=np.int64, count=len(wanted)))
