"""The words and the annotations of a problem."""

from typing import Any

from django import forms

from curation.domain.content import Annotations
from curation.forms.fields import (
    LONGEST_TEXT,
    LinesField,
    TypedForm,
    VersionForm,
    WordsField,
    area,
)
from curation.models import ANNOTATION_CHOICES, Panel, Problem, Specialty
from curation.saving import annotations_of, is_one_question, words_of


class AnnotationsForm(TypedForm):
    """The six annotations; each may stay open while the draft does."""

    stored_names = Annotations.__slots__

    specialty = forms.ModelChoiceField(Specialty.objects.all(), required=False)
    answer_format = forms.ChoiceField(required=False)
    image_type = forms.ChoiceField(label="Image type (of the query)", required=False)
    cognitive_process = forms.ChoiceField(required=False)
    rarity = forms.ChoiceField(required=False)
    difficulty = forms.ChoiceField(label="Difficulty (for a model)", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in ANNOTATION_CHOICES.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [("", "Not chosen yet"), *choices.choices]

    @classmethod
    def of(cls, problem: Problem) -> "AnnotationsForm":
        """The form as the problem has it now."""
        return cls(initial=annotations_of(problem))


class PanelForm(TypedForm):
    """The words of one panel."""

    stored_names = ("question", "answer", "accepted_variants")

    question = WordsField(required=False, max_length=LONGEST_TEXT, widget=area(3))
    asks_everywhere = forms.BooleanField(
        label="Ask this in every panel",
        help_text="Panels that ask something else keep their question.",
        required=False,
    )
    answer = WordsField(required=False, max_length=LONGEST_TEXT, widget=area(2))
    accepted_variants = LinesField(
        label="Also right",
        help_text="Other wordings of the answer that you would accept, one a line.",
        required=False,
        max_length=LONGEST_TEXT,
        widget=area(2),
    )

    @classmethod
    def of(cls, panel: Panel) -> "PanelForm":
        """The form as the panel has it now; its problem must be loaded `with_panels`."""
        is_common = is_one_question(panel.problem.panels.all())
        return cls(initial={**words_of(panel), "asks_everywhere": is_common})


class ExplanationForm(VersionForm):
    """Why a warning is all right."""

    code = forms.SlugField(max_length=50)
    text = WordsField(required=False, max_length=1000)
