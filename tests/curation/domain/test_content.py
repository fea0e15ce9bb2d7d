"""Canonical JSON: one text for one content, and another for every other."""

import hashlib
import json
import unicodedata
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.content import (
    SCHEMA,
    Annotations,
    ImageContent,
    PanelContent,
    PanelRole,
    ProblemContent,
)
from tests.curation.domain.contents import (
    ANNOTATIONS,
    contents,
    make_content,
    make_panel,
    with_image,
    with_panel,
)


def _in_nfc(value: Any) -> Any:
    """The same content from normalized text."""
    return ProblemContent.from_json(unicodedata.normalize("NFC", value.canonical_json()))


def _keys(value: Any) -> list[list[str]]:
    """The keys of every object inside, in the order of the text."""
    if isinstance(value, dict):
        return [list(value), *(keys for inner in value.values() for keys in _keys(inner))]
    if isinstance(value, list):
        return [keys for inner in value for keys in _keys(inner)]
    return []


@given(contents)
def test_reading_the_canonical_json_back_gives_the_same_json_and_hash(
    content: ProblemContent,
) -> None:
    again = ProblemContent.from_json(content.canonical_json())
    assert again.canonical_json() == content.canonical_json()
    assert again.sha256() == content.sha256()
    assert ProblemContent.from_json(again.canonical_json()) == again


@given(contents)
def test_a_normalized_content_comes_back_equal(content: ProblemContent) -> None:
    normalized = _in_nfc(content)
    assert ProblemContent.from_json(normalized.canonical_json()) == normalized


@given(contents)
def test_the_canonical_json_has_sorted_keys_no_white_space_and_normal_text(
    content: ProblemContent,
) -> None:
    text = content.canonical_json()
    document = json.loads(text)
    assert all(keys == sorted(keys) for keys in _keys(document))
    assert text == json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    assert unicodedata.is_normalized("NFC", text)
    assert document["schema"] == SCHEMA


@given(contents, contents)
def test_contents_have_one_hash_only_if_they_say_the_same(
    one: ProblemContent, other: ProblemContent
) -> None:
    assert (one.sha256() == other.sha256()) == (_in_nfc(one) == _in_nfc(other))


def test_the_hash_is_of_the_canonical_json_in_utf_8() -> None:
    content = make_content("Größe", "Länge", "Größe")
    assert "Größe" in content.canonical_json()
    assert content.sha256() == hashlib.sha256(content.canonical_json().encode("utf-8")).hexdigest()


def test_the_hash_of_a_known_content_never_changes() -> None:
    # Releases list these hashes: a change here breaks every one that was ever published.
    assert (
        make_content().sha256()
        == "0934a69ef7f0757a4b282d053b2f13e81fa58f16eaf88e185adab2cb1f38d545"
    )


@given(st.text(max_size=20))
def test_composed_and_decomposed_text_have_one_hash(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    one, other = (with_panel(make_content(), 0, answer=form) for form in (composed, decomposed))
    assert one.sha256() == other.sha256()


def _changed(value: Any) -> Any:
    """Something else of the same type."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case PanelRole():
            return PanelRole.QUERY
        case str():
            return f"{value}x"
        case _:
            return (*value, "x")


_WITH: dict[type, Callable[..., ProblemContent]] = {
    ImageContent: lambda **changes: with_image(make_content(), 0, **changes),
    PanelContent: lambda **changes: with_panel(make_content(), 0, **changes),
    Annotations: lambda **changes: make_content(annotations=replace(ANNOTATIONS, **changes)),
}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, field.name)
        for kind in (ImageContent, PanelContent, Annotations)
        for field in fields(kind)
        if field.name != "image"
    ],
)
def test_every_field_enters_the_hash(kind: type, name: str) -> None:
    first = make_content().panels[0]
    now = {ImageContent: first.image, PanelContent: first, Annotations: ANNOTATIONS}[kind]
    changed = _WITH[kind](**{name: _changed(getattr(now, name))})
    assert changed.sha256() != make_content().sha256()


def test_the_image_the_problem_and_the_order_enter_the_hash() -> None:
    content = make_content()
    first, second, query = content.panels
    variants = (
        content,
        with_panel(content, 0, image=None),
        replace(content, problem_id="p2"),
        replace(content, panels=(second, first, query)),
        replace(content, panels=(first, query)),
    )
    assert len({variant.sha256() for variant in variants}) == len(variants)


def test_white_space_counts_because_models_see_it() -> None:
    content = make_content()
    assert with_panel(content, 0, answer="Effusion ").sha256() != content.sha256()


def test_examples_query_and_images_keep_the_order_of_the_panels() -> None:
    content = make_content("A", "B", "C")
    assert [panel.answer for panel in content.examples] == ["A", "B"]
    assert content.query.answer == "C"
    assert content.images == tuple(panel.image for panel in content.panels)
    assert with_panel(content, 0, image=None).images == content.images[1:]


@pytest.mark.parametrize(
    "panels",
    [
        (),
        (make_panel("A", 0),),
        (make_panel("A", 0, role=PanelRole.QUERY), make_panel("B", 1, role=PanelRole.QUERY)),
    ],
    ids=["no panel", "no query", "two queries"],
)
def test_a_draft_without_exactly_one_query_has_no_query_to_give(
    panels: tuple[PanelContent, ...],
) -> None:
    with pytest.raises(ValueError, match="values to unpack"):
        _ = make_content(panels=panels).query


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '"words"',
        '{"schema": 2}',
        '{"schema": 1}',
        '{"schema": 1, "problem_id": "p", "annotations": {}, "panels": [{}]}',
        '{"schema": 1, "problem_id": "p", "annotations": {"color": "red"}, "panels": []}',
        '{"schema": 1, "problem_id": "p", "annotations": {}, "panels": 3}',
    ],
)
def test_what_is_no_content_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        ProblemContent.from_json(text)


def test_a_role_that_is_none_is_refused() -> None:
    text = make_content().canonical_json().replace('"role":"query"', '"role":"judge"')
    with pytest.raises(ValueError, match="judge"):
        ProblemContent.from_json(text)


def test_a_later_schema_is_refused_by_its_number() -> None:
    text = make_content().canonical_json().replace('"schema":1', '"schema":7')
    with pytest.raises(ValueError, match="schema 7 is not 1"):
        ProblemContent.from_json(text)
