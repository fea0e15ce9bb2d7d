"""The policy of asking again: how often, how long to wait, and the server's wish about it.

One policy for every client: leasing applies it to rows, so that a wait outlives its worker.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from evaluation.domain.randomness import drawn

MAX_ATTEMPTS = 12
_FIRST_SECONDS = 0.25
_LONGEST_SECONDS = 30.0
_LONGEST_WISH_SECONDS = 600.0


def seconds_until_retry(attempts: int, wish: float | None, *, key: int) -> float:
    """How long to wait after the last of `attempts` (from 1) failed.

    Exponential, from 0 to 30 seconds, or the server's wish where that is longer, ten minutes at
    most. With jitter drawn from the request's key, so that what failed together returns spread.
    """
    share = drawn(key, "backoff", str(attempts)) % 1000 / 1000
    backoff = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2.0**attempts) * share
    return max(backoff, min(wish or 0.0, _LONGEST_WISH_SECONDS) * (1 + share / 10))


def seconds_of_header(value: str, now: datetime | None = None) -> float | None:
    """Retry-After in seconds, ten minutes at most: a number or a date (RFC 9110), else None."""
    value = value.strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return min(float(value), _LONGEST_WISH_SECONDS)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    except OverflowError:  # a year that no clock holds
        return _LONGEST_WISH_SECONDS
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(0.0, seconds), _LONGEST_WISH_SECONDS)
