"""The parts of a review's form: the checklist, and the six annotations."""

from typing import Any

import pytest
from django.template.loader import render_to_string

from curation.domain.checklist import ITEMS
from curation.domain.content import Annotations
from curation.forms.checklist import ChecklistForm, ReviewAnnotationsForm
from tests.factories import make_problem

pytestmark = pytest.mark.django_db


def _annotations() -> Annotations:
    return make_problem().annotations()


def _sent(**other: str) -> dict[str, Any]:
    chosen = {
        "specialty": "radiology",
        "answer_format": "free_response",
        "image_type": "xray",
        "cognitive_process": "classification",
        "rarity": "common",
        "difficulty": "easy",
    }
    return {f"annotation-{name}": value for name, value in (chosen | other).items()}


def test_a_checklist_says_yes_no_and_not_sure() -> None:
    form = ChecklistForm(
        {
            "checklist-answer_is_right": "yes",
            "checklist-no_shortcut": "no",
            "checklist-examples_teach": "not_sure",
        }
    )
    assert form.is_valid()
    assert form.answers() == {
        "answer_is_right": True,
        "examples_teach": None,
        "no_shortcut": False,
    }


def test_a_checklist_knows_its_answers_only() -> None:
    form = ChecklistForm({"checklist-answer_is_right": "perhaps"})
    assert not form.is_valid()
    assert list(form.errors) == ["answer_is_right"]


def test_every_item_is_asked_once_with_three_answers() -> None:
    page = render_to_string("components/checklist.html", {"form": ChecklistForm()})
    assert page.count('type="radio"') == 3 * len(ITEMS)
    for sentence in ITEMS.values():
        assert page.count(sentence.replace("'", "&#x27;")) == 1


def test_the_annotations_begin_as_the_author_chose() -> None:
    form = ReviewAnnotationsForm(_annotations())
    assert [(field.value(), is_changed) for field, _, is_changed in form.rows()] == [
        ("radiology", False),
        ("free_response", False),
        ("xray", False),
        ("classification", False),
        ("common", False),
        ("easy", False),
    ]
    page = render_to_string("components/review_annotations.html", {"form": form})
    assert "is-changed" not in page


def test_what_is_chosen_otherwise_is_marked_and_kept() -> None:
    form = ReviewAnnotationsForm(_annotations(), _sent(rarity="rare"))
    assert form.is_valid()
    assert form.annotations()["rarity"] == "rare"
    assert form.annotations()["difficulty"] == "easy"
    assert [(field.name, was) for field, was, is_changed in form.rows() if is_changed] == [
        ("rarity", "Common")
    ]
    page = render_to_string("components/review_annotations.html", {"form": form})
    assert page.count("is-changed") == 1


@pytest.mark.parametrize(("name", "value"), [("rarity", "often"), ("specialty", "")])
def test_an_annotation_that_is_no_choice_is_refused(name: str, value: str) -> None:
    form = ReviewAnnotationsForm(_annotations(), _sent(**{name: value}))
    assert not form.is_valid()
    assert list(form.errors) == [name]
