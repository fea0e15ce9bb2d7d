"""Cutting a release."""

from django import forms
from django.core.validators import RegexValidator

from curation.forms.fields import area
from curation.models.release import VERSION_PATTERN


class ReleaseForm(forms.Form):
    """A new version and what to say of it."""

    version = forms.CharField(
        max_length=20, validators=[RegexValidator(VERSION_PATTERN, "A version looks like 1.0.0.")]
    )
    notes = forms.CharField(
        help_text="What is new, in Markdown.", required=False, max_length=20_000, widget=area(6)
    )
