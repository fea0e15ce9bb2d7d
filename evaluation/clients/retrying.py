"""The policy of asking again: how often, how long to wait, and the server's wish about it.

One policy for every client: leasing applies it to rows, so that a wait outlives its worker.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from evaluation.domain.randomness import drawn

MAX_ATTEMPTS = 12
_FIRST_SECONDS = 0.25
_GROWTH = 1.5  # not 2: where a server is away the run pauses, so few waits are for that
_LONGEST_SECONDS = 30.0
_LONGEST_WISH_SECONDS = 600.0
_DURATION = re.compile(
    r"(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,9}(?:\.\d{1,9})?)ms)?",
    re.ASCII,
)


def seconds_until_retry(attempts: int, wish: float | None, *, key: int) -> float:
    """How long to wait after the last of `attempts` (from 1) failed.

    Exponential, from 0 to 30 seconds, or the server's wish where that is longer, ten minutes at
    most. With jitter drawn from the request's key, so that what failed together returns spread.
    """
    share = drawn(key, "backoff", str(attempts)) % 1000 / 1000
    backoff = min(_LONGEST_SECONDS, _FIRST_SECONDS * _GROWTH ** (attempts - 1)) * share
    return max(backoff, min(wish or 0.0, _LONGEST_WISH_SECONDS) * (1 + share / 10))


def wish_of(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """When a server wants to be asked again, in seconds, by whichever header it says so."""
    milliseconds = headers.get("retry-after-ms", "").strip()
    if _is_number(milliseconds):
        return min(float(milliseconds) / 1000, _LONGEST_WISH_SECONDS)
    seconds = seconds_of_header(headers.get("Retry-After", ""), now)
    if seconds is not None:
        return seconds
    # Only what is used up has to be waited for; where nothing is said of that, for either.
    resets = [
        seconds_of_duration(headers.get(f"x-ratelimit-reset-{kind}", ""))
        for kind in ("requests", "tokens")
        if headers.get(f"x-ratelimit-remaining-{kind}", "0").strip() in {"0", ""}
    ]
    return max((one for one in resets if one is not None), default=None)


def seconds_of_duration(value: str) -> float | None:
    """Seconds of "1h2m", "6m0s", "1.5s", "20ms" or a bare number, ten minutes at most."""
    value = value.strip()
    if _is_number(value):
        return min(float(value), _LONGEST_WISH_SECONDS)
    found = _DURATION.fullmatch(value)
    if not value or found is None:
        return None
    parts = zip(found.groups(), (3600.0, 60.0, 1.0, 0.001), strict=True)
    return min(sum(float(part or 0) * unit for part, unit in parts), _LONGEST_WISH_SECONDS)


def _is_number(value: str) -> bool:
    return value.isascii() and value.replace(".", "", 1).isdigit()


def seconds_of_header(value: str, now: datetime | None = None) -> float | None:
    """Retry-After in seconds, ten minutes at most: a number or a date (RFC 9110), else None."""
    value = value.strip()
    if _is_number(value):
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
