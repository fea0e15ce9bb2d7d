"""Where a comment is: named, written down and read back."""

import pytest

from curation.domain.anchors import Anchor, anchors_of
from curation.domain.canned_reasons import REASONS, text_of
from curation.domain.checklist import ITEMS, is_all_yes
from curation.domain.content import Annotations, PanelContent, PanelRole, ProblemContent

_CONTENT = ProblemContent(
    problem_id="p",
    annotations=Annotations(),
    panels=(
        PanelContent(role=PanelRole.EXAMPLE, question="", answer=""),
        PanelContent(role=PanelRole.QUERY, question="", answer=""),
    ),
)


@pytest.mark.parametrize(
    ("anchor", "words"),
    [
        (Anchor(), "The whole problem"),
        (Anchor(None, "image_type"), "Image type"),
        (Anchor(0), "Example 1"),
        (Anchor(0, "alt_text"), "Example 1, description of the image"),
        (Anchor(1, "answer"), "Query, answer"),
    ],
)
def test_a_place_is_said_in_words_and_read_back(anchor: Anchor, words: str) -> None:
    assert anchor.words(_CONTENT) == words
    assert Anchor.parse(str(anchor)) == anchor


@pytest.mark.parametrize(
    "anchor", [Anchor(2), Anchor(-1), Anchor(0, "rarity"), Anchor(None, "answer"), Anchor(0, "id")]
)
def test_a_place_that_is_not_there_is_known(anchor: Anchor) -> None:
    assert not anchor.is_in(_CONTENT)


def test_all_places_of_a_content_are_in_it_and_each_is_one() -> None:
    anchors = list(anchors_of(_CONTENT))
    assert all(anchor.is_in(_CONTENT) for anchor in anchors)
    assert len(set(anchors)) == len(anchors) == 1 + 2 * 9 + 6


def test_text_that_is_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        Anchor.parse("x:answer")


def test_every_field_has_ready_reasons_and_every_reason_a_field() -> None:
    fields = {anchor.field for anchor in anchors_of(_CONTENT)}
    assert set().union(*(reason.fields for reason in REASONS)) == fields
    assert len({reason.name for reason in REASONS}) == len(REASONS)
    assert text_of("burned_in_text").startswith("Text in the image")


def test_only_six_times_yes_is_all_yes() -> None:
    every: dict[str, bool | None] = dict.fromkeys(ITEMS, True)
    assert is_all_yes(every)
    assert not is_all_yes(every | {"no_shortcut": None})
    assert not is_all_yes(every | {"no_shortcut": False})
    assert not is_all_yes({"no_shortcut": True})
