"""Choosing two revisions."""

from collections.abc import Sequence
from typing import Any

from django import forms

from curation.models import Revision


class CompareForm(forms.Form):
    """An earlier revision and a later one of a problem, the last two unless others are chosen."""

    before = forms.TypedChoiceField(label="From revision", coerce=int)
    after = forms.TypedChoiceField(label="to revision", coerce=int)

    def __init__(self, revisions: Sequence[Revision], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.revisions = {revision.number: revision for revision in revisions}
        numbers = sorted(self.revisions)
        for name, number in zip(("before", "after"), numbers[-2:], strict=False):
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
            field.choices = [(number, str(number)) for number in numbers]
            field.initial = number

    def chosen(self) -> tuple[Revision, Revision] | None:
        """Both, the earlier one first, once they are chosen and differ."""
        if not self.is_bound or not self.is_valid():
            return None
        first, last = sorted((self.cleaned_data["before"], self.cleaned_data["after"]))
        return (self.revisions[first], self.revisions[last]) if first != last else None
