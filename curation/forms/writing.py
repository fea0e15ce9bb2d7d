"""The words and the annotations of a problem."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.html import format_html

from curation.domain.content import Annotations
from curation.forms.fields import (
    LONGEST_TEXT,
    LinesField,
    TypedForm,
    WordsField,
    area,
)
from curation.models import ANNOTATION_CHOICES, Panel, Problem, Specialty
from curation.models.annotations import IMAGE_TYPE_OF_MODALITY, ImageType
from curation.saving import annotations_of, is_one_question, words_of


class AnnotationsForm(TypedForm):
    """The six annotations; each may stay open while the draft does."""

    stored_names = Annotations.__slots__

    specialty = forms.ModelChoiceField(
        Specialty.objects.all(), empty_label="Not chosen yet", required=False
    )
    answer_format = forms.ChoiceField(required=False)
    image_type = forms.ChoiceField(label="Image type (of the query)", required=False)
    cognitive_process = forms.ChoiceField(
        help_text=(
            "What the answer takes: naming what is seen, concluding from several signs, "
            "or counting and measuring."
        ),
        required=False,
    )
    rarity = forms.ChoiceField(
        help_text="How often a clinician of the specialty meets the finding of the query.",
        required=False,
    )
    difficulty = forms.ChoiceField(
        label="Difficulty (for a model)",
        help_text="How hard the query should be for a model that has seen the examples.",
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in ANNOTATION_CHOICES.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [("", "Not chosen yet"), *choices.choices]

    @classmethod
    def of(cls, problem: Problem) -> "AnnotationsForm":
        """The form as the problem has it now; load it `with_panels`."""
        form = cls(initial=annotations_of(problem))
        usual = problem.author.specialty
        if usual and usual.pk != problem.specialty_id:
            form.fields["specialty"].help_text = _suggestion(
                "specialty", "By your profile", usual.pk, usual.name
            )
        kind = _image_type_of(problem)
        if kind and kind != problem.image_type:
            form.fields["image_type"].help_text = _suggestion(
                "image_type", "By its file the query is", kind.value, kind.label
            )
        return form


def _image_type_of(problem: Problem) -> ImageType | None:
    """What the query's image is by the DICOM file it was taken from."""
    query = next((panel for panel in problem.panels.all() if panel.is_query), None)
    if query is None or query.image is None:
        return None
    return IMAGE_TYPE_OF_MODALITY.get(query.image.acquisition.get("modality", ""))


def _suggestion(name: str, because: str, value: str, label: str) -> str:
    # Pressed, the button is sent after the choice in the list, and counts.
    return format_html(
        '<span class="suggestion">{because}: {label}. <button class="btn btn-quiet btn-sm" '
        'name="{name}" value="{value}" data-chooses>Choose {label}</button></span>',
        because=because,
        label=label,
        name=name,
        value=value,
    )


class PanelForm(TypedForm):
    """The words of one panel."""

    stored_names = ("question", "answer", "accepted_variants")

    question = WordsField(required=False, max_length=LONGEST_TEXT, widget=area(3))
    asks_everywhere = forms.BooleanField(
        label="Ask this in every panel",
        help_text="Panels that ask something else keep their question.",
        required=False,
    )
    answer = WordsField(required=False, max_length=LONGEST_TEXT, widget=area(1))
    accepted_variants = LinesField(
        label="Also right",
        help_text="Other wordings of the answer that you would accept, one a line.",
        required=False,
        max_length=LONGEST_TEXT,
        widget=area(1),
    )

    @classmethod
    def of(cls, panel: Panel) -> "PanelForm":
        """The form as the panel has it now; its problem must be loaded `with_panels`."""
        is_common = is_one_question(panel.problem.panels.all())
        return cls(initial={**words_of(panel), "asks_everywhere": is_common})


class ExplanationForm(TypedForm):
    """Why a warning is all right."""

    stored_names = ("text",)

    code = forms.SlugField(max_length=50)
    text = WordsField(
        label="Why is that all right?", required=False, max_length=1000, widget=area(2)
    )

    @classmethod
    def of(cls, code: str, text: str) -> "ExplanationForm":
        """The form of one warning as it is explained now; a page may show several."""
        return cls(initial={"code": code, "text": text}, auto_id=f"explanation-{code}-%s")

    @classmethod
    def sent(cls, data: QueryDict) -> "ExplanationForm":
        """What a browser sent of one warning."""
        return cls(data, auto_id=f"explanation-{data.get('code', '')}-%s")
