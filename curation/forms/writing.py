"""The words and the annotations of a problem."""

from dataclasses import asdict
from typing import Any

from django import forms

from curation.domain.content import Annotations
from curation.forms.fields import LONGEST_TEXT, VersionForm, WordsField, area
from curation.models import ANNOTATION_CHOICES, Panel, Problem, Specialty


class AnnotationsForm(VersionForm):
    """The six annotations; each may stay open while the draft does."""

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
        return cls(initial={**asdict(problem.annotations()), "version": problem.version})

    def annotations(self) -> Annotations:
        """What was chosen."""
        values = {name: self.cleaned_data[name] or "" for name in ANNOTATION_CHOICES}
        specialty = self.cleaned_data["specialty"]
        return Annotations(specialty=specialty.pk if specialty else "", **values)

    def is_stored_in(self, problem: Problem) -> bool:
        """Whether this is what the problem says already."""
        return self.is_valid() and self.annotations() == problem.annotations()


class PanelForm(VersionForm):
    """The words of one panel."""

    question = WordsField(required=False, max_length=LONGEST_TEXT, widget=area(3))
    answer = WordsField(required=False, max_length=LONGEST_TEXT, widget=area(2))
    accepted_variants = WordsField(
        label="Also right",
        help_text="Other wordings of the answer that you would accept, one a line.",
        required=False,
        max_length=LONGEST_TEXT,
        widget=area(2),
    )

    @classmethod
    def of(cls, panel: Panel) -> "PanelForm":
        """The form as the panel has it now."""
        return cls(
            initial={
                "version": panel.problem.version,
                "question": panel.question,
                "answer": panel.answer,
                "accepted_variants": "\n".join(panel.accepted_variants),
            }
        )

    def words(self) -> dict[str, Any]:
        """The keyword arguments of `write_panel`."""
        lines = (line.strip() for line in self.cleaned_data["accepted_variants"].splitlines())
        variants = [line for line in lines if line]
        names = ("version", "question", "answer")
        return {**{n: self.cleaned_data[n] for n in names}, "accepted_variants": variants}

    def is_stored_in(self, panel: Panel) -> bool:
        """Whether this is what the panel says already."""
        if not self.is_valid():
            return False
        said = {name: value for name, value in self.words().items() if name != "version"}
        return all(getattr(panel, name) == value for name, value in said.items())


class ExplanationForm(VersionForm):
    """Why a warning is all right."""

    code = forms.SlugField(max_length=50)
    text = WordsField(required=False, max_length=1000)
