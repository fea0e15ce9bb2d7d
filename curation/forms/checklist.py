"""The parts of a review that are chosen: the checklist, and the six annotations."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BoundField

from curation.domain.checklist import ITEMS
from curation.domain.content import Annotations
from curation.models import ANNOTATION_CHOICES, Specialty

_ANSWERS: Mapping[str, bool | None] = {"yes": True, "no": False, "not_sure": None}
_LABELS = {"yes": "Yes", "no": "No", "not_sure": "Not sure"}


class ChecklistForm(forms.Form):
    """What only a person can check: yes, no or not sure for each item.

    Whether all must be answered depends on the verdict: `record_review` says it for an approval.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "checklist")
        super().__init__(*args, **kwargs)
        for name, sentence in ITEMS.items():
            self.fields[name] = forms.ChoiceField(
                label=sentence,
                choices=list(_LABELS.items()),
                required=False,
                widget=forms.RadioSelect,
            )

    def answers(self) -> dict[str, bool | None]:
        """What was said of the items that anything was said of, once the form is valid."""
        said = {name: self.cleaned_data[name] for name in ITEMS}
        return {name: _ANSWERS[word] for name, word in said.items() if word}


class ReviewAnnotationsForm(forms.Form):
    """The six annotations as the reviewer would choose them, beginning with the author's."""

    def __init__(self, proposed: Annotations, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "annotation")
        super().__init__(*args, **kwargs)
        self.initial = {name: getattr(proposed, name) for name in Annotations.__dataclass_fields__}
        specialties = list(Specialty.objects.values_list("slug", "name"))
        known = {name: list(choices.choices) for name, choices in ANNOTATION_CHOICES.items()}
        self._choices: dict[str, list[tuple[Any, Any]]] = {"specialty": specialties, **known}
        for name, choices in self._choices.items():
            label = name.replace("_", " ").capitalize()
            self.fields[name] = forms.ChoiceField(label=label, choices=choices)

    def annotations(self) -> dict[str, str]:
        """The six, by name, once the form is valid."""
        return {name: str(value) for name, value in self.cleaned_data.items()}

    def rows(self) -> list[tuple[BoundField, str, bool]]:
        """Each field, what the author chose in words, and whether it is another choice now."""
        return [(field, self._authors(field), self._is_changed(field)) for field in self]

    def _authors(self, field: BoundField) -> str:
        known = dict(self._choices[field.name])
        return str(known.get(field.initial, field.initial))

    def _is_changed(self, field: BoundField) -> bool:
        return str(field.value() or "") != str(field.initial or "")
