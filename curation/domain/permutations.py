"""Orders of a problem's examples: the rule of SMMILE's permuted set, "++".

A problem that is not reasoning stands in the set once for each of min(n!, 24) distinct orders of
its n examples; its query stays last.
"""

import hashlib
import math

from curation.domain.content import ProblemContent

MOST_ORDERS = 24
"""How many orders of one problem the rule asks for at most."""

_NOT_PERMUTED = "reasoning"


def is_permuted(content: ProblemContent) -> bool:
    """Whether the permuted set has the problem: all but those whose process is reasoning."""
    return content.annotations.cognitive_process != _NOT_PERMUTED


def orders_of(problem_id: str, n: int, seed: int) -> tuple[tuple[int, ...], ...]:
    """The orders in which the permuted set of this ``seed`` shows a problem's ``n`` examples."""
    return distinct_orders(n, seed=seed_of(problem_id, seed))


def distinct_orders(n: int, *, limit: int = MOST_ORDERS, seed: int) -> tuple[tuple[int, ...], ...]:
    """min(n!, ``limit``) different orders of ``n`` things, as the numbers of the things from 0.

    Where n! is at most ``limit`` these are all orders, the authored one (0, 1, ...) among them.
    Else they are drawn, each order as likely as any other: the authored one stands among them only
    if it was drawn, because a mean over orders must not favor it. They come in the order they were
    drawn in, the same for the same ``seed`` on every machine and under every version of Python.
    ValueError for a negative ``n`` or ``limit``.

    >>> len(distinct_orders(3, seed=1)), len(set(distinct_orders(7, seed=1)))
    (6, 24)
    """
    if n < 0 or limit < 0:
        raise ValueError("Neither things nor orders are fewer than none.")
    count = math.factorial(n)
    ranks: dict[int, None] = {}
    draw = 0
    while len(ranks) < min(count, limit):
        ranks[_number(f"{seed}\n{n}\n{draw}") % count] = None
        draw += 1
    return tuple(_order(rank, n) for rank in ranks)


def seed_of(problem_id: str, seed: int) -> int:
    """The seed of one problem's orders, from 0 to 2**63 - 1, under the seed of the whole set.

    So a problem's orders do not depend on what else is in a set.
    """
    return _number(f"{seed}\n{problem_id}") >> (256 - 63)


def _number(text: str) -> int:
    """256 bits, so that what is left of a division by n! is even for every n in use."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest())


def _order(rank: int, n: int) -> tuple[int, ...]:
    """The order with this rank from 0 to n! - 1 among all of them, sorted (Lehmer's code)."""
    left = list(range(n))
    order = []
    for places in range(n - 1, -1, -1):
        which, rank = divmod(rank, math.factorial(places))
        order.append(left.pop(which))
    return tuple(order)
