from datetime import UTC, datetime

import pytest

from evaluation.clients.retrying import seconds_of_header, seconds_until_retry, wish_of

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("attempts", range(1, 13))
def test_waits_grow_but_stay_below_half_a_minute(attempts: int) -> None:
    waits = [seconds_until_retry(attempts, None, key=key) for key in range(200)]
    assert 0 <= min(waits) <= max(waits) <= min(30, 0.25 * 1.5 ** (attempts - 1))
    assert len(set(waits)) > 100


def test_the_servers_wish_is_honored_but_not_for_ever() -> None:
    assert 7 <= seconds_until_retry(1, 7, key=1) <= 7.7
    assert 600 <= seconds_until_retry(1, 1e9, key=1) <= 660


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0.5 ", 0.5),
        ("Sun, 01 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Nov 2037 11:00:00 GMT", 600.0),
        ("Sun, 01 Nov 99999999999999999999 11:00:00 GMT", 600.0),
        ("9" * 400, 600.0),
        ("Sun, 01 Nov 99999 11:00:00 GMT", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("tomorrow", None),
    ],
)
def test_the_header_holds_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert seconds_of_header(header, NOON) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500", "Retry-After": "9"}, 1.5),
        ({"Retry-After": "9", "x-ratelimit-reset-requests": "1s"}, 9.0),
        ({"x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-reset-requests": "20ms", "x-ratelimit-reset-tokens": "1.5s"}, 1.5),
        (
            {
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-tokens": "6m0s",
                "x-ratelimit-remaining-tokens": "9000",
            },
            1.0,
        ),
        ({"x-ratelimit-reset-tokens": "7"}, 7.0),
        ({"x-ratelimit-reset-tokens": "99h"}, 600.0),
        ({"x-ratelimit-reset-tokens": "tomorrow"}, None),
        ({"x-ratelimit-reset-tokens": "9" * 5000}, 600.0),
        ({}, None),
    ],
)
def test_a_server_may_say_in_several_ways_when_to_ask_again(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert wish_of(headers) == seconds
