"""Room for reviewers: how many, for whom, and the words where there is none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from curation.domain.places import Places, moment_in_words

_NOW = datetime(2030, 1, 2, 9, 0, tzinfo=UTC)
_LATER = _NOW + timedelta(hours=5, minutes=30)
_LAST = _NOW + timedelta(days=2)


def _places(**facts: Any) -> Places:
    plain: dict[str, Any] = {"required": 2, "approvals": 0, "held": {}, "returning_until": _LAST}
    for name in ("judged", "assigned", "returning"):
        facts[name] = frozenset(facts.get(name, ()))
    return Places(**{**plain, **facts})


@pytest.mark.parametrize(
    ("required", "approvals", "judged", "wanted"),
    [
        (2, 0, (), 2),
        (2, 1, (1,), 1),
        (2, 0, (1,), 2),  # one rejected
        (2, 1, (1, 2), 1),  # they disagree: another opinion
        (2, 0, (1, 2), 1),  # both rejected
        (2, 2, (1, 2, 3), 0),
        (2, 0, (1, 2, 3), 0),
        (1, 0, (1,), 1),
        (1, 1, (1,), 0),
    ],
)
def test_as_many_are_wanted_as_approvals_are_missing_and_one_more_after_a_rejection(
    required: int, approvals: int, judged: tuple[int, ...], wanted: int
) -> None:
    assert _places(required=required, approvals=approvals, judged=judged).wanted == wanted


def test_whoever_holds_a_place_may_go_on_where_others_find_none() -> None:
    places = _places(held={1: _LATER, 2: _LAST})
    assert [places.is_free_for(person) for person in (1, 2, 3)] == [True, True, False]
    assert places.why_not(3, _NOW) == "Both places are taken by others until 14:30 UTC."


def test_whom_an_editor_asked_has_a_place_beyond_the_others() -> None:
    places = _places(held={1: _LATER, 2: _LAST, 3: _LAST}, assigned={3, 4})
    assert [places.is_free_for(person) for person in (3, 4, 5)] == [True, True, False]
    assert _places(held={3: _LATER, 1: _LATER}, assigned={3}).is_free_for(5)


def test_whoever_judged_it_before_comes_before_others() -> None:
    places = _places(returning={1, 2})
    assert [places.is_free_for(person) for person in (1, 2, 3)] == [True, True, False]
    assert places.why_not(3, _NOW) == (
        "Kept until 4 Jan, 09:00 UTC for those who reviewed it before."
    )
    assert places.has_room_for(3)
    assert _places(returning={1}).is_free_for(3)


def test_a_place_that_is_kept_and_taken_counts_once() -> None:
    assert _places(returning={1}, held={1: _LATER}).is_free_for(2)


def test_who_was_asked_and_comes_back_takes_no_other_place() -> None:
    assert _places(required=1, returning={1}, assigned={1}).is_free_for(2)


@pytest.mark.parametrize(
    ("required", "held", "words"),
    [
        (1, (1,), "The place is taken by others until 14:30 UTC."),
        (3, (1, 2, 3), "All 3 places are taken by others until 14:30 UTC."),
    ],
)
def test_the_words_count_the_places(required: int, held: tuple[int, ...], words: str) -> None:
    places = _places(required=required, held=dict.fromkeys(held, _LATER))
    assert places.why_not(9, _NOW) == words


def test_what_has_its_verdicts_waits_for_an_editor() -> None:
    places = _places(approvals=2, judged={1, 2, 3})
    assert places.why_not(4, _NOW) == "It has the verdicts it needs; an editor decides now."


def test_a_moment_of_another_day_is_told_with_its_day() -> None:
    assert moment_in_words(_LATER, _NOW) == "14:30 UTC"
    assert moment_in_words(_LATER, _NOW - timedelta(days=1)) == "2 Jan, 14:30 UTC"
