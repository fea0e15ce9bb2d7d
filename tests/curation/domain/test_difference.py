"""What changed between two contents: panels found again, words compared, nothing lost."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.content import (
    Annotations,
    ImageContent,
    PanelContent,
    PanelRole,
    ProblemContent,
)
from curation.domain.difference import Change, compare, compare_words, pair_panels


def _image(name: str, **facts: str) -> ImageContent:
    given_facts = {"alt_text": "A disc", "source": "Made", "license": "CC0-1.0", **facts}
    return ImageContent(
        sha256=name * 64,
        media_type="image/png",
        width=48,
        height=48,
        attribution="Nobody",
        no_patient_confirmed=True,
        **given_facts,
    )


def _panel(image: str, answer: str, *, is_query: bool = False) -> PanelContent:
    return PanelContent(
        role=PanelRole.QUERY if is_query else PanelRole.EXAMPLE,
        question="What does this image show?",
        answer=answer,
        image=_image(image),
    )


_CONTENT = ProblemContent(
    problem_id="p",
    annotations=Annotations(specialty="radiology", rarity="common"),
    panels=(
        _panel("a", "Pneumothorax"),
        _panel("b", "Cardiomegaly"),
        _panel("c", "Pleural effusion"),
        _panel("d", "Cardiomegaly", is_query=True),
    ),
)
_A, _B, _C, _QUERY = _CONTENT.panels


def _with(*panels: PanelContent) -> ProblemContent:
    return replace(_CONTENT, panels=panels)


def test_the_same_content_differs_in_nothing() -> None:
    assert compare(_CONTENT, _CONTENT).is_empty


@pytest.mark.parametrize(
    ("after", "pairs"),
    [
        (_with(_C, _A, _B, _QUERY), {(0, 1), (1, 2), (2, 0), (3, 3)}),
        (_with(_A, _C, _QUERY), {(0, 0), (1, None), (2, 1), (3, 2)}),
        (
            _with(_panel("e", "Fracture"), *_CONTENT.panels),
            {(None, 0), *((i, i + 1) for i in range(4))},
        ),
        # another picture with the same answer, where one before it is gone
        (_with(_B, replace(_C, image=_image("f")), _QUERY), {(0, None), (1, 0), (2, 1), (3, 2)}),
        # all of the query is new: it is the query still
        (_with(_A, _B, _C, _panel("e", "Fracture", is_query=True)), {(i, i) for i in range(4)}),
        # an example and the query change roles: the pictures are the same
        (
            _with(_A, replace(_QUERY, role=PanelRole.EXAMPLE), replace(_B, role=PanelRole.QUERY)),
            {(0, 0), (1, 2), (2, None), (3, 1)},
        ),
    ],
    ids=["moved", "removed", "added in front", "new picture", "new query", "other role"],
)
def test_panels_are_found_again(after: ProblemContent, pairs: set[tuple[int, int]]) -> None:
    assert set(pair_panels(_CONTENT, after)) == pairs


def test_only_the_panel_that_was_moved_is_said_to_be() -> None:
    (moved,) = compare(_CONTENT, _with(_B, _C, _A, _QUERY)).panels
    assert (moved.label_before, moved.label_after, moved.is_moved) == (
        "Example 1",
        "Example 3",
        True,
    )


def test_a_panel_after_one_that_was_added_did_not_change() -> None:
    (added,) = compare(_CONTENT, _with(_panel("e", "Fracture"), *_CONTENT.panels)).panels
    assert added.is_added
    assert added.label_after == "Example 1"
    assert {text.field for text in added.texts} >= {"question", "answer", "alt_text"}
    assert added.image_after == "e" * 64


def test_a_panel_that_is_gone_is_shown_with_what_it_said() -> None:
    (gone,) = compare(_CONTENT, _with(_A, _C, _QUERY)).panels
    assert gone.is_removed
    assert gone.label_before == "Example 2"
    assert ("answer", "Cardiomegaly", "") in {(t.field, t.before, t.after) for t in gone.texts}


def test_a_query_that_became_an_example_says_so() -> None:
    after = _with(_A, replace(_QUERY, role=PanelRole.EXAMPLE), replace(_B, role=PanelRole.QUERY))
    relabelled = {
        p.label_before: p.label_after for p in compare(_CONTENT, after).panels if p.is_relabelled
    }
    assert relabelled == {"Example 2": "Query", "Query": "Example 2"}


def test_another_picture_is_named_by_both_hashes() -> None:
    (panel,) = compare(_CONTENT, _with(replace(_A, image=_image("e")), _B, _C, _QUERY)).panels
    assert (panel.image_before, panel.image_after) == ("a" * 64, "e" * 64)
    assert not panel.texts


@pytest.mark.parametrize("field", ["alt_text", "source", "license"])
def test_what_is_said_of_a_picture_is_compared(field: str) -> None:
    other = replace(_A, image=_image("a", **{field: "Another"}))
    (panel,) = compare(_CONTENT, _with(other, _B, _C, _QUERY)).panels
    (text,) = panel.texts
    assert (text.field, text.after) == (field, "Another")
    assert not panel.image_before


def test_a_confirmation_taken_back_and_other_right_answers_are_seen() -> None:
    image = replace(_image("a"), no_patient_confirmed=False)
    other = replace(_A, image=image, accepted_variants=("PTX", "Collapsed lung"))
    (panel,) = compare(_CONTENT, _with(other, _B, _C, _QUERY)).panels
    assert {(text.words, text.before, text.after) for text in panel.texts} == {
        ("other right answers", "", "PTX\nCollapsed lung"),
        ("no-patient confirmation", "yes", "no"),
    }


def test_annotations_that_changed_are_named() -> None:
    after = replace(_CONTENT, annotations=replace(_CONTENT.annotations, rarity="rare"))
    (text,) = compare(_CONTENT, after).annotations
    assert (text.words, text.before, text.after) == ("rarity", "common", "rare")


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("Which side?", "Which side?", "Which side?"),
        ("On the left.", "On the right.", "On the -left-+right+."),
        ("", "New", "+New+"),
        ("Gone", "", "-Gone-"),
        ("a big dark mass", "two small nodules mass", "-a big dark-+two small nodules+ mass"),
        ("left lung", "left upper lung", "left +upper +lung"),
    ],
)
def test_words_are_marked_where_they_changed(before: str, after: str, marked: str) -> None:
    signs = {Change.KEPT: "", Change.DELETED: "-", Change.INSERTED: "+"}
    parts = compare_words(before, after)
    assert "".join(f"{signs[p.change]}{p.text}{signs[p.change]}" for p in parts) == marked


_TEXTS = st.text(alphabet="ab \n.é", max_size=30)


@given(_TEXTS, _TEXTS)
def test_the_parts_join_to_both_texts(before: str, after: str) -> None:
    parts = compare_words(before, after)
    assert "".join(p.text for p in parts if p.change != Change.INSERTED) == before
    assert "".join(p.text for p in parts if p.change != Change.DELETED) == after


_CONTENTS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["X", "Y", "Z"])), max_size=5
).map(lambda rows: _with(*(_panel(image, answer) for image, answer in rows), _QUERY))


@given(_CONTENTS, _CONTENTS)
def test_every_panel_is_accounted_for_once(before: ProblemContent, after: ProblemContent) -> None:
    pairs = pair_panels(before, after)
    assert sorted(i for i, _ in pairs if i is not None) == list(range(len(before.panels)))
    assert sorted(j for _, j in pairs if j is not None) == list(range(len(after.panels)))
    assert compare(before, after).is_empty == (before == after)
