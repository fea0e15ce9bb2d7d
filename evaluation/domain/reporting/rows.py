"""A run as columns: one entry a prediction, or one a problem, as numpy arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Numbers = NDArray[np.float64]
type Codes = NDArray[np.int64]
type Flags = NDArray[np.bool_]

UNKNOWN = -1
"""The code of what is not stated, of a position nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    """In which group each entry is: ``codes`` number ``names`` and ``labels``, or are UNKNOWN."""

    name: str
    label: str
    names: tuple[str, ...]
    labels: tuple[str, ...]
    codes: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A way of answering without understanding: what it would score, NaN where it cannot be."""

    name: str
    label: str
    values: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """The release's problems, of shape (problems,)."""

    is_held_out: Flags
    categories: tuple[Categories, ...]
    guesses: tuple[Guess, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Predictions and their scores, of shape (predictions,); NaN where a scorer said nothing.

    ``problem`` is the number of its problem in :class:`Problems`.
    """

    problem: Codes
    order: Codes
    repeat: Codes
    scores: Mapping[str, Numbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All predictions of one run.

    ``outcome`` numbers the members of `Outcome`, UNKNOWN where it did not end. ``shown`` counts
    the examples shown; ``matching`` is where the last of them stands that has the query's answer,
    from 1, 0 where none has. ``copied_any`` and ``copied_last`` are 1, 0, or UNKNOWN where no
    example was shown or nothing was answered. ``options`` counts the choices, 0 in open form, and
    ``is_highest_right`` is 1 where the right one has the highest letter. Tokens and milliseconds
    are NaN where nobody said them.
    """

    scored: Scored
    outcome: Codes
    shown: Codes
    matching: Codes
    copied_any: Codes
    copied_last: Codes
    options: Codes
    is_highest_right: Codes
    latency_ms: Numbers
    input_tokens: Numbers
    output_tokens: Numbers
    cached_tokens: Numbers

    @property
    def n(self) -> int:
        """How many predictions were planned."""
        return len(self.outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinRows:
    """Another run that differs in one thing; see :func:`evaluation.domain.twins.twins_of`."""

    name: str
    label: str
    run_id: int
    protocol_label: str
    is_same_variants: bool
    scored: Scored
