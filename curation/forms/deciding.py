"""Verdicts and reasons."""

from django import forms

from curation.forms.fields import LONGEST_TEXT, area
from curation.models import Verdict


class ReviewForm(forms.Form):
    """A verdict with its comment."""

    verdict = forms.ChoiceField(choices=Verdict.choices, widget=forms.RadioSelect)
    comment = forms.CharField(
        help_text="What the author should know. Needed unless you approve.",
        required=False,
        max_length=LONGEST_TEXT,
        widget=area(5),
    )


class ReasonForm(forms.Form):
    """Why a problem is moved."""

    comment = forms.CharField(
        label="Reason", required=False, max_length=LONGEST_TEXT, widget=area(3)
    )
