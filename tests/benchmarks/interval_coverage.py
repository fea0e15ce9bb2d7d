"""How often intervals hold the truth, on permuted sets of which it is known.

A set is as SMMILE's permuted ones: problems in 2, 6 or 24 orders, and answers to one problem are
alike. The naive interval takes every row for an independent one and fails; ours draw or sum whole
problems. `python -m tests.benchmarks.interval_coverage 2000` draws more sets than the usual 500.
"""

import sys
import time

from tests.benchmarks.databases import say
from tests.evaluation.domain.statistics.simulating import INTERVALS, Setting, coverage

SETS = 500
AIM = 0.95

SETTINGS = (
    *(Setting(problems=86, mean=mean) for mean in (0.03, 0.1, 0.3, 0.5, 0.9)),
    Setting(problems=86, mean=0.5, likeness=0.1),
    Setting(problems=86, mean=0.5, likeness=0.9),
    *(Setting(problems=n, mean=0.3) for n in (10, 20, 40, 400)),
    *(Setting(problems=86, mean=mean, orders=(1,)) for mean in (0.1, 0.5)),
)


def _measure(sets: int) -> None:
    started = time.perf_counter()
    say(f"Truth held in {sets} sets (mean length), intervals of 95 %:")
    heads = "".join(f"{name:>20}" for name in INTERVALS)
    say(f"{'problems':>8}{'right':>7}{'alike':>7}{'orders':>8}{heads}")
    for setting in SETTINGS:
        found = coverage(setting, sets)
        cells = "".join(f"{held:>11.1%} ({length:.3f})" for held, length in found.values())
        orders = max(setting.orders)
        say(f"{setting.problems:>8}{setting.mean:>7.0%}{setting.likeness:>7.0%}{orders:>8}{cells}")
    say(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    _measure(int(sys.argv[1]) if len(sys.argv) > 1 else SETS)
