"""The distributions behind intervals and tests. Of scipy only the special functions are loaded."""

from statistics import NormalDist
from typing import Any

_NORMAL = NormalDist()


def normal_quantile(share: float) -> float:
    """The standard normal deviate below which the share lies, in (0, 1)."""
    return _NORMAL.inv_cdf(share)


def normal_share(deviate: float) -> float:
    """The share of a standard normal below the deviate."""
    return _NORMAL.cdf(deviate)


def student_quantile(share: float, freedom: float) -> float:
    """The deviate of Student's t with so many degrees of freedom below which the share lies."""
    return float(_special().stdtrit(freedom, share))


def student_two_sided(deviate: float, freedom: float) -> float:
    """The probability of a Student's t at least as far from 0."""
    return float(2 * _special().stdtr(freedom, -abs(deviate)))


def fair_coin_at_most(heads: int, tosses: int) -> float:
    """The probability of so few heads, or fewer, of a fair coin."""
    return float(_special().bdtr(heads, tosses, 0.5))


def _special() -> Any:
    from scipy import special  # noqa: PLC0415 - 40 MB that workers who only ask models do not need

    return special
