"""Whom an editor asks to review a problem, and by when."""

from datetime import datetime, time

from django import forms
from django.http import QueryDict
from django.utils import timezone

from curation.forms.fields import PlainSelect
from curation.models import Problem, User


class AssignmentForm(forms.Form):
    """One of those who may judge this problem and were not asked yet."""

    reviewer = forms.ModelChoiceField(
        User.objects.none(), empty_label="Choose …", widget=PlainSelect
    )
    due_at = forms.DateField(
        label="By",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Until the end of that day (UTC).",
    )

    def __init__(self, data: QueryDict | None = None, *, problem: Problem) -> None:
        super().__init__(data, auto_id="assign_%s")
        asked = problem.assignments.values("reviewer")
        may = User.objects.who_may_judge(problem).exclude(pk__in=asked)
        field = self.fields["reviewer"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = may

    def clean_due_at(self) -> datetime | None:
        """The last moment of the day, which must not be over."""
        day = self.cleaned_data["due_at"]
        if day is None:
            return None
        if day < timezone.now().date():
            raise forms.ValidationError("Name a day that is still to come.")
        return datetime.combine(day, time(23, 59, 59), timezone.get_current_timezone())
