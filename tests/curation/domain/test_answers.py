"""SMMILE's normalization: what counts as the same answer."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.answers import distinct, is_same_answer, normalize
from tests.curation.domain.contents import words


@pytest.mark.parametrize(
    ("answer", "normal"),
    [
        ("Yes", "yes"),
        ("yes.", "yes"),
        ("  Left\tlung\r\n", "left lung"),
        ("X-ray", "xray"),
        ("Crohn's disease", "crohns disease"),
        ("ÖDEM", "ödem"),
        ("left / right", "left right"),
        ("3.5 cm", "35 cm"),
        ("a\u00a0b", "a b"),
        ("„yes“", "„yes“"),
        ("...", ""),
        ("", ""),
    ],
)
def test_an_answer_is_normalized_as_smmile_does(answer: str, normal: str) -> None:
    assert normalize(answer) == normal


@given(words)
def test_normalizing_twice_changes_nothing_more(answer: str) -> None:
    assert normalize(normalize(answer)) == normalize(answer)


@given(words)
def test_a_normal_answer_has_no_ascii_capital_no_punctuation_and_single_spaces(answer: str) -> None:
    normal = normalize(answer)
    assert set(normal).isdisjoint(string.punctuation + string.ascii_uppercase)
    assert normal == " ".join(normal.split())


@given(words, st.sampled_from(["{}.", " {}", "{}\n", "({})", "{} !"]))
def test_capitals_punctuation_and_margins_do_not_make_another_answer(
    answer: str, shape: str
) -> None:
    assert is_same_answer(answer, shape.format(answer))
    assert is_same_answer(shape.format(answer), answer)


@pytest.mark.parametrize(
    ("one", "other"), [("left", "right"), ("left lung", "leftlung"), ("edema", "oedema")]
)
def test_other_words_make_another_answer(one: str, other: str) -> None:
    assert not is_same_answer(one, other)


def test_distinct_answers_keep_their_first_form_and_their_order() -> None:
    assert distinct(["yes.", "No", "Yes", "NO", "Maybe"]) == ("yes.", "No", "Maybe")


def test_answers_of_nothing_but_signs_cannot_be_chosen() -> None:
    assert distinct(["...", "", " ", "-", "Yes"]) == ("Yes",)
    assert distinct([]) == ()


@given(st.lists(words))
def test_distinct_answers_are_some_of_the_given_and_differ_pairwise(answers: list[str]) -> None:
    found = distinct(answers)
    assert set(found) <= set(answers)
    normal = [normalize(answer) for answer in found]
    assert len(set(normal)) == len(normal)
    assert set(normal) == {normalize(answer) for answer in answers} - {""}
