"""Which problems of a release are held out: their answers stay in the house.

A share of every stratum is drawn, so that what is held out is like what is not.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping


def draw_held_out(strata: Mapping[str, str], *, percent: int, seed: int) -> frozenset[str]:
    """The ids of the problems that are held out: so many per cent of each stratum.

    ``strata`` gives the stratum of each problem by its id. From a stratum come those whose
    SHA-256 of ``seed:id`` is smallest: the same on every machine and in whatever order the
    problems are given, and hardly another draw when one problem more is there.
    ValueError unless 0 <= percent <= 100.
    """
    members: dict[str, list[str]] = defaultdict(list)
    for problem, stratum in strata.items():
        members[stratum].append(problem)
    sizes = {stratum: len(problems) for stratum, problems in members.items()}
    shares = share_out(sizes, percent=percent, seed=seed)
    return frozenset(
        problem
        for stratum, problems in members.items()
        for problem in sorted(problems, key=lambda one: _lot(seed, one))[: shares[stratum]]
    )


def share_out(sizes: Mapping[str, int], *, percent: int, seed: int) -> dict[str, int]:
    """How many of each stratum make so many per cent of all, the total rounded half up.

    By largest remainders (A. Hamilton's method, as in M. L. Balinski, H. P. Young, "Fair
    representation" (1982), chapter 3): each stratum gives its exact share rounded down, and those
    that lost most by that give one more until the total is right. Equal losses are ordered by the
    seed. ValueError unless 0 <= percent <= 100.
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"A share lies between 0 and 100 per cent, not at {percent}.")
    exact = {stratum: size * percent for stratum, size in sizes.items()}  # in hundredths
    shares = {stratum: share // 100 for stratum, share in exact.items()}
    total = (sum(exact.values()) + 50) // 100
    lost = sorted(exact, key=lambda stratum: (-(exact[stratum] % 100), _lot(seed, stratum)))
    for stratum in lost[: total - sum(shares.values())]:
        shares[stratum] += 1
    return shares


def _lot(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()
