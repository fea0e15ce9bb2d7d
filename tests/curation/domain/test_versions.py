"""Versions of texts, and what a three-way merge may write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.versions import Merged, Typed, merge, plain, version_of

_TEXTS = st.sampled_from(["", "Left", "Left ", "left", "Two\nlines", "Two\r\nlines", "e\u0301"])


def _merged(stored: str, shown: str, typed: str) -> Merged:
    return merge({"answer": stored}, {"answer": Typed(text=typed, version=version_of(shown))})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Left", " Left\n"),
        ("Two\nlines", "Two\r\nlines"),
        ("Two\nlines", "Two\rlines"),
        ("\u00e9", "e\u0301"),
        ("", " \t"),
    ],
)
def test_texts_that_differ_in_form_only_have_one_version(one: str, other: str) -> None:
    assert version_of(one) == version_of(other)
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Left", "left"), ("Two lines", "Two\nlines"), ("Two  words", "Two words"), ("", "-")],
)
def test_other_texts_have_other_versions(one: str, other: str) -> None:
    assert version_of(one) != version_of(other)


@given(st.text())
def test_a_version_is_16_hexadecimal_digits(text: str) -> None:
    assert len(bytes.fromhex(version_of(text))) == 8


@pytest.mark.parametrize(
    ("stored", "shown", "typed", "fate"),
    [
        ("A", "A", "A", ""),
        ("A", "A", "B", "taken"),
        ("B", "A", "B", ""),
        ("B", "A", "A", "newer"),
        ("B", "A", "C", "conflicts"),
        ("", "A", "B", "conflicts"),
        ("B", "A", "", "conflicts"),
        ("B", "", "", "newer"),
    ],
)
def test_the_fate_of_a_field(stored: str, shown: str, typed: str, fate: str) -> None:
    merged = _merged(stored, shown, typed)
    fates = {name for name in ("taken", "newer", "conflicts") if getattr(merged, name)}
    assert fates == ({fate} if fate else set())


@given(stored=_TEXTS, shown=_TEXTS, typed=_TEXTS)
def test_nothing_is_written_over_a_text_that_was_not_shown(
    stored: str, shown: str, typed: str
) -> None:
    merged = _merged(stored, shown, typed)
    if merged.taken:
        assert plain(shown) == plain(stored)
        assert merged.taken == {"answer": plain(typed)}


@given(stored=_TEXTS, shown=_TEXTS, typed=_TEXTS)
def test_nothing_that_was_typed_is_passed_over_in_silence(
    stored: str, shown: str, typed: str
) -> None:
    merged = _merged(stored, shown, typed)
    is_told = bool(merged.taken or merged.conflicts)
    assert is_told or plain(typed) in {plain(stored), plain(shown)}


@given(stored=_TEXTS, shown=_TEXTS, typed=_TEXTS)
def test_what_was_taken_is_nothing_to_do_when_it_is_sent_again(
    stored: str, shown: str, typed: str
) -> None:
    taken = _merged(stored, shown, typed).taken
    for text in taken.values():
        assert _merged(text, shown, typed) == Merged()


def test_fields_do_not_disturb_each_other() -> None:
    stored = {"question": "Q2", "answer": "A1", "source": "S2"}
    typed = {
        "question": Typed(text="Q3", version=version_of("Q1")),
        "answer": Typed(text=" A2", version=version_of("A1")),
        "source": Typed(text="S1", version=version_of("S1")),
    }
    assert merge(stored, typed) == Merged(
        taken={"answer": "A2"}, newer={"source": "S2"}, conflicts={"question": "Q2"}
    )


def test_a_field_that_is_not_stored_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        merge({}, {"answer": Typed(text="", version="")})
