"""Columns of small runs, made by hand."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np

from evaluation.domain.reporting import About, FailureKind, RunReport
from evaluation.domain.reporting.composing import Known, run_report
from evaluation.domain.reporting.rows import (
    UNKNOWN,
    Categories,
    Codes,
    Guess,
    Numbers,
    Problems,
    Rows,
    Scored,
    TwinRows,
)

NAN = float("nan")
ABOUT = About(
    run_id=1,
    release="1.0.0",
    revisions_sha256="5" * 64,
    endpoint="A_model & more",
    model="m-1",
    protocol_label="in-context, open",
    protocol_sha256="7" * 64,
    protocol={"shots": "all"},
    is_imported=False,
    is_baseline=False,
    finished_at="2026-11-23T12:00:00+00:00",
)


def problems(
    count: int,
    *,
    held_out: Sequence[int] = (),
    rarity: Sequence[int] | None = None,
    guess: Sequence[float] | None = None,
) -> Problems:
    """So many problems; ``rarity`` numbers common and rare."""
    codes = np.array(rarity if rarity is not None else [0] * count, dtype=np.int64)
    categories = Categories(
        name="rarity",
        label="Rarity",
        names=("common", "rare"),
        labels=("Common", "Rare"),
        codes=codes,
    )
    guesses = [Guess(name="guess", label="a guess", values=np.array(guess))] if guess else []
    return Problems(
        is_held_out=np.isin(np.arange(count), held_out),
        categories=(categories,),
        guesses=tuple(guesses),
    )


def scored(
    scores: Mapping[str, Sequence[float]],
    *,
    problem: Sequence[int] | None = None,
    order: Sequence[int] | None = None,
) -> Scored:
    """One answer a problem unless said otherwise."""
    n = len(next(iter(scores.values())))
    return Scored(
        problem=np.array(range(n) if problem is None else problem, dtype=np.int64),
        order=np.array([0] * n if order is None else order, dtype=np.int64),
        repeat=np.zeros(n, dtype=np.int64),
        scores={name: np.array(values, dtype=float) for name, values in scores.items()},
    )


def rows(of: Scored, **columns: Sequence[float]) -> Rows:
    """Predictions that were all answered, of which nothing more is known unless said."""
    n = len(of.problem)

    def whole(name: str, otherwise: int) -> Codes:
        return np.array(columns.get(name, [otherwise] * n), dtype=np.int64)

    def numbers(name: str) -> Numbers:
        return np.array(columns.get(name, [NAN] * n), dtype=np.float64)

    return Rows(
        scored=of,
        outcome=whole("outcome", 0),
        shown=whole("shown", UNKNOWN),
        matching=whole("matching", UNKNOWN),
        copied_any=whole("copied_any", UNKNOWN),
        copied_last=whole("copied_last", UNKNOWN),
        options=whole("options", 0),
        is_highest_right=whole("is_highest_right", 0),
        latency_ms=numbers("latency_ms"),
        input_tokens=numbers("input_tokens"),
        output_tokens=numbers("output_tokens"),
        cached_tokens=numbers("cached_tokens"),
    )


def twin(of: Scored, name: str = "zero_shot", *, is_same_variants: bool = True) -> TwinRows:
    """A run beside it."""
    return TwinRows(
        name=name,
        label="no examples",
        run_id=2,
        protocol_label="0-shot, open",
        is_same_variants=is_same_variants,
        scored=of,
    )


def report(
    of: Rows,
    over: Problems,
    *twins: TwinRows,
    failures: tuple[FailureKind, ...] = (),
    price: Decimal | None = None,
) -> RunReport:
    """The report of these columns."""
    labels = {name: name.replace("_", " ") for name in of.scored.scores}
    known = Known(
        about=ABOUT, failures=failures, price_of=lambda _in, _out: price, scorer_labels=labels
    )
    return run_report(of, over, twins, known)
