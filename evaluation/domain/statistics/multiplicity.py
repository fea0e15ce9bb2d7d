"""Many tests at once."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted so that any false alarm among them is as rare as stated; order kept.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979) 65-70. Nothing is assumed about how the tests depend on each other.
    ValueError for what is no probability.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError("A p-value lies between 0 and 1.")
    adjusted = [0.0] * len(p_values)
    so_far = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = so_far
    return adjusted
