"""Which part of the history to show."""

from django import forms

from curation.forms.fields import PlainSelect
from curation.models import HistoryEntry, HistoryKind, User
from curation.models.history_entry import HistoryEntryQuerySet

_LAST_NUMBER = 2**63 - 1


class HistoryForm(forms.Form):
    """By kind, person and problem; a page by the number it begins before or after."""

    kind = forms.ChoiceField(choices=HistoryKind, required=False, widget=forms.HiddenInput)
    person = forms.ModelChoiceField(
        User.objects.all(), required=False, empty_label="Everybody", widget=PlainSelect
    )
    problem = forms.UUIDField(
        required=False,
        error_messages={"invalid": "This is no problem's id. Copy it from a problem's address."},
        widget=forms.TextInput(attrs={"placeholder": "the id in its address", "size": 36}),
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=_LAST_NUMBER)
    after = forms.IntegerField(required=False, min_value=0, max_value=_LAST_NUMBER)

    def entries(self) -> HistoryEntryQuerySet:
        """Those that were asked for, on whichever page."""
        chosen = self.cleaned_data
        entries = HistoryEntry.objects.all()
        if chosen["kind"]:
            entries = entries.of_kind(chosen["kind"])
        if chosen["person"]:
            entries = entries.of_person(chosen["person"])
        if chosen["problem"]:
            entries = entries.of_problem(chosen["problem"])
        return entries
