import pytest

from evaluation.domain.prefixes import Prefixes


def _waiting(*prompts: str) -> Prefixes[str]:
    """Prompts of one letter a part."""
    prefixes = Prefixes[str]()
    for prompt in prompts:
        prefixes.push(prompt, prompt)
    return prefixes


def test_siblings_let_others_pass_while_the_first_of_them_is_under_way() -> None:
    prefixes = _waiting("ab1", "ac1", "de2", "df2")
    assert [prefixes.pop(), prefixes.pop()] == ["ab1", "de2"]
    assert not prefixes.has_free


def test_siblings_go_once_the_first_of_them_is_answered() -> None:
    prefixes = _waiting("ab1", "ac1", "ad1")
    first = prefixes.pop()
    prefixes.end(first, is_answered=True)
    assert [prefixes.pop(), prefixes.has_free] == ["ac1", True]
    assert prefixes.pop() == "ad1"


def test_a_sibling_waits_only_for_a_longer_beginning_than_is_known() -> None:
    prefixes = _waiting("abc1", "acb1", "acd1", "adb1")
    prefixes.end(prefixes.pop(), is_answered=True)
    assert [prefixes.pop(), prefixes.pop()] == ["acb1", "adb1"]
    assert not prefixes.has_free


def test_nothing_waits_where_nothing_else_could_go() -> None:
    prefixes = _waiting("ab1", "ac1")
    assert [prefixes.pop(), prefixes.pop()] == ["ab1", "ac1"]
    with pytest.raises(KeyError):
        prefixes.pop()


def test_after_a_failure_the_next_sibling_is_the_first() -> None:
    prefixes = _waiting("ab1", "ac1", "ad1")
    prefixes.end(prefixes.pop(), is_answered=False)
    assert prefixes.pop() == "ac1"
    assert not prefixes.has_free


def test_the_same_part_later_in_a_prompt_is_no_common_beginning() -> None:
    prefixes = _waiting("ab1", "ba1")
    assert [prefixes.pop(), prefixes.has_free] == ["ab1", True]
