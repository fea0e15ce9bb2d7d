from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.chain import START, Flaw, Link, digest, flaw_of

_LINK = Link(
    number=7,
    at=datetime(2026, 11, 23, 9, 30, 1, 5, tzinfo=UTC),
    person=3,
    kind="move",
    what="move.submit",
    subject_type="statuschange",
    subject_id="12",
    problem=UUID(int=9),
    details={"from": "draft", "revision": 1, "names": ["å", None, True]},
    previous_sha256="a" * 64,
)


def _flaw(link: Link, *, sha256: str = _LINK.sha256()) -> Flaw | None:
    return flaw_of(link, sha256, number=7, previous_sha256="a" * 64)


def test_a_link_that_follows_has_no_flaw() -> None:
    assert _flaw(_LINK) is None


@pytest.mark.parametrize(
    "change",
    [
        {"at": _LINK.at + timedelta(microseconds=1)},
        {"person": None},
        {"person": 4},
        {"kind": "review"},
        {"what": "move.retire"},
        {"subject_type": "review"},
        {"subject_id": "13"},
        {"problem": None},
        {"details": {}},
        {"details": {**_LINK.details, "revision": "1"}},
    ],
)
def test_whatever_is_changed_changes_the_hash(change: dict[str, Any]) -> None:
    assert _flaw(replace(_LINK, **change)) is Flaw.HASH


def test_another_number_is_a_missing_link() -> None:
    assert _flaw(replace(_LINK, number=8)) is Flaw.MISSING


def test_another_hash_before_is_seen_even_where_the_entry_s_own_was_made_anew() -> None:
    cut_in = replace(_LINK, previous_sha256=START)
    assert _flaw(cut_in, sha256=cut_in.sha256()) is Flaw.PREVIOUS


def test_the_same_moment_in_another_time_zone_has_the_same_hash() -> None:
    elsewhere = replace(_LINK, at=_LINK.at.astimezone(timezone(timedelta(hours=5))))
    assert elsewhere.sha256() == _LINK.sha256()


def test_the_order_of_details_does_not_matter() -> None:
    turned = replace(_LINK, details=dict(reversed(list(_LINK.details.items()))))
    assert turned.sha256() == _LINK.sha256()


@pytest.mark.parametrize("inexact", [{"a": 0.5}, {"a": [{"b": 1e22}]}, {"a": (1, float("nan"))}])
def test_what_a_database_writes_as_it_likes_is_refused(inexact: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        digest(inexact)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), _JSON, max_size=4), st.dictionaries(st.text(), _JSON, max_size=4))
def test_documents_that_differ_differ_in_their_digest(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert (digest(one) == digest(other)) == (repr_of(one) == repr_of(other))


def repr_of(document: Any) -> Any:
    """Equal only where JSON is: Python takes True for 1."""
    if isinstance(document, dict):
        return sorted((key, repr_of(value)) for key, value in document.items())
    if isinstance(document, list):
        return [repr_of(value) for value in document]
    return repr(document)
